"""Ways to rewrite, compared with leaving the source as it is, on the same pairs: scores, and how sure they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from llada_edit.rewriting.measured import COPY
from llada_edit.training.evaluation.bootstrap import FEWEST, Interval, Score, drawn, interval
from llada_edit.training.evaluation.filling import wilson
from llada_edit.training.evaluation.rewriting import gleu, ibleu, kept, sari, tokens
from llada_edit.training.pairs import Pair

SHARES = ("changed", "exact", "kept")
"""Scores that are shares of the pairs; their intervals are Wilson's: draws of pairs that are all alike are sure."""
FIXED = ("changed", "kept", "like_source")
"""Scores of a copy that are what they are by definition, and so have no interval."""
NOT_BETTER = ("changed", "like_source")
"""Scores that are not the better for being higher; they are not compared with those of a copy."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What one way to rewrite comes to, over some pairs.

    Attributes:
        changed: share of sources that were changed at all.
        exact: share of rewritings that are word for word the reference.
        kept: share that keep numbers, names and negations of the source.
        like_source: similarity to the source; see `llada_edit.training.evaluation.similarity`.
        like_reference: similarity to the reference.
        sari: mean.
        gleu: over all pairs.
        ibleu: over all pairs.
    """

    changed: float
    exact: float
    kept: float
    like_source: float
    like_reference: float
    sari: float
    gleu: float
    ibleu: float


Intervals = Mapping[str, Mapping[str, Interval]]
"""By way, then by name of the score."""


@dataclass(frozen=True, slots=True)
class RewritingFigures:
    """Results of one operation over the same pairs, by the way in which they were rewritten.

    Attributes:
        pairs: how many.
        ways: "copy", which leaves the source as it is, and what else was asked for.
        intervals: 95 % intervals of the scores of every way; empty below `FEWEST` pairs.
        gains: the same of what a way has more than "copy" on the same pairs; see `NOT_BETTER`.
    """

    pairs: int
    ways: Mapping[str, Scores]
    intervals: Intervals = field(default_factory=dict)
    gains: Intervals = field(default_factory=dict)


Way = Callable[[str, str], str]
"""(source, operation) -> the rewriting."""
Alike = Callable[[Sequence[str], Sequence[str]], Sequence[float]]
"""Similarity of each pair of two lists of texts."""


def rewriting_figures(ways: Mapping[str, Way], pairs: Sequence[Pair], alike: Alike, seed: int = 0) -> RewritingFigures:
    """Rewrite the sources of pairs of one operation in each way, and leave them as they are; `seed` is of the draws."""

    def copied(source: str, operation: str) -> str:
        return source

    scored = {
        name: scores([rewrite(pair.source, pair.operation) for pair in pairs], pairs, alike)
        for name, rewrite in {COPY: copied, **ways}.items()
    }
    values = {way: Scores(**{name: one.value for name, one in found.items()}) for way, found in scored.items()}
    if len(pairs) < FEWEST:
        return RewritingFigures(len(pairs), values)
    draws = drawn(len(pairs), seed)
    redrawn = {way: {name: one.redrawn(draws) for name, one in found.items()} for way, found in scored.items()}
    intervals = {
        way: {
            name: _own(name, one, redrawn[way][name]) for name, one in found.items() if way != COPY or name not in FIXED
        }
        for way, found in scored.items()
    }
    compared = [one.name for one in fields(Scores) if one.name not in NOT_BETTER]
    gains = {way: {name: interval(redrawn[way][name] - redrawn[COPY][name]) for name in compared} for way in ways}
    return RewritingFigures(len(pairs), values, intervals, gains)


def _own(name: str, score: Score, redrawn: np.ndarray) -> Interval:
    if name in SHARES:
        return wilson(round(float(score.parts[:, 0].sum())), len(score.parts))
    return interval(redrawn)


def scores(found: Sequence[str], pairs: Sequence[Pair], alike: Alike) -> dict[str, Score]:
    """Of the rewritings of the sources of some pairs: those of `Scores`, by name."""
    sources, references = [pair.source for pair in pairs], [pair.target for pair in pairs]
    triples = list(zip(sources, found, references, strict=True))
    return {
        "changed": Score.mean([float(text != source) for source, text, _ in triples]),
        "exact": Score.mean([float(tokens(text) == tokens(wanted)) for _, text, wanted in triples]),
        "kept": Score.mean([float(kept(source, text)) for source, text, _ in triples]),
        "like_source": Score.mean(alike(found, sources)),
        "like_reference": Score.mean(alike(found, references)),
        "sari": Score.mean([sari(source, text, [wanted]) for source, text, wanted in triples]),
        "gleu": gleu(sources, found, references),
        "ibleu": ibleu(sources, found, references),
    }
