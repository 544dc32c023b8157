"""The sum over all strings of a language, what it says of every slot, and a random string: forward–backward.

Sums are logarithms taken relative to the best arc of each state, so that an improbable but required path is never lost;
what comes of them is the probability of each arc in its state, with which the way forward is plain (Rabiner 1989).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.constraints.classes import Floats
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.paths import Arcs, Fixed, Open, Place, added


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


def inverse(weights: Floats, draw: float) -> tuple[int, float]:
    """The index that a uniform draw picks from unnormalised probabilities, never one of 0, and what is left of it."""
    sums = weights.cumsum()
    pick = int(np.searchsorted(sums, draw * sums[-1], side="right"))
    usable = np.flatnonzero(weights > 0)
    pick = int(usable[min(int(np.searchsorted(usable, pick)), len(usable) - 1)])
    rest = (draw * sums[-1] - (sums[pick] - weights[pick])) / weights[pick]
    return pick, float(min(max(rest, 0.0), 1.0 - 1e-12))
