"""Intervals of scores: the pairs or holes that they come from are drawn again and again (bootstrap, Efron 1979).

Two ways to rewrite are compared on the same draws, so what both find easy cancels out (Koehn 2004). The pairs are taken
for independent; that several come from one document is not known here. Intervals are those of the 2.5th and 97.5th
percentiles, which are a little too narrow for few pairs or few changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

Interval = tuple[float, float]
"""95 %, lower and upper end."""
DRAWS = 2000
FEWEST = 10
"""Pairs from which an interval is given: what fewer pairs have by chance in common would look certain."""


@dataclass(frozen=True, slots=True)
class Score:
    """A score over pairs that depends on nothing but sums over them; so it is quick to work out for any draw.

    Attributes:
        parts: (pairs, parts) what each pair adds.
        of: (parts,) sums -> the score.
    """

    parts: np.ndarray
    of: Callable[[np.ndarray], float]

    @classmethod
    def mean(cls, values: Sequence[float]) -> Self:
        """Of one value a pair."""
        return cls(np.column_stack((values, np.ones(len(values)))), lambda sums: float(sums[0] / sums[1]))

    @property
    def value(self) -> float:
        """Over all pairs, each once."""
        return self.of(self.parts.sum(0))

    def redrawn(self, draws: np.ndarray) -> np.ndarray:
        """(draws,) the score over each of some `draws`."""
        return np.array([self.of(sums) for sums in draws @ self.parts])


def drawn(pairs: int, seed: int, count: int = DRAWS) -> np.ndarray:
    """(count, pairs) how often each pair is in each draw of as many, with replacement."""
    return np.random.default_rng(seed).multinomial(pairs, [1 / pairs] * pairs, size=count)


def interval(values: np.ndarray) -> Interval:
    """Of a score over draws, or of the difference of two scores over the same ones."""
    low, high = np.percentile(values, [2.5, 97.5])
    # Rounded, so that the last bit of a sum does not stand between a difference and zero.
    return round(float(low), 6), round(float(high), 6)


def ratio(parts: Sequence[tuple[float, float]], seed: int = 0) -> tuple[float, Interval | None]:
    """A sum over another one, such as nats a token over holes, and its interval; None for fewer than `FEWEST`."""
    score = Score(np.array(parts), lambda sums: float(sums[0] / sums[1]))
    return score.value, interval(score.redrawn(drawn(len(parts), seed))) if len(parts) >= FEWEST else None
