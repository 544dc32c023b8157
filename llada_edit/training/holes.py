"""Sample training canvases: context and holes with trailing nulls, as the editor will later present them.

A canvas is made from running text. Holes are words, phrases, sentences, pieces of words, or nothing; the size M of a
hole's canvas is drawn first and the text after it, so that M says nothing about the length of the text. Slots are
masked at the rate t of the row. Rows that are one single hole are the pre-training task of LLaDA (arXiv 2502.09992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llada_edit.training.batches import Batch, Controls, stratified_rates
from llada_edit.training.corpus import Corpus

POSITIONS = 512
CANVAS_SIZES, CANVAS_SHARES = (4, 8, 16, 24, 32, 48), (0.2, 0.3, 0.34, 0.06, 0.07, 0.03)
KINDS, KIND_SHARES = ("word", "phrase", "sentence", "piece", "nothing"), (0.36, 0.36, 0.16, 0.09, 0.03)


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the kinds of rows and holes (probabilities).

    Attributes:
        whole: batches whose rows have no context.
        whole_rate: highest mask rate of those; a start at less than 1 leaves the unigram plateau sooner.
        snippets: rows that jump between documents often.
        exact: holes without nulls.
        all_masked: rows whose holes are masked entirely.
        nulls_known: rows whose lengths are settled: nulls are left out, their positions are not.
        shifted: rows that do not begin at position 0.
        random_length: batches without context that are cut at a random length (LLaDA, arXiv 2502.09992: 1 %).
        pairs: batches of rewriting pairs, for a recipe that names some.
        noised: rows of those that are proofreading pairs made from the corpus itself.
    """

    whole: float = 0.35
    whole_rate: float = 1.0
    snippets: float = 0.3
    exact: float = 0.2
    all_masked: float = 0.5
    nulls_known: float = 0.6
    shifted: float = 0.3
    random_length: float = 0.01
    pairs: float = 0.5
    noised: float = 0.4


