"""Automata written down state by state, with states of any hashable kind; the hand-built counters stand on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.subsets import LIMIT, too_large

StateT = TypeVar("StateT")


class Draft(Generic[StateT]):
    """A deterministic automaton while it is written down; iterating gives every state once, new ones as they appear.

    Args:
        start: the first state.
    """

    def __init__(self, start: StateT) -> None:
        self._numbers: dict[StateT, int] = {start: 0}
        self._order: list[StateT] = [start]
        self._rows: list[dict[int, int]] = [{}]
        self._final: set[int] = set()

    def __iter__(self) -> Iterator[StateT]:
        yield from self._order  # grows while it is read

    def arc(self, source: StateT, byte: str, target: StateT) -> None:
        """Lead from one state to another on one ASCII character."""
        self._rows[self._numbers[source]][ord(byte)] = self._number(target)

    def accept(self, state: StateT) -> None:
        """Let texts end here."""
        self._final.add(self._numbers[state])

    def automaton(self) -> Automaton:
        """What was written down, minimised."""
        table = np.full((len(self._rows), 256), DEAD, dtype=np.int32)
        for state, row in enumerate(self._rows):
            table[state, list(row)] = list(row.values())
        accepting = np.zeros(len(table), dtype=np.bool_)
        accepting[list(self._final)] = True
        return Automaton.of(np.arange(256), table, accepting)

    def _number(self, state: StateT) -> int:
        if state not in self._numbers:
            if len(self._order) >= LIMIT:
                raise too_large()
            self._numbers[state] = len(self._order)
            self._order.append(state)
            self._rows.append({})
        return self._numbers[state]
