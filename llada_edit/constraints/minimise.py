"""Tables of deterministic automata made small: useless states go, and states that no text tells apart merge."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from llada_edit.constraints.rows import Ints, equal_rows

DEAD = -1
Table = NDArray[np.int32]
Flags = NDArray[np.bool_]


def minimal(classes: Ints, table: Table, accepting: Flags) -> tuple[Ints, Table, Flags]:
    """The smallest equivalent automaton, its states in breadth-first order from 0.

    Partition refinement in the order of Moore, where only predecessors of what was split are looked at again and the
    largest part of a split keeps its name (Hopcroft 1971), so that long chains cost no more than wide tables.

    Args:
        classes: (256,) column of each byte.
        table: (states, columns) next state or `DEAD`; state 0 is the start.
        accepting: (states,) bool.

    Returns:
        The same three. An empty language is one state that does not accept, with one dead column.
    """
    alive = _alive(table, accepting)
    if not alive[0]:
        return np.zeros(256, dtype=np.int64), np.full((1, 1), DEAD, dtype=np.int32), np.zeros(1, dtype=np.bool_)
    table = np.where(alive[table] & (table != DEAD), table, DEAD)
    labels = _refine(table, accepting, alive)
    samples = _breadth_first(table, labels)
    columns, _ = equal_rows(np.ascontiguousarray(np.where(table[samples] == DEAD, 0, labels[table[samples]]).T))
    # Columns in the order of their first byte, so that breadth-first numbers are unique too.
    merged, first_byte = equal_rows(columns[classes][:, None])
    table = table[:, classes[first_byte]]
    kept = _breadth_first(table, labels)
    named = np.full(labels.max() + 1, DEAD, dtype=np.int32)
    named[labels[kept]] = np.arange(len(kept))
    small = np.where(table[kept] == DEAD, DEAD, named[labels[table[kept]]]).astype(np.int32)
    return merged, small, accepting[kept]


def _alive(table: Table, accepting: Flags) -> Flags:
    """States from which an accepting one can be reached."""
    incoming = _Incoming(table)
    found = accepting.copy()
    frontier = np.flatnonzero(found)
    while len(frontier):
        before = np.zeros(len(table), dtype=np.bool_)
        before[incoming.of(frontier)] = True
        frontier = np.flatnonzero(before & ~found)
        found |= before
    return found


def _refine(table: Table, accepting: Flags, alive: Flags) -> Ints:
    """(states,) labels, equal for states that no text tells apart; dead states share one with the sink."""
    size = len(table)
    labels = np.where(alive, np.where(accepting, 1, 2), 0)
    labels = np.append(labels, 0)
    count, incoming = 3, _Incoming(table)
    changed = np.flatnonzero(alive)
    while len(changed):
        touched = np.zeros(size, dtype=np.bool_)
        touched[incoming.of(changed) if len(changed) < size else changed] = True
        affected = np.flatnonzero(touched & alive)
        if not len(affected):
            break
        labels, count, changed = _split(labels, count, affected, table)
    return labels[:-1]


def _split(labels: Ints, count: int, affected: Ints, table: Table) -> tuple[Ints, int, Ints]:
    """Give new labels to `affected` states whose successors tell them apart from the rest of their class."""
    rows = np.concatenate((labels[affected, None], labels[table[affected]]), axis=1)
    groups, first = equal_rows(rows)
    owners = labels[affected[first]]
    sizes = np.bincount(groups, minlength=len(first))
    members = np.bincount(labels, minlength=count)
    touched = np.bincount(labels[affected], minlength=count)
    # The part that keeps the label: what was not touched, or else the largest group of the class.
    order = np.lexsort((-sizes, owners))
    largest = np.zeros(len(first), dtype=np.bool_)
    largest[order[np.append(True, owners[order][1:] != owners[order][:-1])]] = True
    keeps = largest & (members[owners] == touched[owners])
    names = np.where(keeps, owners, 0)
    names[~keeps] = count + np.arange(int((~keeps).sum()))
    changed = affected[~keeps[groups]]
    labels[affected] = names[groups]
    return labels, count + int((~keeps).sum()), changed


def _breadth_first(table: Table, labels: Ints) -> Ints:
    """One state of each class that the start reaches, in breadth-first order."""
    seen = np.zeros(labels.max() + 1, dtype=np.bool_)
    frontier = np.zeros(1, dtype=np.int64)
    found = []
    seen[labels[0]] = True
    while len(frontier):
        found.append(frontier)
        after = table[frontier].ravel()
        after = after[after != DEAD]
        after = after[~seen[labels[after]]]
        _, first = np.unique(labels[after], return_index=True)
        frontier = after[np.sort(first)].astype(np.int64)
        seen[labels[frontier]] = True
    return np.concatenate(found)


class _Incoming:
    """Predecessors of states."""

    def __init__(self, table: Table) -> None:
        source, column = np.nonzero(table != DEAD)
        target = table[source, column]
        pairs = np.unique(target.astype(np.int64) * len(table) + source)
        self._sources = pairs % len(table)
        self._begin = np.searchsorted(pairs, np.arange(len(table) + 1) * len(table))

    def of(self, states: Ints) -> Ints:
        """All predecessors of some states, with repetitions."""
        begin, length = self._begin[states], self._begin[states + 1] - self._begin[states]
        offset = np.repeat(begin - np.append(0, np.cumsum(length)[:-1]), length)
        found: Ints = self._sources[offset + np.arange(int(length.sum()))]
        return found