class Sampler:
    """Draws batches from running text; see `BatchSource`. Positions stay below `window`."""

    def __init__(
        self,
        corpus: Corpus,
        seed: int,
        mix: Mix | None = None,
        controls: Controls | None = None,
        window: int = POSITIONS,
    ) -> None:
        self.corpus, self.seed, self.window = corpus, seed, window
        self.mix, self.controls = mix or Mix(), controls or Controls()
        self._null = -1 if self.controls.null is None else self.controls.null

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        """`rows` canvases of `length` tokens; t is stratified over the rows, below `highest_rate`."""
        rng = np.random.default_rng((self.seed, step))
        rates = highest_rate * stratified_rates(rng, rows)
        rng.shuffle(rates)
        whole = bool(rng.random() < self.mix.whole)
        if whole and rng.random() < self.mix.random_length:
            length = int(rng.integers(1, length + 1))
        parts = [self._row(rng, length, rate, highest_rate, whole) for rate in rates]
        return Batch(*(np.stack(field) for field in zip(*parts, strict=True)))

    def whole_batch(self, step: int, rows: int, length: int) -> Batch:
        """Rows without context, masked at stratified rates, for the likelihood bound."""
        rng = np.random.default_rng((self.seed, step))
        rates = stratified_rates(rng, rows)
        targets = np.stack([self._text(rng, length) for _ in rates])
        counted = rng.random(targets.shape) < rates[:, None]
        positions = np.broadcast_to(np.arange(length), targets.shape).copy()
        tokens, everything = np.where(counted, self.controls.mask, targets), np.ones_like(counted)
        return Batch(tokens, positions, targets, everything, counted, everything, rates)

    def _row(
        self, rng: np.random.Generator, length: int, rate: float, highest_rate: float, whole: bool
    ) -> tuple[np.ndarray, ...]:
        text = self._text(rng, self.window)
        if whole:
            targets, hole, positions = text[:length], np.ones(length, dtype=bool), np.arange(length)
            rate *= self.mix.whole_rate
        else:
            targets, hole, positions = self._holes(rng, text, length)
            if rng.random() < self.mix.all_masked:
                rate = highest_rate
        counted = hole & (rng.random(length) < rate)
        if rng.random() < self.mix.shifted:
            positions = positions + rng.integers(self.window - positions[-1])
        tokens, valid = np.where(counted, self.controls.mask, targets), np.ones_like(hole)
        return tokens, positions, targets, hole, counted, valid, np.asarray(rate)

    def _holes(self, rng: np.random.Generator, text: np.ndarray, length: int) -> tuple[np.ndarray, ...]:
        """Text with holes; where the lengths count as known, nulls are gone but keep their positions."""
        if self.controls.null is None or rng.random() >= self.mix.nulls_known:
            targets, hole = self._punch(rng, text, length)
            return targets, hole, np.arange(length)
        targets, hole = self._punch(rng, text, min(self.window, 2 * length))
        kept = np.flatnonzero(targets != self._null)[:length]
        missing = length - len(kept)
        return (
            np.pad(targets[kept], (0, missing), constant_values=self.controls.end),
            np.pad(hole[kept], (0, missing)),
            np.pad(kept, (0, missing), mode="edge"),
        )

    def _text(self, rng: np.random.Generator, length: int) -> np.ndarray:
        """`length` tokens of running text; documents are joined by the border token, snippet rows jump often."""
        snippets = rng.random() < self.mix.snippets
        parts: list[np.ndarray] = []
        total = 0
        while total < length:
            document = rng.integers(len(self.corpus.starts) - 1)
            first, last = self.corpus.starts[document], self.corpus.starts[document + 1]
            start, fresh = self._start(rng, int(first), int(last))
            stop = min(int(last), start + length)
            if snippets:
                stop = self._sentence_stop(start + int(rng.integers(8, 120)), stop)
            part = self.corpus.tokens[start:stop].astype(np.int64)
            border = np.array([self.controls.end])
            if fresh and not parts:
                parts.append(border)
            parts += [part, border]
            total = sum(map(len, parts))
        return np.concatenate(parts)[:length]

    def _start(self, rng: np.random.Generator, first: int, last: int) -> tuple[int, bool]:
        """A place in a document, and whether it is the start of it or passes for one (a sentence start)."""
        start = first + int(rng.integers(max(1, last - first - 32)))
        if rng.random() < 0.3:
            return start, False
        window = self.corpus.tokens[first:start]
        ends = np.flatnonzero(self.corpus.sentence_end[window[-256:]])
        if not len(ends):
            return (first, True) if start - first < 256 else (start, False)
        return max(first, start - min(256, len(window))) + int(ends[-1]) + 1, True

    def _sentence_stop(self, stop: int, limit: int) -> int:
        """The first sentence end at or after `stop`, at most `limit`."""
        ends = np.flatnonzero(self.corpus.sentence_end[self.corpus.tokens[stop:limit]])
        return stop + int(ends[0]) + 1 if len(ends) else limit

    def _punch(self, rng: np.random.Generator, text: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Make holes in `text`: targets and hole slots, cut at `length`."""
        starts = np.flatnonzero(self.corpus.word_start[text])
        mean_gap = rng.choice((2, 4, 8, 24))
        parts: list[np.ndarray] = []
        slots: list[np.ndarray] = []
        at = total = 0
        while total < length and at < len(text):
            gap_end = at + 1 + int(rng.geometric(1 / mean_gap))
            after = starts[np.searchsorted(starts, gap_end) :]
            begin = int(after[0]) if len(after) else len(text)
            end, canvas = self._hole(rng, text, starts, begin)
            fill = np.concatenate((text[begin:end], np.full(canvas - (end - begin), self._null)))
            parts += [text[at:begin], fill]
            slots += [np.zeros(begin - at, dtype=bool), np.ones(canvas, dtype=bool)]
            total += begin - at + canvas
            at = end
        targets, hole = np.concatenate(parts)[:length], np.concatenate(slots)[:length]
        if len(targets) < length:
            missing = length - len(targets)
            targets = np.concatenate((targets, np.full(missing, self.controls.end)))
            hole = np.concatenate((hole, np.zeros(missing, dtype=bool)))
        return targets, hole

    def _hole(self, rng: np.random.Generator, text: np.ndarray, starts: np.ndarray, begin: int) -> tuple[int, int]:
        """End of the hole's text and size of its canvas, in tokens."""
        canvas = int(rng.choice(CANVAS_SIZES, p=CANVAS_SHARES))
        exact = self.controls.null is None or rng.random() < self.mix.exact
        for _ in range(4):
            end = self._hole_end(rng, text, starts, begin)
            if end - begin <= canvas:
                return end, (max(int(self._null >= 0), end - begin) if exact else canvas)
        return min(end, begin + 48), min(end - begin, 48)

    def _hole_end(self, rng: np.random.Generator, text: np.ndarray, starts: np.ndarray, begin: int) -> int:
        kind = rng.choice(KINDS, p=KIND_SHARES)
        following = starts[np.searchsorted(starts, begin + 1) :]
        words = {"word": 1, "phrase": int(rng.integers(2, 9))}.get(str(kind))
        if words is not None:
            return int(following[words - 1]) if len(following) >= words else len(text)
        if kind == "sentence":
            ends = np.flatnonzero(self.corpus.sentence_end[text[begin:]])
            return begin + int(ends[0]) + 1 if len(ends) else len(text)
        if kind == "piece":
            return min(len(text), begin + int(rng.integers(1, 7)))
        return begin
