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
    columns, used = equal_rows(np.ascontiguousarray(table.T))
    classes, table = columns[classes], table[:, used]
    incoming = _Incoming(table)
    distance = _distances(incoming, accepting)
    alive = distance >= 0
    if not alive[0]:
        return np.zeros(256, dtype=np.int64), np.full((1, 1), DEAD, dtype=np.int32), np.zeros(1, dtype=np.bool_)
    table = np.where(alive[table] & (table != DEAD), table, DEAD)
    labels = _refine(table, incoming, distance)
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
    members = np.bincount(labels).tolist()
    changed = np.flatnonzero(alive)
    while len(changed):
        affected = incoming.of(changed)
        affected = affected[alive[affected]]
        if not len(affected):
            break
        changed = _split(labels, members, affected, table)
    return labels[:-1]


def _split(labels: Ints, members: list[int], affected: Ints, table: Table) -> Ints:
    """Give new labels to `affected` states whose successors tell them apart from the rest of their class.

    Changes `labels`, and `members`, the number of states by label. Returns the states that have a new one.
    """
    rows = np.concatenate((labels[affected, None], labels[table[affected]]), axis=1)
    groups, first = equal_rows(rows)
    sizes = np.bincount(groups, minlength=len(first)).tolist()
    owners = labels[affected[first]].tolist()
    parts: dict[int, list[int]] = {}
    for group, owner in enumerate(owners):
        parts.setdefault(owner, []).append(group)
    names = list(owners)
    for owner, own in parts.items():
        # The part that keeps the label: what was not touched, or else the largest group of the class.
        untouched = members[owner] > sum(sizes[group] for group in own)
        keeps = None if untouched else max(own, key=sizes.__getitem__)
        for group in own:
            if group != keeps:
                names[group] = len(members)
                members.append(sizes[group])
                members[owner] -= sizes[group]
    renamed = np.array(names, dtype=np.int64)
    labels[affected] = renamed[groups]
    moved: Flags = (renamed != np.array(owners))[groups]
    return affected[moved]


def _breadth_first(table: Table, labels: Ints) -> Ints:
    """One state of each class that the start reaches, in breadth-first order."""
    seen = np.zeros(int(labels.max()) + 1, dtype=np.bool_).tolist()
    label, rows = labels.tolist(), table.tolist()
    found = [0]
    seen[label[0]] = True
    for state in found:  # grows while it is read
        for after in rows[state]:
            if after != DEAD and not seen[label[after]]:
                seen[label[after]] = True
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
