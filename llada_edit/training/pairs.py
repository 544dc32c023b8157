"""Supervised fine-tuning for rewriting (LLaDA, arXiv 2502.09992, section 2.3): source seen, target masked.

A row is: operation, source, document border, what stands left of the text, the target's slots with trailing nulls, what
stands right of it, border. So a rewriting model sees the editor's canvas with `operation_prompt` before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from llada_edit.errors import DocumentError
from llada_edit.models.bundled import OPERATIONS, operation_prompt
from llada_edit.models.tokenizer_files import plain_tokenizer
from llada_edit.training.batches import Batch, stratified_rates
from llada_edit.training.holes import Sampler
from llada_edit.training.mistakes import with_mistakes
from llada_edit.training.texts import read_lines

TYPES = {"split": "simplify", "simplification": "simplify", "paraphrase": "paraphrase", "revision": "refine"}
"""Operations by the type that a corpus gives its pairs; a type may also be the name of an operation."""
SHORTER = 0.8
"""A pair whose target is so much shorter also teaches to shorten, and backwards to expand."""
LEAST_SLOTS = 16
LONGEST = 160
"""Tokens of source or target at most."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A text, and how it stands after an operation."""

    operation: str
    source: str
    target: str


def read_pairs(files: Sequence[Path]) -> Iterator[Pair]:
    """Pairs of JSONL files with "a", "b" and "type".

    Raises:
        DocumentError: a line that is no pair; the message names it.
    """
    for path in files:
        for entry, place in read_lines(path):
            one, two, kind = (entry.get(name) for name in ("a", "b", "type"))
            operation = TYPES.get(str(kind), str(kind))
            if not (isinstance(one, str) and isinstance(two, str) and operation in OPERATIONS):
                known = ", ".join([*TYPES, *OPERATIONS])
                raise DocumentError(f'{place} is no pair; give "a", "b" and a "type" of: {known}')
            yield Pair(operation, one, two)
            if operation == "paraphrase":
                yield Pair(operation, two, one)
            if len(two) <= SHORTER * len(one):
                yield Pair("shorten", one, two)
                yield Pair("expand", two, one)


@dataclass(frozen=True, slots=True)
class Example:
    """A row before masking, token ids throughout."""

    prompt: list[int]
    left: list[int]
    target: list[int]
    right: list[int]

    @property
    def size(self) -> int:
        """Tokens but for nulls, borders counted."""
        return len(self.prompt) + len(self.left) + len(self.target) + len(self.right) + 2


