"""Equal rows of a matrix, found by hashing and confirmed exactly: what minimisation and token classes both rest on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_WIDTH = 256
# Whole numbers below 2^28: with values below 2^16, sums over 256 columns are exact in double precision, in any order.
_MIX = np.random.default_rng(0).integers(1, 2**28, (_WIDTH, 2)).astype(np.float64)


def _digests(rows: NDArray[np.integer]) -> NDArray[np.uint64]:
    """One 64-bit number per row, equal for equal rows."""
    found = np.zeros(len(rows), dtype=np.uint64)
    for begin in range(0, rows.shape[1], _WIDTH):
        part = (rows[:, begin : begin + _WIDTH] & 0xFFFF).astype(np.float64)
        one, other = (part @ _MIX[: part.shape[1]]).astype(np.uint64).T
        found = (found ^ (found >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + one * np.uint64(0xBF58476D1CE4E5B9)
        found ^= other << np.uint64(11)
    return found


def equal_rows(rows: NDArray[np.integer]) -> tuple[Ints, Ints]:
    """A number for each row, the same for equal rows, and the first row of each number.

    Args:
        rows: (n, width) integers.

    Returns:
        (n,) labels from 0, numbered by first appearance, and (labels,) indices of the first row that has each.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    _, first, labels = np.unique(_digests(rows), return_index=True, return_inverse=True)
    labels = labels.reshape(-1)
    if not np.array_equal(rows, rows[first[labels]]):  # two rows with one digest: hardly ever, and then slowly
        _, first, labels = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        labels = labels.reshape(-1)
    order = np.argsort(first, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[labels], first[order]
