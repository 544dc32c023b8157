"""From automata in a row to one deterministic table: the subset construction (Rabin and Scott 1959), with a budget."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints
from llada_edit.errors import ConstraintError

LIMIT = 20_000
"""States that an automaton may have at most, on its way to the smallest one too."""
WORK = 10_000_000
"""Steps of the subset construction after which it gives up."""


def too_large(states: int | None = None) -> ConstraintError:
    """The one error for everything that grows too much."""
    told = f"more than {LIMIT:,} states" if states is None else f"{states:,} states where {LIMIT:,} are the most"
    return ConstraintError(f"the constraint needs {told}; use smaller counts, shorter lists or fewer parts")


class Arcs:
    """Deterministic automata joined by skips (arcs that read nothing), while a language is put together.

    Attributes:
        skips: by state, states that are reached without reading.
        final: states that accept.
    """

    def __init__(self) -> None:
        self.skips: dict[int, list[int]] = {}
        self.final: set[int] = set()
        self._parts: dict[int, tuple[Ints, Table]] = {}
        self._owner: list[tuple[int, int]] = []  # (part, base) of every state
        self._bare = (np.zeros(256, dtype=np.int64), np.full((1, 1), DEAD, dtype=np.int32))

    def state(self) -> int:
        """A new state without arcs."""
        return self.add(*self._bare)

    def skip(self, source: int, target: int) -> None:
        """Let `target` be reached from `source` without reading."""
        self.skips.setdefault(source, []).append(target)

    def add(self, classes: Ints, table: Table) -> int:
        """A copy of a deterministic table; the number of its first state, after which the others follow.

        Raises:
            ConstraintError: far more states than the limit.
        """
        base = len(self._owner)
        if base + len(table) > 4 * LIMIT:
            raise too_large()
        self._parts[id(table)] = (classes, table)
        self._owner.extend([(id(table), base)] * len(table))
        return base

    def determinise(self, start: int) -> tuple[Ints, Table, Flags]:
        """Classes, table and accepting states of a deterministic automaton for the same language.

        Raises:
            ConstraintError: more than `LIMIT` states, or `WORK` steps.
        """
        stacked = np.stack([classes for classes, _ in self._parts.values()])
        _, byte_of, classes = np.unique(stacked, axis=1, return_index=True, return_inverse=True)
        tables = {name: part[:, own[byte_of]] for name, (own, part) in self._parts.items()}
        run = _Run(self, tables, len(byte_of))
        run.number(run.closure(start))
        rows = [run.row(subset) for subset in run.found]  # grows while it is read
        return classes.reshape(-1), np.stack(rows).astype(np.int32), np.array(run.accepting)


class _Run:
    """One subset construction."""

    def __init__(self, arcs: Arcs, tables: dict[int, Table], width: int) -> None:
        self.found: list[frozenset[int]] = []
        self.accepting: list[bool] = []
        self._arcs, self._tables, self._width = arcs, tables, width
        self._owner = arcs._owner
        self._numbers: dict[frozenset[int], int] = {}
        self._closures: dict[int, frozenset[int]] = {}
        self._alone = np.full(len(self._owner), DEAD, dtype=np.int64)
        self._live = {name: (table != DEAD).any(axis=1).tolist() for name, table in tables.items()}
        self._work = 0

    def closure(self, state: int) -> frozenset[int]:
        """A state with all that it reaches by skipping; of those that neither read nor accept, none is kept."""
        if state not in self._closures:
            seen, todo = {state}, [state]
            while todo:
                for after in self._arcs.skips.get(todo.pop(), ()):
                    if after not in seen:
                        seen.add(after)
                        todo.append(after)
            self._spend(20 * len(seen))
            self._closures[state] = frozenset(one for one in seen if self._reads(one) or one in self._arcs.final)
        return self._closures[state]

    def number(self, subset: frozenset[int]) -> int:
        """The number of a set of states, a new one where it was not met before."""
        if subset not in self._numbers:
            if len(self.found) >= LIMIT:
                raise too_large()
            self._numbers[subset] = len(self.found)
            self.found.append(subset)
            self.accepting.append(not self._arcs.final.isdisjoint(subset))
        return self._numbers[subset]

    def row(self, subset: frozenset[int]) -> Ints:
        """(columns,) numbers of what follows a set of states."""
        reading = [state for state in subset if self._reads(state)]
        self._spend(len(reading) * self._width)
        if not reading:
            return np.full(self._width, DEAD, dtype=np.int64)
        rows = np.stack([self._targets(state) for state in reading])
        live = rows != DEAD
        after = rows.max(axis=0)
        row = np.where(after == DEAD, DEAD, self._of_one(after))
        several = np.flatnonzero(live.sum(axis=0) > 1)
        if len(several):
            known: dict[bytes, int] = {}
            for column, part in zip(several.tolist(), np.ascontiguousarray(rows[:, several].T), strict=True):
                key = part.tobytes()
                if key not in known:
                    known[key] = self._of_all(set(part[part != DEAD].tolist()))
                row[column] = known[key]
        return row

    def _of_one(self, states: Ints) -> Ints:
        new = states[(states != DEAD) & (self._alone[states] == DEAD)]
        for state in dict.fromkeys(new.tolist()):
            self._alone[state] = self.number(self.closure(state))
        return self._alone[states]

    def _of_all(self, states: Iterable[int]) -> int:
        parts = [self.closure(state) for state in states]
        self._spend(20 * sum(map(len, parts)))
        return self.number(frozenset().union(*parts))

    def _reads(self, state: int) -> bool:
        name, base = self._owner[state]
        return bool(self._live[name][state - base])

    def _targets(self, state: int) -> Ints:
        name, base = self._owner[state]
        local = self._tables[name][state - base]
        return np.where(local == DEAD, DEAD, local + base)

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > WORK:
            raise too_large()
