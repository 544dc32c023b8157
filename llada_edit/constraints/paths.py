"""The best string of a language (Viterbi), and the sums that its arcs allow: one slot at a time.

Knows scores (natural logarithms), classes of tokens and states; it does not know text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llada_edit.constraints.classes import Floats
from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints


@dataclass(frozen=True, slots=True, eq=False)
class Jump:
    """Fixed text between two slots: (states,) int64, the state after it, -1 where it may not stand."""

    after: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Fixed:
    """A slot whose token is committed; -1 is a class that leads nowhere."""

    class_: int


@dataclass(frozen=True, slots=True, eq=False)
class Open:
    """A masked slot: (classes,) float64 log score of each class, -inf for none."""

    scores: Floats


Place = Jump | Fixed | Open


class Arcs:
    """The arcs of a token automaton, sorted by source; classes that lead from one state to one other are one arc.

    The same classes go together in many states, all but some letters for example, so there are few different groups.

    Args:
        table: (states, classes) int32.
        accepting: (states,) bool.
    """

    def __init__(self, table: Table, accepting: Flags) -> None:
        self.table, self.states, self.accepting = table, len(table), accepting
        source, class_ = np.nonzero(table != DEAD)
        target = table[source, class_].astype(np.int64)
        order = np.lexsort((class_, target, source))
        source, target, class_ = source[order], target[order], class_[order]
        first = np.flatnonzero(np.diff(source * self.states + target, prepend=-1))
        self.source, self.target = source[first], target[first]
        known: dict[bytes, int] = {}
        sets, numbers = list[Ints](), list[int]()
        for own in np.split(class_, first[1:]) if len(first) else ():
            numbers.append(known.setdefault(own.tobytes(), len(known)))
            if len(known) > len(sets):
                sets.append(own)
        self.group = np.array(numbers, dtype=np.int64)
        self.members = np.concatenate(sets) if sets else np.zeros(0, dtype=np.int64)
        self.owner = np.repeat(np.arange(len(sets)), [len(own) for own in sets])
        self._begin = np.searchsorted(self.owner, np.arange(len(sets)))
        by_class = np.argsort(self.members, kind="stable")
        self.groups_of = np.split(
            self.owner[by_class], np.searchsorted(self.members[by_class], np.arange(1, table.shape[1]))
        )
        self.leaving, self.leave, self._row = np.unique(self.source, return_index=True, return_inverse=True)

    def of_group(self, group: int) -> Ints:
        """The classes of a group."""
        found: Ints = self.members[self.owner == group]
        return found

    def best_of_groups(self, scores: Floats) -> Floats:
        """(n, groups) maxima of (n, classes) scores."""
        if not len(self.members):
            return np.zeros((len(scores), 0))
        found: Floats = np.maximum.reduceat(scores[:, self.members], self._begin, axis=1)
        return found

    def sums_of_groups(self, scores: Floats) -> Floats:
        """(n, groups) log sums of (n, classes) scores."""
        top = self.best_of_groups(scores)
        safe = np.where(top == -np.inf, 0.0, top)
        if not len(self.members):
            return top
        with np.errstate(divide="ignore"):
            weights = np.exp(scores[:, self.members] - safe[:, self.owner])
            found: Floats = np.log(np.add.reduceat(weights, self._begin, axis=1)) + safe
        return found

    def column(self, place: Jump | Fixed) -> Ints:
        """(states,) the state after a place that leaves no choice, -1 where nothing is left."""
        if isinstance(place, Jump):
            return place.after
        if place.class_ == DEAD:
            return np.full(self.states, DEAD)
        return self.table[:, place.class_].astype(np.int64)

    def best(self, after: Floats, scores: Floats) -> Floats:
        """(states,) of the best string from each state, given those behind a slot and the (groups,) scores in it."""
        found = np.full(self.states, -np.inf)
        if len(self.source):
            found[self.leaving] = np.maximum.reduceat(after[self.target] + scores[self.group], self.leave)
        return found

    def sums(self, after: Floats, scores: Floats) -> tuple[Floats, Floats]:
        """(states,) log sums of all strings from each state, and (arcs,) how probable each arc is in its source."""
        found = np.full(self.states, -np.inf)
        if not len(self.source):
            return found, np.zeros(0)
        through = after[self.target] + scores[self.group]
        top = np.maximum.reduceat(through, self.leave)
        top[top == -np.inf] = 0.0
        weights = np.exp(through - top[self._row])
        sums = np.add.reduceat(weights, self.leave)
        with np.errstate(divide="ignore"):
            found[self.leaving] = np.log(sums) + top
        sums[sums == 0] = 1.0
        return found, weights / sums[self._row]

    def forth(self, before: Floats, weights: Floats) -> Floats:
        """(states,) sums of what leads to each state, from those before a slot and the weights of the arcs."""
        return added(before[self.source] * weights, self.target, self.states)


def best_path(arcs: Arcs, places: Sequence[Place], start: int) -> list[int] | None:
    """The class of every place in the best string, -1 for jumps; None where the language has no such string.

    The scores of open places are those of classes.
    """
    open_ = [place.scores for place in places if isinstance(place, Open)]
    grouped = iter(arcs.best_of_groups(np.stack(open_))[::-1] if open_ else ())
    values = [np.where(arcs.accepting, 0.0, -np.inf)]
    for place in reversed(places):
        after = values[-1]
        if isinstance(place, Open):
            values.append(arcs.best(after, next(grouped)))
        else:
            column = arcs.column(place)
            values.append(np.where(column == DEAD, -np.inf, after[column]))
    values.reverse()
    if values[0][start] == -np.inf:
        return None
    path, state = list[int](), start
    for place, after in zip(places, values[1:], strict=True):
        if isinstance(place, Open):
            row = arcs.table[state]
            path.append(int(np.argmax(np.where(row == DEAD, -np.inf, after[row] + place.scores))))
            state = int(row[path[-1]])
        else:
            path.append(place.class_ if isinstance(place, Fixed) else DEAD)
            state = int(arcs.column(place)[state])
    return path


def added(values: Floats, at: Ints, size: int) -> Floats:
    """(size,) sums of the values that belong to each place."""
    return np.asarray(np.bincount(at, values, minlength=size), dtype=np.float64)
