"""Sample training canvases: context and holes with trailing nulls, as the editor will later present them.

A canvas is made from running text. Holes are words, phrases, whole sentences, whole lines, what a sentence lacks,
pieces of words, or nothing. The size M of a hole's canvas is drawn from those that its text fits into, in fixed
proportions, so that M says nothing about the length of the text but that it is not above M. Slots are masked at the
rate t of the row. Rows that are one single hole are the pre-training task of LLaDA (arXiv 2502.09992).

The bundled model was trained before there were whole sentences and lines: its sentences were what a sentence lacks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llada_edit.training.batches import Batch, Controls, stratified_rates
from llada_edit.training.corpus import Corpus
from llada_edit.training.spans import Numbers, Spans, find_spans

POSITIONS = 512
CANVAS_SIZES = np.array((4, 8, 16, 24, 32, 48))
CANVAS_SHARES = np.array((0.2, 0.3, 0.34, 0.06, 0.07, 0.03))
LONGEST = 48
"""Tokens of a hole's text at most."""
KINDS = ("word", "phrase", "sentence", "line", "rest", "piece", "nothing")
KIND_SHARES = (0.35, 0.33, 0.11, 0.06, 0.05, 0.07, 0.03)
"""Where no whole sentence, line or rest of one is near, there is a phrase instead."""


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
        ends = self.corpus.breaks(window[-256:])
        if not len(ends):
            return (first, True) if start - first < 256 else (start, False)
        return max(first, start - min(256, len(window))) + int(ends[-1]), True

    def _sentence_stop(self, stop: int, limit: int) -> int:
        """The first sentence end at or after `stop`, at most `limit`."""
        ends = self.corpus.breaks(self.corpus.tokens[stop:limit])
        return stop + int(ends[0]) if len(ends) else limit

    def _punch(self, rng: np.random.Generator, text: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Make holes in `text`: targets and hole slots, cut at `length`."""
        words = self.corpus.words(text)
        spans = find_spans(text, self.corpus.signs, self.controls.end)
        mean_gap = rng.choice((2, 4, 8, 24))
        parts: list[np.ndarray] = []
        slots: list[np.ndarray] = []
        at = total = 0
        while total < length and at < len(text):
            earliest = at + 1 + int(rng.geometric(1 / mean_gap))
            begin, end = self._hole(rng, words, spans, (earliest, min(len(text), at + length - total)), len(text))
            canvas = self._canvas(rng, end - begin)
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

    def _canvas(self, rng: np.random.Generator, count: int) -> int:
        """Slots of a hole whose text has `count` tokens."""
        if self.controls.null is None or rng.random() < self.mix.exact:
            return max(int(self._null >= 0), count)
        fitting = count <= CANVAS_SIZES
        return int(rng.choice(CANVAS_SIZES[fitting], p=CANVAS_SHARES[fitting] / CANVAS_SHARES[fitting].sum()))

    def _hole(
        self, rng: np.random.Generator, words: Numbers, spans: Spans, room: tuple[int, int], stop: int
    ) -> tuple[int, int]:
        """Begin and end of a hole's text, in one of `stop` tokens; sentences and lines lie within `room` entirely."""
        kind, count = str(rng.choice(KINDS, p=KIND_SHARES)), int(rng.integers(2, 9))
        whole = {"sentence": spans.sentences, "line": spans.lines}.get(kind)
        if whole is not None and (found := _first(whole, *room)) is not None:
            return found
        following = words[np.searchsorted(words, room[0]) :]
        if not len(following):
            return stop, stop
        begin = int(following[0])
        rest = spans.rest(begin) if kind == "rest" else None
        if rest is not None and rest - begin <= LONGEST:
            return begin, rest
        if kind in ("piece", "nothing"):
            return begin, min(stop, begin + (int(rng.integers(1, 7)) if kind == "piece" else 0))
        count = 1 if kind == "word" else count
        end = int(following[count]) if len(following) > count else stop
        return begin, min(end, begin + LONGEST)


def _first(whole: Numbers, earliest: int, latest: int) -> tuple[int, int] | None:
    """The first of ascending spans from `earliest` on that is not too long; None where it ends after `latest`."""
    near = whole[(whole[:, 0] >= earliest) & (whole[:, 1] - whole[:, 0] <= LONGEST)]
    return (int(near[0, 0]), int(near[0, 1])) if len(near) and near[0, 1] <= latest else None
