"""Document <-> token rows: the only two crossings between text and tensors.

`Canvas.build` lays out context and slots, `Canvas.rows` makes one row per candidate, `Canvas.read` turns a row back
into edits. Text outside the holes is encoded for the model to see, and never decoded.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from llada_edit.document import Document
from llada_edit.edits import Edit, TokenScore
from llada_edit.errors import DoesNotFit
from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.sampling.filters import SlotFilter
from llada_edit.seams import find_seam
from llada_edit.slots import Slots, first_bytes, first_forbidden, heal, rules_of
from llada_edit.taste import barred, barred_first
from llada_edit.window import SCOPE, crop_left, crop_right, encode_left, share_out

LEAST_CONTEXT = 32
"""Tokens of context that must fit beside the holes."""
AFTER_HOLE = ")"
"""Stands for the unknown end of the hole before: no word to go on with, and not the start of a line."""
BLANK = "\u2591\u2591"
"""What a viewer sees of a masked slot."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """One canvas of a document: fixed context, reserved slots.

    Attributes:
        document: what is filled.
        slots: one a hole of this canvas, from left to right.
        around: the text left of the first hole, between the holes, and right of the last one.
        tokens: (seq,) int64, context ids, and the mask id in all slots.
        card: of the model.
        vocabulary: of the model.
    """

    document: Document
    slots: tuple[Slots, ...]
    around: tuple[str, ...]
    tokens: Tensor
    card: ModelCard
    vocabulary: Vocabulary

    @classmethod
    def build(
        cls,
        document: Document,
        holes: Sequence[int],
        sizes: Sequence[int],
        card: ModelCard,
        vocabulary: Vocabulary,
        limit: int,
        fills: Mapping[int, str] = MappingProxyType({}),
        tight: Container[int] = (),
    ) -> Canvas:
        """Lay out some holes of a document with as much context as fits.

        Args:
            document: what is filled.
            holes: indices of the holes, rising and without a gap.
            sizes: slots to reserve for each, not counting a repeated word start.
            card: of the model.
            vocabulary: of the model.
            limit: most tokens of context.
            fills: text of holes that are already filled; holes neither here nor asked for are not seen.
            tight: places in `holes` of those that end in no space of the seam, even where a word follows.

        Raises:
            DoesNotFit: the holes and the text between them leave no room for context.
        """
        left, inner, right = _around(document, holes, fills)
        lefts = [left, *(AFTER_HOLE + text for text in inner)]
        seams = [find_seam(*around) for around in zip(lefts, [*inner, right], strict=True)]
        seams = [replace(seam, trailing="") if index in tight else seam for index, seam in enumerate(seams)]
        heads = [heal(seam, text, vocabulary) for seam, text in zip(seams, [left, *inner], strict=True)]
        counts = [size + bool(head.strip()) for size, head in zip(sizes, heads, strict=True)]
        # The model sees a word right of a hole with the space that the fill will end in.
        texts = [left, *(seam.trailing + text for seam, text in zip(seams, inner, strict=False))]
        befores = [encode_left(text.removesuffix(head), vocabulary) for text, head in zip(texts, heads, strict=True)]
        after = vocabulary.encode(seams[-1].trailing + right[:SCOPE])
        frames = len(card.start_ids) + len(card.end_ids)
        room = card.max_length - frames - sum(counts) - sum(map(len, befores[1:]))
        if room < min(LEAST_CONTEXT, len(befores[0]) + len(after)):
            raise DoesNotFit(
                f"the holes, and the text between them, need {sum(counts) + sum(map(len, befores[1:]))} tokens, and "
                f"this model takes {card.max_length} with the text around them; fill fewer or shorter holes at once"
            )
        keep_left, keep_right = share_out(len(befores[0]), len(after), min(room, limit))
        starts = keep_left == len(befores[0]) and len(left) <= SCOPE
        ends = keep_right == len(after) and len(right) <= SCOPE
        befores[0] = crop_left(befores[0], keep_left, vocabulary)
        ids = list(card.start_ids) if starts or card.always_framed else []
        slots = []
        for hole, before, count, seam, head in zip(holes, befores, counts, seams, heads, strict=True):
            ids += before
            slots.append(Slots(document.holes[hole], len(ids), count, seam, first_bytes(seam, head, vocabulary)))
            ids += [card.mask_id] * count
        ids += crop_right(after, keep_right, vocabulary) + (list(card.end_ids) if ends or card.always_framed else [])
        return cls(document, tuple(slots), (left, *inner, right), torch.tensor(ids), card, vocabulary)

    def to(self, device: torch.device | str) -> Canvas:
        """The same canvas with its tokens on a device."""
        return replace(self, tokens=self.tokens.to(device))

    def rows(self, lengths: Sequence[Sequence[int]]) -> tuple[Tensor, Layout]:
        """Tokens (rows, seq) and layout for some choices of lengths.

        Slots that a row does not use are not valid. A model with isolated attention keeps the positions of the whole
        canvas, so that all rows share their context; others close the gap.

        Args:
            lengths: one entry per row: slots used of each hole, repeated word starts included.
        """
        tokens = self.tokens.repeat(len(lengths), 1)
        hole, valid = torch.zeros_like(tokens, dtype=torch.bool), torch.ones_like(tokens, dtype=torch.bool)
        for slots, used in zip(self.slots, zip(*lengths, strict=True), strict=True):
            columns = slice(slots.start, slots.start + slots.count)
            hole[:, columns] = True
            valid[:, columns] = (torch.arange(slots.count) < torch.tensor(used)[:, None]).to(tokens.device)
        tokens[~valid] = self.card.pad_id
        positions = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        if self.card.attention != "isolated":
            positions = (valid.cumsum(1) - 1).clamp(min=0)
        return tokens, Layout(hole, valid, positions)

    def slot_filter(self, lengths: Sequence[Sequence[int]]) -> SlotFilter:
        """What may not stand in the slots of the rows that `rows` makes for `lengths`."""
        rules = [rules_of(slots, self.vocabulary) for slots in self.slots]
        usable = np.logical_or.reduce([own.any for own in rules])
        edges = []
        for index, (slots, own) in enumerate(zip(self.slots, rules, strict=True)):
            first, last, alone = (self._flags(~flags) for flags in (own.first, own.last, own.first & own.alone))
            narrower = None if np.array_equal(own.any, usable) else self._flags(~own.any)
            for row, used in enumerate(lengths):
                columns = range(slots.start, slots.start + used[index])
                if used[index]:
                    edges.append((row, columns[0], alone if used[index] == 1 else first))
                    edges.append((row, columns[-1], last))
                if narrower is not None:
                    edges += [(row, column, narrower) for column in columns]
        return SlotFilter(self._flags(~usable), tuple(edges))

    def elastic_filter(self) -> SlotFilter:
        """As `slot_filter`, for one hole of one row that may change its length."""
        forbidden = ~self.vocabulary.writable | self.vocabulary.has_newline | self.vocabulary.ends_in_space
        first = self._flags(first_forbidden(self.slots[0], self.vocabulary))
        marks = self.slots[0].marks
        if marks is not None:
            forbidden = forbidden | barred(self.vocabulary, marks)
            first = first | self._flags(barred_first(self.vocabulary, marks))
        return SlotFilter(self._flags(forbidden), ((0, self.slots[0].start, first),))

    def resized(self, tokens: Tensor, hole: Tensor) -> Canvas:
        """The canvas of a row, tokens and hole (seq,), whose only hole has changed its length."""
        return replace(self, tokens=tokens, slots=(replace(self.slots[0], count=int(hole.sum())),))

    def _flags(self, flags: np.ndarray) -> Tensor:
        return torch.from_numpy(flags).to(self.tokens.device)

    def read(self, tokens: Tensor, probability: Tensor, used: Sequence[int]) -> tuple[Edit, ...]:
        """The edits of one finished row.

        Args:
            tokens: (seq,) int64.
            probability: (seq,) float, of each token when it was committed; what is shown is calibrated.
            used: slots used of each hole.
        """
        edits = []
        for slots, count in zip(self.slots, used, strict=True):
            columns = slice(slots.start, slots.start + count)
            pieces = [self.vocabulary.token_bytes(token) for token in tokens[columns].tolist()]
            text = b"".join(pieces).removeprefix(slots.healed).decode()
            values = self.card.calibration.tokens(probability[columns], count)
            scores = tuple(
                TokenScore(piece.decode(errors="replace"), float(value))
                for piece, value in zip(pieces, values.tolist(), strict=True)
            )
            edits.append(Edit(slots.hole.span, text + (slots.seam.trailing if text else ""), slots.hole.name, scores))
        return tuple(edits)

    def sketch(self, tokens: Tensor, probability: Tensor, used: Sequence[int], blank: str = BLANK) -> tuple[Edit, ...]:
        """The edits of an unfinished row, to be looked at; a slot that is still masked has probability 0.

        Args:
            tokens: (seq,) int64.
            probability: (seq,) float, as in `read`.
            used: slots used of each hole.
            blank: stands for every slot that is still masked.
        """
        edits = []
        for slots, count in zip(self.slots, used, strict=True):
            columns = slice(slots.start, slots.start + count)
            masked = (tokens[columns] == self.card.mask_id).tolist()
            pieces = [
                b" " + blank.encode() if hidden else self.vocabulary.token_bytes(token)
                for token, hidden in zip(tokens[columns].tolist(), masked, strict=True)
            ]
            joined = b"".join(pieces)
            healed = len(joined) - len(joined.removeprefix(slots.healed))
            bare = not slots.seam.leading_space and (not slots.healed or slots.healed == b" ")
            skipped = 1 if bare and joined[healed:].startswith(b" ") else 0
            values = self.card.calibration.tokens(probability[columns], count).tolist()
            sure = [0.0 if hidden else float(value) for value, hidden in zip(values, masked, strict=True)]
            scores = _cut(pieces, sure, healed + skipped)
            text = "".join(score.text for score in scores)
            edits.append(Edit(slots.hole.span, text + slots.seam.trailing, slots.hole.name, scores))
        return tuple(edits)


def _cut(pieces: Sequence[bytes], values: Sequence[float], skipped: int) -> tuple[TokenScore, ...]:
    """Tokens as they stand in the text that they are, less some bytes at its front; parts of one character together."""
    joined, end, at = b"".join(pieces)[skipped:], -skipped, 0
    text, scores = joined.decode(errors="replace"), list[TokenScore]()
    for piece, value in zip(pieces, values, strict=True):
        end += len(piece)
        to = len(joined[: max(0, end)].decode(errors="replace"))
        if to > at:
            scores.append(TokenScore(text[at:to], value))
        elif scores and end > 0:
            scores[-1] = TokenScore(scores[-1].text, min(scores[-1].probability, value))
        at = max(at, to)
    return tuple(scores)


def _around(document: Document, holes: Sequence[int], fills: Mapping[int, str]) -> tuple[str, list[str], str]:
    """The text left of the holes, the texts between them, and the text right of them."""
    segments = document.segments
    first, last = holes[0], holes[-1]
    left = "".join(segments[index] + fills.get(index, "") for index in range(first)) + segments[first]
    right = segments[last + 1] + "".join(
        fills.get(index, "") + segments[index + 1] for index in range(last + 1, len(document.holes))
    )
    return left, [segments[index] for index in holes[1:]], right
