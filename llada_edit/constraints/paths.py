"""The best, the probable and the random string of a language: dynamic programming over slots and states.

Scores are natural logarithms; sums run in log space, so that an improbable but required path is never lost. Viterbi,
and the forward–backward recursion (Rabiner 1989), over classes of tokens. Knows scores and states, not text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints

Floats = NDArray[np.float64]


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
    """The arcs of a token automaton, sorted by source, for sums and maxima over them.

    Args:
        table: (states, classes) int32.
        accepting: (states,) bool.
    """

    def __init__(self, table: Table, accepting: Flags) -> None:
        self.table, self.states = table, len(table)
        self.source, self.class_ = np.nonzero(table != DEAD)
        self.target = table[self.source, self.class_].astype(np.int64)
        self._leaving, self._leave = np.unique(self.source, return_index=True)
        order = np.argsort(self.target, kind="stable")
        self._entering, self._enter = np.unique(self.target[order], return_index=True)
        self._from, self._over = self.source[order], self.class_[order]
        self.end = np.where(accepting, 0.0, -np.inf)

    def back(self, place: Place, after: Floats, best: bool) -> Floats:
        """(states,) value of each state before a place, given those after it: the best string, or the sum of all."""
        found = np.full(self.states, -np.inf)
        if isinstance(place, Jump):
            return np.where(place.after == DEAD, -np.inf, after[place.after])
        if isinstance(place, Fixed):
            column = self.table[:, place.class_] if place.class_ >= 0 else np.full(self.states, DEAD)
            return np.where(column == DEAD, -np.inf, after[column])
        if len(self.source):
            values = after[self.target] + place.scores[self.class_]
            found[self._leaving] = _gather(values, self._leave, best)
        return found

    def forth(self, place: Place, before: Floats) -> Floats:
        """(states,) sum over all strings that lead to each state after a place."""
        found = np.full(self.states, -np.inf)
        if isinstance(place, Open):
            if len(self.source):
                values = before[self._from] + place.scores[self._over]
                found[self._entering] = _gather(values, self._enter, False)
            return found
        column = place.after if isinstance(place, Jump) else self._column(place.class_)
        np.logaddexp.at(found, column[column != DEAD], before[column != DEAD])
        return found

    def _column(self, class_: int) -> Ints:
        return self.table[:, class_].astype(np.int64) if class_ >= 0 else np.full(self.states, DEAD)

    def through(self, place: Open, before: Floats, after: Floats, class_: int) -> float:
        """Log sum of all strings that put one class into a place."""
        column = self._column(class_)
        live = column != DEAD
        values = before[live] + after[column[live]]
        return float(place.scores[class_] + np.logaddexp.reduce(values, initial=-np.inf))

    def classes(self, place: Open, before: Floats, after: Floats) -> Floats:
        """(classes,) the same for every class."""
        found = np.full(len(place.scores), -np.inf)
        np.logaddexp.at(found, self.class_, before[self.source] + after[self.target])
        return found + place.scores

    def step(self, state: int, place: Place) -> tuple[Ints, Ints, Floats]:
        """What may follow in a state: classes, next states, scores."""
        if isinstance(place, Open):
            row = self.table[state]
            classes = np.flatnonzero((row != DEAD) & (place.scores > -np.inf))
            return classes, row[classes].astype(np.int64), place.scores[classes]
        after = place.after[state] if isinstance(place, Jump) else self._column(place.class_)[state]
        class_ = DEAD if isinstance(place, Jump) else place.class_
        return np.array([class_]), np.array([after]), np.zeros(1)


def backward(arcs: Arcs, places: Sequence[Place], best: bool) -> list[Floats]:
    """Values of all states before each place, and behind the last one, (places + 1) arrays (states,)."""
    found = [arcs.end]
    for place in reversed(places):
        found.append(arcs.back(place, found[-1], best))
    return found[::-1]


def forward(arcs: Arcs, places: Sequence[Place], start: int) -> list[Floats]:
    """Log sums of what leads from the start to each state, before each place and behind the last one."""
    first = np.full(arcs.states, -np.inf)
    first[start] = 0.0
    found = [first]
    for place in places:
        found.append(arcs.forth(place, found[-1]))
    return found


def best_path(arcs: Arcs, places: Sequence[Place], start: int) -> list[int] | None:
    """The class of every place in the best string, -1 for jumps; None where the language has no such string."""
    values = backward(arcs, places, best=True)
    if values[0][start] == -np.inf:
        return None
    path, state = [], start
    for place, after in zip(places, values[1:], strict=True):
        classes, targets, scores = arcs.step(state, place)
        pick = int(np.argmax(scores + after[targets]))
        path.append(int(classes[pick]))
        state = int(targets[pick])
    return path


def random_path(
    arcs: Arcs, places: Sequence[Place], start: int, values: Sequence[Floats], draws: Sequence[float]
) -> list[int]:
    """A string drawn exactly from the distribution of the scores under the language.

    Args:
        arcs: of the automaton.
        places: at least one string leads through them.
        start: first state.
        values: of `backward` with sums.
        draws: one number in (0, 1) for every place.
    """
    path, state = [], start
    for place, after, draw in zip(places, values[1:], draws, strict=True):
        classes, targets, scores = arcs.step(state, place)
        pick = inverse(scores + after[targets], draw)
        path.append(int(classes[pick]))
        state = int(targets[pick])
    return path


def inverse(scores: Floats, draw: float) -> int:
    """The index that a uniform draw picks from unnormalised log probabilities; never one of -inf."""
    weights = np.exp(scores - scores.max()).cumsum()
    pick = int(np.searchsorted(weights, draw * weights[-1], side="right"))
    usable = np.flatnonzero(scores > -np.inf)
    return int(usable[min(int(np.searchsorted(usable, pick)), len(usable) - 1)])


def _gather(values: Floats, begins: Ints, best: bool) -> Floats:
    """Maximum or log sum of consecutive runs."""
    top: Floats = np.maximum.reduceat(values, begins)
    if best:
        return top
    peak = float(top.max())
    if peak == -np.inf:
        return top
    # One exponential for each arc is what this costs: only where a run lies far below the peak does it need its own.
    weights = np.exp(values - peak)
    sums = np.add.reduceat(weights, begins)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(sums) + peak
    for run in np.flatnonzero((top < peak - 500) & (top > -np.inf)):
        stop = begins[run + 1] if run + 1 < len(begins) else len(values)
        found[run] = np.logaddexp.reduce(values[begins[run] : stop])
    return found
