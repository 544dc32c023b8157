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
    largest part of a split keeps its name (Hopcroft 1971). It begins with the length of the shortest accepted text,
    which equivalent states share, so that a long chain is told apart at once and not link by link.

    Args:
        classes: (256,) column of each byte.
        table: (states, columns) next state or `DEAD`; state 0 is the start.
        accepting: (states,) bool.

    Returns:
        The same three. An empty language is one state that does not accept, with one dead column.
    """
    # Columns in the order of their first byte, so that breadth-first numbers are unique.
    used, first_byte, classes = np.unique(classes, return_index=True, return_inverse=True)
    order = np.argsort(first_byte)
    columns, kept = equal_rows(np.ascontiguousarray(table[:, used[order]].T))
    classes, table = columns[np.argsort(order)][classes.reshape(-1)], table[:, used[order][kept]]
    incoming = _Incoming(table)
    distance = _distances(incoming, accepting)
    alive = distance >= 0
    if not alive[0]:
        return np.zeros(256, dtype=np.int64), np.full((1, 1), DEAD, dtype=np.int32), np.zeros(1, dtype=np.bool_)
    table = np.where(alive[table] & (table != DEAD), table, DEAD)
    labels = _refine(table, incoming, distance)
    # One state of each class; 0 is the class of what is dead.
    _, samples = np.unique(np.append(0, labels), return_index=True)
    samples = samples[1:] - 1
    numbers = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    numbers[labels[samples]] = np.arange(1, len(samples) + 1)
    following = np.where(table[samples] == DEAD, 0, numbers[labels[table[samples]]]) - 1
    reached = _breadth_first(following, int(numbers[labels[0]]) - 1)
    named = np.full(len(samples) + 1, DEAD, dtype=np.int64)
    named[reached] = np.arange(len(reached))
    small = named[following[reached]].astype(np.int32)
    merged, kept = equal_rows(np.ascontiguousarray(small.T))
    return merged[classes], np.ascontiguousarray(small[:, kept]), accepting[samples[reached]]


def _distances(incoming: _Incoming, accepting: Flags) -> Ints:
    """(states,) bytes of the shortest text that each state accepts, -1 where there is none."""
    found = np.where(accepting, 0, -1).tolist()
    begin, sources = incoming.begin.tolist(), incoming.sources.tolist()
    todo: list[int] = np.flatnonzero(accepting).tolist()
    for state in todo:  # grows while it is read
        after = found[state] + 1
        for source in sources[begin[state] : begin[state + 1]]:
            if found[source] < 0:
                found[source] = after
                todo.append(source)
    return np.array(found, dtype=np.int64)


def _refine(table: Table, incoming: _Incoming, distance: Ints) -> Ints:
    """(states,) labels, equal for states that no text tells apart; dead states share 0 with the sink."""
    alive = distance >= 0
    labels = np.append(np.where(alive, distance + 1, 0), 0)
    members, changed = np.bincount(labels), np.flatnonzero(alive)
    while len(changed):
        affected = incoming.of(changed)
        affected = affected[alive[affected]]
        if not len(affected):
            break
        members, changed = _split(labels, members, affected, table)
    return labels[:-1]


def _split(labels: Ints, members: Ints, affected: Ints, table: Table) -> tuple[Ints, Ints]:
    """Give new labels to `affected` states whose successors tell them apart from the rest of their class.

    Changes `labels`. Returns the number of states by label, and the states that have a new one.
    """
    groups, first = equal_rows(np.concatenate((labels[affected, None], labels[table[affected]]), axis=1))
    owners, sizes = labels[affected[first]], np.bincount(groups)
    # The part that keeps the label: what was not touched, or else the largest group of the class.
    touched = np.bincount(owners, sizes, len(members))
    order = np.lexsort((-sizes, owners))
    largest = np.zeros(len(first), dtype=np.bool_)
    largest[order[np.append(True, owners[order][1:] != owners[order][:-1])]] = True
    moves = ~(largest & (members[owners] == touched[owners]))
    names = owners.copy()
    names[moves] = len(members) + np.arange(int(moves.sum()))
    left = np.bincount(owners[moves], sizes[moves], len(members)).astype(np.int64)
    labels[affected] = names[groups]
    return np.append(members - left, sizes[moves]), affected[moves[groups]]


def _breadth_first(following: Ints, start: int) -> Ints:
    """States that the start reaches, in breadth-first order."""
    seen, rows, found = [False] * len(following), following.tolist(), [start]
    seen[start] = True
    for state in found:  # grows while it is read
        for after in rows[state]:
            if after >= 0 and not seen[after]:
                seen[after] = True
                found.append(after)
    return np.array(found, dtype=np.int64)


class _Incoming:
    """Predecessors of states.

    Attributes:
        sources: states with an arc, those into state 0 first.
        begin: (states + 1,) where the predecessors of each state begin in `sources`.
    """

    def __init__(self, table: Table) -> None:
        source, column = np.nonzero(table != DEAD)
        target = table[source, column]
        pairs = np.unique(target.astype(np.int64) * len(table) + source)
        self.sources: Ints = pairs % len(table)
        self.begin: Ints = np.searchsorted(pairs, np.arange(len(table) + 1) * len(table))

    def of(self, states: Ints) -> Ints:
        """All predecessors of some states, each once."""
        begin, length = self.begin[states], self.begin[states + 1] - self.begin[states]
        offset = np.repeat(begin - np.append(0, np.cumsum(length)[:-1]), length)
        found: Ints = np.unique(self.sources[offset + np.arange(int(length.sum()))])
        return found