class PairSampler:
    """Draws rows of pairs, and of the corpus' own sentences with mistakes in them; see `BatchSource`.

    Args:
        pairs: from files; those longer than `LONGEST` tokens are left out.
        text: where sentences come from; its seed, mix and control ids hold here too.
        tokenizer: of the model.
    """

    def __init__(self, pairs: Sequence[Pair], text: Sampler, tokenizer: Tokenizer) -> None:
        self.text, self.mix, self.controls = text, text.mix, text.controls
        self._tokenizer = tokenizer
        self._plain = plain_tokenizer(tokenizer, tokenizer.get_added_tokens_decoder())
        sources, targets = ([self._encode(getattr(pair, name)) for pair in pairs] for name in ("source", "target"))
        examples = [
            Example(operation_prompt(pair.operation, source), [], target, [])
            for pair, source, target in zip(pairs, sources, targets, strict=True)
            if 0 < len(target) <= LONGEST and len(source) <= LONGEST
        ]
        self._examples = sorted(examples, key=lambda example: example.size)
        self._sizes = np.array([example.size for example in self._examples])

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        """See `BatchSource`; rows are as long as the longest of them."""
        rng = np.random.default_rng((self.text.seed, step, 1))
        rates = highest_rate * stratified_rates(rng, rows)
        rng.shuffle(rates)
        rates[rng.random(rows) < self.mix.all_masked] = highest_rate
        parts = [self._row(rng, self._draw(rng, length), length, rate) for rate in rates]
        longest = max(len(part[0]) for part in parts)
        fills = (self.controls.pad, self.controls.pad, False, False, False)
        padded = [
            [np.pad(field, (0, longest - len(field)), constant_values=fill) for field in column]
            for column, fill in zip(zip(*parts, strict=True), fills, strict=True)
        ]
        tokens, targets, hole, counted, valid = (np.stack(column) for column in padded)
        positions = np.broadcast_to(np.arange(longest), tokens.shape).copy()
        return Batch(tokens, positions, targets, hole, counted, valid, rates)

    def _encode(self, text: str) -> list[int]:
        return self._plain.encode(text, add_special_tokens=False).ids

    def _draw(self, rng: np.random.Generator, length: int) -> Example:
        """A pair that leaves room for nulls, or a sentence with mistakes."""
        fitting = int(np.searchsorted(self._sizes, length * 3 // 4, side="right"))
        if not fitting or rng.random() < self.mix.noised:
            return self._sentence(rng, length)
        return self._examples[rng.integers(fitting)]

    def _sentence(self, rng: np.random.Generator, length: int) -> Example:
        """A sentence of the corpus, its source with mistakes, and some of the text around it."""
        corpus, room = self.text.corpus, length // 6
        document = rng.integers(len(corpus.starts) - 1)
        first, last = corpus.starts[document : document + 2].tolist()
        ids = corpus.tokens[first:last].astype(np.int64)
        borders = np.concatenate(([0], corpus.breaks(ids), [len(ids)]))
        index = int(rng.integers(len(borders) - 1))
        begin = int(borders[index])
        end = min(int(borders[index + 1]), begin + room)
        around = int(rng.integers(room))
        target = ids[begin:end].tolist()
        clean = self._tokenizer.decode(target, skip_special_tokens=False)
        source = self._encode(with_mistakes(clean.strip(), rng))[: 2 * room]
        left, right = ids[max(0, begin - around) : begin], ids[end : end + room - around]
        return Example(operation_prompt("proofread", source), left.tolist(), target, right.tolist())

    def _row(self, rng: np.random.Generator, example: Example, length: int, rate: float) -> tuple[np.ndarray, ...]:
        """Tokens, targets, hole, counted, valid of one row, each (seq,)."""
        end, null, count = self.controls.end, self.controls.null, len(example.target)
        slots = count
        if null is not None and rng.random() >= self.mix.exact:
            slots = int(rng.integers(count, min(slots_for(count), count + length - example.size) + 1))
        before = [*example.prompt, end, *example.left]
        nulls = np.full(slots - count, -1 if null is None else null)
        targets = np.concatenate((before, example.target, nulls, example.right, [end])).astype(np.int64)
        hole = np.zeros(len(targets), dtype=bool)
        hole[len(before) : len(before) + slots] = True
        counted = hole & (rng.random(len(targets)) < rate)
        valid = np.ones_like(hole)
        if rng.random() < self.mix.nulls_known:  # the second pass of the editor: the length is settled
            unused = slice(len(before) + count, len(before) + slots)
            valid[unused] = counted[unused] = hole[unused] = False
        return np.where(counted, self.controls.mask, targets), targets, hole, counted, valid


class MixedSampler:
    """Batches of running text, and now and then one of pairs; see `BatchSource`."""

    def __init__(self, text: Sampler, pairs: PairSampler) -> None:
        self.text, self.pairs = text, pairs

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        """See `BatchSource`."""
        rng = np.random.default_rng((self.text.seed, step, 2))
        source: Sampler | PairSampler = self.pairs if rng.random() < self.text.mix.pairs else self.text
        return source.batch(step, rows, length, highest_rate)


def slots_for(count: int) -> int:
    """Most slots that a target of so many tokens gets."""
    return max(LEAST_SLOTS, count + count // 2 + 4)
