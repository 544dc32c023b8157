"""Means over units such as holes or rows of text, with 95 % intervals; differences of two of them, unit by unit.

Units are taken for independent. A mean is a ratio of sums, since units have different numbers of tokens; its spread is
that of its linear part (Cochran 1977, section 6.4). Intervals are Student's: ten units do not look like a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

NORMAL = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""


def student(units: int) -> float:
    """The same for Student's t of so many units, within 1 % from four on (Abramowitz and Stegun 26.7.5)."""
    z, freedom = NORMAL, max(1, units - 1)
    terms = (
        z, (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )  # fmt: skip
    return sum(term / freedom**power for power, term in enumerate(terms))


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean.

    Attributes:
        value: sum of all values over sum of all counts.
        pulls: (units,) by how much each unit moves it; they sum to 0.
    """

    value: float
    pulls: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float], counts: Sequence[float]) -> Self:
        """Of what each unit adds, and over how many."""
        sums, sizes = np.asarray(values, dtype=float), np.asarray(counts, dtype=float)
        value = sums.sum() / sizes.sum()
        return cls(float(value), tuple(((sums - value * sizes) / sizes.sum()).tolist()))

    @property
    def error(self) -> float:
        """Half of the 95 % interval; none (infinite) for a single unit."""
        units = len(self.pulls)
        if units < 2:
            return float("inf")
        return student(units) * float(np.sqrt(units / (units - 1) * np.square(self.pulls).sum()))

    def minus(self, other: Mean) -> Mean:
        """The difference to another one over the same units: what is hard for both cancels out."""
        pulls = tuple(mine - theirs for mine, theirs in zip(self.pulls, other.pulls, strict=True))
        return Mean(self.value - other.value, pulls)
