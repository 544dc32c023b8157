"""Counts of pairs and triples of tokens, packed into sorted numbers and looked up by any of their places.

Knows token ids below 65536 and counts. Does not know what the counts are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Floats = NDArray[np.float32]
Words = NDArray[np.int64]
Row = tuple[Words, Floats]
"""Tokens, ascending, and their counts, (n,) each."""

STEPS = 16
"""A count c is stored as round(16 log2 c), one byte."""


class Counts:
    """Rows of counts; the numbers that they are found in are made when they are first needed.

    Args:
        tables: ``pair_starts`` (vocab + 1,), ``pair_next`` and ``pair_size`` (pairs,), ``pair_triples`` (pairs,)
            triples of each pair, ``triple_next`` and ``triple_size`` (triples,), both in order of their tokens.
    """

    def __init__(self, tables: Mapping[str, Tensor]) -> None:
        self._tables = tables
        self._size = len(tables["pair_starts"]) - 1

    def beside(self, side: int, token: int) -> Row:
        """The tokens that follow a token (side 0), or precede it (side 1)."""
        packed = self._pairs[side]
        return _unpacked(packed[slice(*np.searchsorted(packed, [token << 24, (token + 1) << 24]))], 8)

    def behind(self, side: int, far: int, near: int) -> Row:
        """The tokens that follow two others (side 0), or precede them (side 1); `near` is the one next to them."""
        if side:
            own = self._ending(far)
            return _unpacked(own[(own >> 24) & 0xFFFF == near], 40)
        pair = far << 16 | near
        found = self._triples[slice(*np.searchsorted(self._triples, [pair << 24, (pair + 1) << 24]))]
        return _unpacked(found, 8)

    def between(self, left: int, right: int) -> Row:
        """The tokens that stand between two others."""
        own = self._ending(right)
        return _unpacked(own[slice(*np.searchsorted(own, [left << 40, (left + 1) << 40]))], 24)

    def _ending(self, third: int) -> Words:
        """The triples with a third token, by first and second."""
        packed, begin = self._by_third
        return packed[begin[third] : begin[third + 1]]

    @cached_property
    def _pairs(self) -> tuple[Words, Words]:
        """Pairs packed as token, neighbour, count: by first token, and by second."""
        first = np.repeat(np.arange(self._size, dtype=np.int64), np.diff(self._tables["pair_starts"].numpy()))
        second, count = (self._tables[name].numpy() for name in ("pair_next", "pair_size"))
        mirrored = second.astype(np.int64) << 24 | first << 8 | count
        # A stable sort of 16-bit numbers takes a twentieth of the time that one of the packed numbers does.
        return first << 24 | second.astype(np.int64) << 8 | count, mirrored[np.argsort(second, kind="stable")]

    @cached_property
    def _triples(self) -> Words:
        """Triples packed as first, second and third token and count."""
        pairs = np.repeat(self._pairs[0] >> 8, self._tables["pair_triples"].numpy())
        third, count = (self._tables[name].numpy() for name in ("triple_next", "triple_size"))
        return np.asarray(pairs << 24 | third.astype(np.int64) << 8 | count)

    @cached_property
    def _by_third(self) -> tuple[Words, Words]:
        """The same by third token, then first and second; and where those of each third token begin."""
        third = self._tables["triple_next"].numpy()
        ends = np.cumsum(np.bincount(third, minlength=self._size))
        return self._triples[np.argsort(third, kind="stable")], np.append(0, ends)


def _unpacked(found: Words, place: int) -> Row:
    return (found >> place) & 0xFFFF, np.exp2((found & 0xFF).astype(np.float32) / STEPS)
