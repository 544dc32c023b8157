"""Pairs of states of two automata that read the same text, numbered as they are met."""

from __future__ import annotations

import numpy as np

from llada_edit.constraints.minimise import DEAD, Table
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.subsets import LIMIT, too_large


def pairs(
    one_classes: Ints, one: Table, other_classes: Ints, other: Table, alone: bool, left: bool
) -> tuple[Ints, Table, Ints, Ints]:
    """The automaton of pairs that (0, 0) leads to; a part that is dead is the state after the last one.

    Args:
        one_classes: (256,) column of each byte in the first table.
        one: (states, columns).
        other_classes: the same of the second.
        other: the same.
        alone: whether a pair lives on where its first part is dead.
        left: whether it does where its second part is.

    Returns:
        Classes and table of the pairs, and (pairs,) the state of each in the first and in the second table.

    Raises:
        ConstraintError: more than `LIMIT` pairs.
    """
    found, byte_of, classes = np.unique(
        one_classes * other.shape[1] + other_classes, return_index=True, return_inverse=True
    )
    here = np.vstack((one[:, one_classes[byte_of]], np.full(len(found), DEAD, dtype=np.int32)))
    there = np.vstack((other[:, other_classes[byte_of]], np.full(len(found), DEAD, dtype=np.int32)))
    width = len(there)
    numbers = _Numbers(len(here) * width)
    frontier, rows, met = numbers.add(np.zeros(1, dtype=np.int64)), list[Ints](), list[Ints]()
    while len(frontier):
        first, second = here[frontier // width].astype(np.int64), there[frontier % width].astype(np.int64)
        dead = ((first == DEAD) & (not alone)) | ((second == DEAD) & (not left)) | ((first == DEAD) & (second == DEAD))
        after = (first % len(here)) * width + second % width
        met.append(frontier)
        frontier = numbers.add(after[~dead])
        rows.append(np.where(dead, DEAD, numbers.of(np.where(dead, 0, after))))
    states = np.concatenate(met)
    return classes.reshape(-1), np.concatenate(rows).astype(np.int32), states // width, states % width


class _Numbers:
    """Numbers for pairs of states in the order in which they are met; refuses more than `LIMIT`."""

    def __init__(self, pairs: int) -> None:
        self._known = np.full(pairs, DEAD, dtype=np.int32) if pairs <= 1 << 26 else None
        self._late: dict[int, int] = {}
        self._count = 0

    def add(self, pairs: Ints) -> Ints:
        """Number what is new among some pairs, and give that back."""
        new = np.unique(pairs[self.of(pairs) == DEAD])
        if self._count + len(new) > LIMIT:
            raise too_large()
        numbers = np.arange(self._count, self._count + len(new))
        if self._known is not None:
            self._known[new] = numbers
        else:
            self._late.update(zip(new.tolist(), numbers.tolist(), strict=True))
        self._count += len(new)
        return new

    def of(self, pairs: Ints) -> Ints:
        """Their numbers, -1 for what is new."""
        if self._known is not None:
            known: Ints = self._known[pairs].astype(np.int64)
            return known
        flat = [self._late.get(pair, DEAD) for pair in pairs.ravel().tolist()]
        return np.array(flat, dtype=np.int64).reshape(pairs.shape)
