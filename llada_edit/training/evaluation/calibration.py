"""Whether probabilities mean what they say: reliability curve and expected calibration error (arXiv 1706.04599)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LIKELY = 0.1
"""Claims below it are mostly of what was passed over: easily right, and of no use to anybody."""
Claim = tuple[float, bool]
"""A probability, and whether what it was given to was right."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims of similar probability: how many, the mean of their probabilities, and the share that was right."""

    count: int
    claimed: float
    right: float


def reliability(claims: Sequence[Claim], bins: int = 10) -> list[Bin]:
    """Bins of equal width from 0 to 1; empty ones are left out."""
    found = []
    for index in range(bins):
        inside = [claim for claim in claims if min(int(claim[0] * bins), bins - 1) == index]
        if inside:
            count = len(inside)
            found.append(Bin(count, sum(p for p, _ in inside) / count, sum(right for _, right in inside) / count))
    return found


def calibration_error(claims: Sequence[Claim], bins: int = 10) -> float:
    """ECE: the mean distance between claimed and right, bins weighted by their claims; 0 without claims.

    With few claims it is too large even for a calibrated model: each bin's share is a noisy one.
    """
    total = len(claims)
    return sum(b.count / total * abs(b.claimed - b.right) for b in reliability(claims, bins)) if total else 0.0
