"""How many slots a hole gets: what its hint leaves open, what is laid out, and which choices are best.

How a model is asked is in `llada_edit.length_selectors`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.holes import Hole
from llada_edit.length_scores import BETWEEN, border, log_tokens_of_words
from llada_edit.models.base import Denoiser, ModelCard
from llada_edit.sampling.context import ContextReuse
from llada_edit.slots import Slots

LONGEST = 32
"""Slots that an automatic hole may grow to; longer ones are asked for with a length."""
MOST_SLOTS = 64
"""Slots laid out at most for a hint in words or characters, unless that many words are asked for."""
LEAST_ELASTIC = 16
"""Slots that a hole of open length gets at least: elastic holes that a model was trained on are not shorter."""
TOKENS_PER_WORD = 3
SEAM_TOKENS = 8


def reserve(hole: Hole, card: ModelCard, left: str = "", right: str = "") -> int:
    """Slots to lay out for a hole: its hint's maximum, or a guess that `LengthSelector` may find too short.

    Args:
        hole: with its hint.
        card: of the model.
        left: text before the hole, as far as it is known here.
        right: text after it; a model whose lengths are calibrated gets room for a sentence between two sentences.
    """
    hint = hole.length
    if hint is None:
        whole = card.calibration.lengths is not None and border(left, right) == BETWEEN
        return LEAST_ELASTIC if card.null_id is not None and not whole else LONGEST
    most = hint.minimum * 2 + 8 if hint.maximum is None else hint.maximum
    if hint.unit == "tokens":
        return most if hint.minimum == hint.maximum else max(most, LEAST_ELASTIC)
    if hint.unit == "words":
        return max(min(most * TOKENS_PER_WORD, max(MOST_SLOTS, most)), LEAST_ELASTIC)
    return max(min(most, max(MOST_SLOTS, most // 3)), LEAST_ELASTIC)


def allowed(slots: Slots) -> range:
    """Numbers of slots, repeated word start included, that the hole's hint leaves open."""
    hint = slots.hole.length
    if hint is None or hint.unit != "tokens":
        least = 1 if hint is None or hint.minimum else 0
        if hint is not None and hint.unit == "words":
            least = max(least, hint.minimum)
        return range(least + slots.extra, slots.count + 1)
    most = slots.count if hint.maximum is None else hint.maximum + slots.extra
    return range(hint.minimum + slots.extra, most + 1)


def masked_logits(
    denoiser: Denoiser, canvas: Canvas, reuse: ContextReuse | None, used: Sequence[int] | None = None
) -> Tensor:
    """(slots of all holes, vocab) logits with every slot masked; `used` slots of each hole, all of them by default."""
    tokens, layout = canvas.rows([[slots.count for slots in canvas.slots] if used is None else used])
    at = (layout.hole & layout.valid)[0].nonzero()[:, 0][None]
    context = None if reuse is None else reuse.step(tokens, layout, torch.zeros(1))
    return denoiser.logits(tokens, at, layout, context)[0]


class AllMasked:
    """A canvas with every slot masked, and what a model says of it; the model is asked when that is first needed.

    Attributes:
        canvas: with all its slots.
    """

    def __init__(self, denoiser: Denoiser, canvas: Canvas, reuse: ContextReuse | None) -> None:
        self.canvas, self._denoiser, self._reuse = canvas, denoiser, reuse

    @cached_property
    def logits(self) -> Tensor:
        """(slots of all holes, vocab)."""
        return masked_logits(self._denoiser, self.canvas, self._reuse)


class LengthSelector(Protocol):
    """Weighs the lengths of every hole of a canvas."""

    def log_weights(self, masked: AllMasked) -> list[Tensor]:
        """One (count + 1,) tensor a hole: log weight of using 0, 1, … slots; -inf where the hint forbids it."""
        ...


def words_prior(slots: Slots, count: int) -> Tensor:
    """(count,) log weight of 0, 1, … slots by what a hint in words says of tokens; 0 for all where there is none."""
    hint = slots.hole.length
    if hint is None or hint.unit != "words":
        return torch.zeros(count)
    sizes = [max(0, size - slots.extra) for size in range(count)]
    return torch.tensor([log_tokens_of_words(size, hint.minimum, hint.maximum) for size in sizes])


def log_normal(size: int, expected: int | None) -> float:
    """Log-normal weight of a length around the one that is replaced, σ = 0.25; 0 where nothing is."""
    return -0.5 * (math.log(max(size, 0.5) / expected) / 0.25) ** 2 if expected else 0.0


def best_lengths(weights: list[Tensor], n: int) -> list[tuple[tuple[int, ...], float]]:
    """The n best choices of one length per hole, with the sum of their log weights, best first."""
    combined: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for table in weights:
        values, sizes = table.topk(min(n, len(table)))
        options = [(int(s), float(v)) for v, s in zip(values, sizes, strict=True) if v > -torch.inf]
        grown = [((*chosen, size), total + value) for chosen, total in combined for size, value in options]
        combined = sorted(grown, key=lambda item: -item[1])[:n]
    return combined


def seam_scores(denoiser: Denoiser, canvas: Canvas, tokens: Tensor, lengths: list[tuple[int, ...]]) -> Tensor:
    """Mean log probability, (rows,), of the first tokens right of every hole when they are masked again.

    A fill that was cut off or padded makes its right neighbours improbable (methods of rescoring by the seam).

    Args:
        denoiser: the model.
        canvas: where the rows come from.
        tokens: (rows, seq) finished rows.
        lengths: slots used of each hole, per row.
    """
    _, layout = canvas.rows(lengths)
    hidden = torch.zeros_like(layout.hole)
    for slots in canvas.slots:
        hidden[:, slots.start + slots.count : slots.start + slots.count + SEAM_TOKENS] = True
    hidden &= ~layout.hole
    at = hidden[0].nonzero()[:, 0].expand(len(tokens), -1)
    if not at.shape[1]:
        return torch.zeros(len(tokens))
    noisy = tokens.masked_fill(hidden, denoiser.card.mask_id)
    hole_too = type(layout)(layout.hole | hidden, layout.valid, layout.positions)
    log_probabilities = denoiser.logits(noisy, at, hole_too).log_softmax(-1)
    return log_probabilities.gather(-1, tokens.gather(1, at)[..., None])[..., 0].mean(1).cpu()
