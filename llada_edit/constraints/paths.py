"""The best, the probable and the random string of a language: dynamic programming over slots and states.

Viterbi, and the forward–backward recursion (Rabiner 1989), over groups of classes of tokens. Sums are logarithms taken
relative to the best arc of each state, so that an improbable but required path is never lost; what comes of them is the
probability of each arc in its state, with which the way forward is plain. Knows scores (natural logarithms) and states.
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


class Sums:
    """Sums over all strings: how probable the language is, a class in a place, and a string drawn at random.

    Args:
        arcs: of the automaton.
        places: from left to right; the scores of open ones are those of classes.
        start: first state.

    Attributes:
        total: log of the sum over all strings; -inf where there is none, and nothing else may be asked.
    """

    def __init__(self, arcs: Arcs, places: Sequence[Place], start: int) -> None:
        self._arcs, self._places, self._start = arcs, places, start
        self._classes = np.array([place.scores for place in places if isinstance(place, Open)])
        self._groups = arcs.sums_of_groups(self._classes) if len(self._classes) else self._classes
        self._chances = list[Floats]()
        grouped, after = iter(self._groups[::-1]), np.where(arcs.accepting, 0.0, -np.inf)
        for place in reversed(places):
            if isinstance(place, Open):
                after, chances = arcs.sums(after, next(grouped))
                self._chances.append(chances)
            else:
                column = arcs.column(place)
                after = np.where(column == DEAD, -np.inf, after[column])
        self._chances.reverse()
        self.total = float(after[start])

    def groups(self) -> list[Floats]:
        """(groups,) of every open place: the probability that the string has a class of it, by this group's arcs."""
        arcs, found, chances = self._arcs, list[Floats](), iter(self._chances)
        before = np.zeros(arcs.states)
        before[self._start] = 1.0
        for place in self._places:
            if isinstance(place, Open):
                flow = before[arcs.source] * next(chances)
                found.append(added(flow, arcs.group, self._groups.shape[1]))
                before = added(flow, arcs.target, arcs.states)
            else:
                column = arcs.column(place)
                live = column != DEAD
                before = added(before[live], column[live], arcs.states)
        return found

    def shares(self, classes: Sequence[int]) -> list[float]:
        """The probability of one class in every open place, given the language."""
        found = []
        for class_, own, groups, scores in zip(classes, self.groups(), self._groups, self._classes, strict=True):
            of_class = self._arcs.groups_of[class_]
            found.append(float(own[of_class] @ np.exp(scores[class_] - groups[of_class])))
        return found

    def all_shares(self) -> Floats:
        """(open places, classes) the probability of every class, given the language."""
        arcs, width = self._arcs, self._arcs.table.shape[1]
        safe = np.where(self._groups == -np.inf, 0.0, self._groups)
        within = np.exp(self._classes[:, arcs.members] - safe[:, arcs.owner])
        pairs = zip(self.groups(), within, strict=True)
        return np.array([added(own[arcs.owner] * part, arcs.members, width) for own, part in pairs])

    def draw(self, draws: Sequence[float]) -> list[int]:
        """A string drawn exactly; the class of every place, -1 for jumps. One number in (0, 1) for every place."""
        arcs, path, state = self._arcs, list[int](), self._start
        chances, classes = iter(self._chances), iter(self._classes)
        for place, draw in zip(self._places, draws, strict=True):
            if isinstance(place, Open):
                first, last = np.searchsorted(arcs.source, (state, state + 1))
                pick, rest = inverse(next(chances)[first:last], draw)
                members = arcs.of_group(int(arcs.group[first + pick]))
                scores = next(classes)[members]
                path.append(int(members[inverse(np.exp(scores - scores.max()), rest)[0]]))
                state = int(arcs.target[first + pick])
            else:
                path.append(place.class_ if isinstance(place, Fixed) else DEAD)
                state = int(arcs.column(place)[state])
        return path


def added(values: Floats, at: Ints, size: int) -> Floats:
    """(size,) sums of the values that belong to each place."""
    return np.asarray(np.bincount(at, values, minlength=size), dtype=np.float64)


def inverse(weights: Floats, draw: float) -> tuple[int, float]:
    """The index that a uniform draw picks from unnormalised probabilities, never one of 0, and what is left of it."""
    sums = weights.cumsum()
    pick = int(np.searchsorted(sums, draw * sums[-1], side="right"))
    usable = np.flatnonzero(weights > 0)
    pick = int(usable[min(int(np.searchsorted(usable, pick)), len(usable) - 1)])
    rest = (draw * sums[-1] - (sums[pick] - weights[pick])) / weights[pick]
    return pick, float(min(max(rest, 0.0), 1.0 - 1e-12))
