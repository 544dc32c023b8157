"""Texts without certain runs of words: Aho and Corasick (1975) over words, a state for every letter of an open word.

A state knows the longest beginning of a run that the complete words so far end with, and the letters of the open word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.spelling import cases, is_letter
from llada_edit.constraints.subsets import LIMIT, too_large

Run = tuple[str, ...]
State = tuple[Run, str]
"""The beginning of a run, and the letters of the open word: empty between words."""

_OTHER: State = ((), "\0")
"""In a word that belongs to no run."""
_INSIDE, _BETWEEN, _WORD, _LAST = range(4)
"""Inside a character; between words; in a word; in a word that would complete a run if it ended here."""


def avoiding(runs: Sequence[Run], before: tuple[str, str], after: tuple[str, str], empty: bool) -> Automaton:
    """Texts that bring no run about between two neighbours.

    Args:
        runs: words in a row, all of one number.
        before: end of the left neighbour: where the text goes on with its last word, and where it does not.
        after: beginning of the right neighbour, the same.
        empty: whether the empty text is one of them.
    """
    table, kinds = _Runs(runs).table()
    inside, outside = (_through(table, text) for text in after)
    open_, shut = ((ends != DEAD) & (kinds[ends] != _LAST) for ends in (inside, outside))
    accepting = np.where(kinds == _BETWEEN, shut, open_) & (kinds != _INSIDE)
    letter = Automaton.characters(_letters())
    found = Automaton.empty() if empty else Automaton.nothing()
    first = (letter, Automaton.characters([(0, 0x10FFFF)]) - letter)
    for text, character in zip(before, first, strict=True):
        start = int(_through(table, text)[0])
        if start != DEAD:
            found = found | (_starting(table, accepting, start) & (character + Automaton.anything()))
    return found


def _through(table: Table, text: str) -> Ints:
    """(states,) where a text leads from each state."""
    states: Ints = np.arange(len(table))
    for byte in text.encode("utf-8", "replace"):
        states = np.where(states == DEAD, DEAD, table[states, byte])
    return states


def _starting(table: Table, accepting: Flags, start: int) -> Automaton:
    order = np.arange(len(table))
    order[[0, start]] = order[[start, 0]]
    moved = np.where(table == DEAD, DEAD, order[table])[order]
    return Automaton.of(np.arange(256), moved.astype(np.int32), accepting[order])


def _letters() -> list[tuple[int, int]]:
    borders = np.flatnonzero(np.diff([False, *(is_letter(chr(point)) for point in range(0x3100)), True]))
    return [(int(low), int(high) - 1) for low, high in zip(borders[::2], [*borders[1::2], 0x110000], strict=True)]


class _Runs:
    """The states that texts lead to, numbered as they are met; 0 is between words with nothing begun."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.size = len(runs[0])
        self.words: dict[Run, set[str]] = {}
        for run in runs:
            for end in range(self.size):
                self.words.setdefault(run[:end], set()).add(run[end])
        # What may come next of the words that follow each beginning: (letters so far) -> letters.
        self.letters: dict[Run, dict[str, set[str]]] = {}
        for node, words in self.words.items():
            heads = self.letters.setdefault(node, {})
            for word in words:
                for end, char in enumerate(word):
                    heads.setdefault(word[:end], set()).add(char)
                heads.setdefault(word, set())
        self.numbers: dict[object, int] = {}
        self.rows: list[Ints] = []
        self.kinds: list[int] = []
        self.todo: list[State] = []

    def table(self) -> tuple[Table, Ints]:
        """(states, 256) next state or `DEAD`, and the kind of each state."""
        self._number(((), ""))
        for state in self.todo:  # grows while it is read
            self._fill(state)
        return np.stack(self.rows).astype(np.int32), np.array(self.kinds)

    def _row(self, key: object, kind: int) -> int:
        if len(self.rows) >= LIMIT:
            raise too_large()
        self.numbers[key] = len(self.rows)
        self.rows.append(np.full(256, DEAD, dtype=np.int64))
        self.kinds.append(kind)
        return self.numbers[key]

    def _number(self, state: State) -> int:
        if state not in self.numbers:
            kind = _BETWEEN if not state[1] else _LAST if self._ended(state) is None else _WORD
            self._row(state, kind)
            self.todo.append(state)
        return self.numbers[state]

    def _suffixes(self, node: Run) -> list[Run]:
        """Beginnings of runs that the words of a node end with, longest first."""
        return [node[cut:] for cut in range(len(node) + 1) if node[cut:] in self.words]

    def _ended(self, state: State) -> State | None:
        """The state after the open word, None where it completes a run."""
        node, word = state
        for short in self._suffixes(node) if word else ():
            if word in self.words[short]:
                return None if len(short) + 1 == self.size else self._longest((*short, word))
        return (node, "") if not word else ((), "")

    def _longest(self, words: Run) -> State:
        return self._suffixes(words)[0], ""

    def _open(self, node: Run, word: str) -> State:
        """The state in the middle of a word."""
        return next(((short, word) for short in self._suffixes(node) if word in self.letters[short]), _OTHER)

    def _fill(self, state: State) -> None:
        ended = self._ended(state)
        gap = DEAD if ended is None else self._number(ended)
        row = self.rows[self.numbers[state]]
        self._default(row, gap)
        node, word = state
        heads = [self.letters[short].get(word, ()) for short in self._suffixes(node)] if state != _OTHER else []
        for char in sorted({char for head in heads for char in head}):
            target = self._number(self._open(node, word + char))
            for form in cases(char):
                self._lead(state, row, form.encode(), target)

    def _lead(self, state: State, row: Ints, data: bytes, target: int) -> None:
        """Let a character lead to a state of its own; others that begin with the same bytes go where they went."""
        for end in range(1, len(data)):
            key, byte = (state, data[:end]), data[end - 1]
            if key not in self.numbers:
                usual = self.rows[int(row[byte])]
                self.rows[self._row(key, _INSIDE)][:] = usual
                row[byte] = self.numbers[key]
            row = self.rows[self.numbers[key]]
        row[data[-1]] = target

    def _default(self, row: Ints, gap: int) -> None:
        """Where characters lead that are no letters (`gap`), and letters that continue nothing."""
        other = self._number(_OTHER)
        for byte in range(128):
            row[byte] = other if is_letter(chr(byte)) else gap
        one, two = self._inner("one", other), self._inner("two", self._inner("one", other))
        blank = self._inner("one", gap) if gap != DEAD else DEAD
        row[0xC2], row[0xC3:0xE0], row[0xE1:0xF0] = blank, one, two
        row[0xE0] = self._inner("long", one)
        row[0xED] = self._inner("short", one)
        row[0xE2] = self._mixed(0xE2, blank, one, 2)
        row[0xE3] = self._mixed(0xE3, blank, one, 1)
        row[0xF0], row[0xF1:0xF4], row[0xF4] = (
            self._inner("plane", two),
            self._inner("two", two),
            self._inner("end", two),
        )

    def _inner(self, name: str, target: int) -> int:
        """A state inside of a character; the name says which bytes may follow."""
        ranges = {"long": (0xA0, 0xC0), "short": (0x80, 0xA0), "plane": (0x90, 0xC0), "end": (0x80, 0x90)}
        low, high = ranges.get(name, (0x80, 0xC0))
        key = ("inner", low, high, target)
        if key not in self.numbers:
            self.rows[self._row(key, _INSIDE)][low:high] = target
        return self.numbers[key]

    def _mixed(self, lead: int, blank: int, letter: int, blocks: int) -> int:
        """After a byte whose first blocks of 64 characters are no letters."""
        key = ("mixed", lead, blank)
        if key not in self.numbers:
            row = self.rows[self._row(key, _INSIDE)]
            row[0x80 : 0x80 + blocks], row[0x80 + blocks : 0xC0] = blank, letter
        return self.numbers[key]
