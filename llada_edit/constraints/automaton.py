"""Languages as deterministic automata over the bytes of UTF-8: the one form that every constraint is brought into.

Knows bytes; it does not know tokens, holes or where a language comes from. Every automaton is minimised and accepts
valid UTF-8 only. Whatever would need more than `LIMIT` states is refused while it is built, not after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np

from llada_edit.constraints.minimise import DEAD, Flags, Table, minimal
from llada_edit.constraints.products import pairs
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.subsets import LIMIT, Arcs, too_large
from llada_edit.constraints.unicode import one_of
from llada_edit.errors import ConstraintError


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """A minimised deterministic automaton; it starts in state 0.

    Attributes:
        classes: (256,) int64, column of each byte.
        table: (states, columns) int32, next state, -1 where no continuation is left.
        accepting: (states,) bool.
    """

    classes: Ints
    table: Table
    accepting: Flags

    @classmethod
    def of(cls, classes: Ints, table: Table, accepting: Flags) -> Automaton:
        """Minimise any deterministic table (the caller vouches for valid UTF-8)."""
        if len(table) > LIMIT:
            raise too_large(len(table))
        return cls(*minimal(classes, table, accepting))

    @classmethod
    def nothing(cls) -> Automaton:
        """No text at all."""
        return cls.strings(())

    @classmethod
    def empty(cls) -> Automaton:
        """The empty text only."""
        return cls.strings([""])

    @classmethod
    def literal(cls, text: str) -> Automaton:
        """This text only."""
        return cls.strings([text])

    @classmethod
    def characters(cls, ranges: Iterable[tuple[int, int]]) -> Automaton:
        """One character out of ranges of code points, both ends included; surrogates are left out."""
        member = np.zeros(0x110000, dtype=np.bool_)
        for low, high in ranges:
            member[low : high + 1] = True
        return cls.of(*one_of(member))

    @classmethod
    @lru_cache(maxsize=1)
    def anything(cls) -> Automaton:
        """Every text."""
        return cls.characters([(0, 0x10FFFF)]).repeat(0, None)

    @classmethod
    def strings(cls, texts: Iterable[str]) -> Automaton:
        """Each of some texts.

        Raises:
            ConstraintError: a lone surrogate, or more than `LIMIT` states.
        """
        rows, ends = list[dict[int, int]]([{}]), set[int]()
        for text in texts:
            state = 0
            for byte in encoded(text):
                if byte not in rows[state]:
                    if len(rows) >= LIMIT:
                        raise too_large()
                    rows[state][byte] = len(rows)
                    rows.append({})
                state = rows[state][byte]
            ends.add(state)
        table = np.full((len(rows), 256), DEAD, dtype=np.int32)
        for state, row in enumerate(rows):
            table[state, list(row)] = list(row.values())
        return cls.of(np.arange(256), table, np.isin(np.arange(len(rows)), list(ends)))

    @property
    def is_empty(self) -> bool:
        """Whether no text is in the language."""
        return not self.accepting.any()

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.table)

    def run(self, data: bytes, state: int = 0) -> int:
        """The state after some bytes, -1 where nothing accepted begins with them."""
        for column in self.classes[np.frombuffer(data, dtype=np.uint8)].tolist():
            if state == DEAD:
                break
            state = int(self.table[state, column])
        return state

    def between(self, start: int, ends: Iterable[int] | None) -> Automaton:
        """The texts that lead from one state to one of some others; None takes the accepting states."""
        order = np.arange(self.states)
        order[[0, start]] = order[[start, 0]]
        accepting = self.accepting.copy()
        if ends is not None:
            accepting[:] = False
            accepting[list(ends)] = True
        table = np.where(self.table == DEAD, DEAD, order[self.table])
        return Automaton.of(self.classes, table[order].astype(np.int32), accepting[order])

    def after_prefix(self, text: str) -> Automaton:
        """`text` and then a text of the language."""
        data = np.frombuffer(encoded(text), dtype=np.uint8)
        # A column of its own for each byte of the text.
        own, width = np.unique(data), self.table.shape[1]
        classes = self.classes.copy()
        classes[own] = width + np.arange(len(own))
        table = np.full((len(data) + self.states, width + len(own)), DEAD, dtype=np.int32)
        moved = np.where(self.table == DEAD, DEAD, self.table + len(data))
        table[len(data) :] = np.concatenate((moved, moved[:, self.classes[own]]), axis=1)
        table[np.arange(len(data)), classes[data]] = np.arange(1, len(data) + 1)
        return Automaton.of(classes, table, np.append(np.zeros(len(data), dtype=np.bool_), self.accepting))

    def before_suffix(self, text: str) -> Automaton:
        """The texts that are in the language when `text` is put behind them."""
        if not text:
            return self
        after = self.map(encoded(text))
        accepting = np.where(after == DEAD, False, self.accepting[after])
        return Automaton.of(self.classes, self.table, accepting)

    def map(self, data: bytes) -> Ints:
        """(states,) the state after some bytes from each state, -1 where it is dead."""
        states = np.arange(self.states)
        for column in self.classes[np.frombuffer(data, dtype=np.uint8)].tolist():
            states = np.where(states == DEAD, DEAD, self.table[states, column])
        return states

    def accepts(self, text: str | bytes) -> bool:
        """Whether a text is in the language."""
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        state = self.run(data)
        return state != DEAD and bool(self.accepting[state])

    def shortest(self) -> bytes | None:
        """A text of the fewest bytes, None where there is none."""
        if self.is_empty:
            return None
        byte_of = np.unique(self.classes, return_index=True)[1]
        came = {0: (0, 0)}
        todo = [0]
        for state in todo:  # grows while it is read
            if self.accepting[state]:
                break
            for column in np.flatnonzero(self.table[state] != DEAD).tolist():
                after = int(self.table[state, column])
                if after not in came:
                    came[after] = (state, int(byte_of[column]))
                    todo.append(after)
        found = bytearray()
        while state:
            state, byte = came[state]
            found.append(byte)
        return bytes(found[::-1])

    def __and__(self, other: Automaton) -> Automaton:
        return self._product(other, lambda here, there: here & there, False, False)

    def __or__(self, other: Automaton) -> Automaton:
        return self._product(other, lambda here, there: here | there, True, True)

    def __sub__(self, other: Automaton) -> Automaton:
        return self._product(other, lambda here, there: here & ~there, False, True)

    def __invert__(self) -> Automaton:
        return Automaton.anything() - self

    def __add__(self, other: Automaton) -> Automaton:
        arcs = Arcs()
        start, second = arcs.add(self.classes, self.table), arcs.add(other.classes, other.table)
        for state in self.ends(start):
            arcs.skip(state, second)
        arcs.final.update(other.ends(second))
        return Automaton.of(*arcs.determinise(start))

    def ends(self, base: int = 0) -> list[int]:
        """Accepting states, counted from `base`."""
        found: list[int] = (np.flatnonzero(self.accepting) + base).tolist()
        return found

    def repeat(self, least: int, most: int | None) -> Automaton:
        """So many times in a row; None leaves the number open.

        Raises:
            ConstraintError: the counts are no range, or it takes more than `LIMIT` states.
        """
        if least < 0 or (most is not None and most < least):
            raise ConstraintError(f"{least} to {most} times is no range; give 0 <= least <= most")
        if self.is_empty or most == 0:
            return Automaton.empty() if least == 0 else Automaton.nothing()
        arcs = Arcs()
        begin = start = arcs.state()
        before = [start]
        if least == 0:
            arcs.final.add(start)
        for count in range(1, max(least, most or 1) + 1):
            begin = arcs.add(self.classes, self.table)
            for state in before:
                arcs.skip(state, begin)
            before = self.ends(begin)
            if count >= least:
                arcs.final.update(before)
        if most is None:
            for state in before:
                arcs.skip(state, begin)
        return Automaton.of(*arcs.determinise(start))

    def _product(self, other: Automaton, rule: Callable[[Flags, Flags], Flags], alone: bool, left: bool) -> Automaton:
        """States are pairs; `alone` keeps pairs whose first part is dead, `left` those whose second is."""
        classes, table, here, there = pairs(self.classes, self.table, other.classes, other.table, alone, left)
        ends = np.append(self.accepting, False)[here], np.append(other.accepting, False)[there]
        return Automaton.of(classes, table, rule(*ends))


def encoded(text: str) -> bytes:
    """UTF-8 of a text; raises `ConstraintError` for a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ConstraintError(f"{text!r} holds half a character (a lone surrogate); remove it") from error


def union(automata: Iterable[Automaton]) -> Automaton:
    """All of them, pair by pair."""
    return reduce(lambda one, other: one | other, automata, Automaton.nothing())
