r"""JSON texts as automata: strings in their one usual spelling, given values, and what brackets enclose.

The spelling is that of `json.dumps(value, ensure_ascii=False)`; others of the same value, such as one with ``\u0041``,
are left out, so a value is written in one way. Strings hold no control characters but tabs and line feeds. Knows
nothing of schemas.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD
from llada_edit.errors import ConstraintError

WHITESPACE = ("spaced", "compact", "free")

_ESCAPED = {ord(char): json.dumps(char)[1:-1] for char in '\t\n"\\'}
_CONTROL = [byte for byte in range(0x20) if byte not in _ESCAPED]


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """The white space between the parts of a JSON text.

    Attributes:
        comma: between items, and between entries.
        colon: between a name and its value.
        inner: inside of brackets that hold something.
    """

    comma: Automaton
    colon: Automaton
    inner: Automaton

    @classmethod
    def of(cls, name: str) -> Self:
        """``spaced`` as `json.dumps` writes, ``compact`` without white space, ``free`` with a space or none anywhere.

        Raises:
            ConstraintError: another name.
        """
        if name == "free":
            gap = Automaton.strings(["", " "])
            return cls(gap + Automaton.literal(",") + gap, gap + Automaton.literal(":") + gap, gap)
        if name not in WHITESPACE:
            raise ConstraintError(f"white space {name!r} is unknown; choose one of {', '.join(WHITESPACE)}")
        space = " " if name == "spaced" else ""
        return cls(Automaton.literal(f",{space}"), Automaton.literal(f":{space}"), Automaton.empty())

    def value(self, given: Any) -> Automaton:
        """A given value, its parts in their order."""
        if isinstance(given, list):
            return self.array([self.value(item) for item in given], Automaton.nothing(), len(given), 0)
        if isinstance(given, dict):
            return self.object([(name, self.value(part), True) for name, part in given.items()])
        return Automaton.literal(json.dumps(given, ensure_ascii=False))

    def array(self, first: Sequence[Automaton], item: Automaton, least: int, more: int | None) -> Automaton:
        """Items of their own first, then up to `more` of one kind (None for any number); `least` in all."""
        tail = self._further(item, max(0, least - len(first)), more)
        for index in range(len(first) - 1, 0, -1):
            tail = self.comma + first[index] + tail
            tail = tail | Automaton.empty() if least <= index else tail
        if not first:
            return self.enclosed("[", self.listed(item, least, more), "]")
        body = first[0] + tail
        return self.enclosed("[", body | Automaton.empty() if least == 0 else body, "]")

    def object(self, entries: Sequence[tuple[str, Automaton, bool]]) -> Automaton:
        """Entries (name, value, needed) in their order; those that are not needed may be missing."""
        texts = [(self.entry(self.value(name), part), needed) for name, part, needed in entries]
        body, tail = Automaton.nothing(), Automaton.empty()
        for text, needed in reversed(texts):
            body = text + tail | (Automaton.nothing() if needed else body)
            later = self.comma + text + tail
            tail = later if needed else later | tail
        if not any(needed for _, needed in texts):
            body |= Automaton.empty()
        return self.enclosed("{", body, "}")

    def entry(self, name: Automaton, part: Automaton) -> Automaton:
        """A name and its value."""
        return name + self.colon + part

    def listed(self, item: Automaton, least: int, most: int | None) -> Automaton:
        """So many items with commas between them."""
        none = Automaton.empty() if least == 0 else Automaton.nothing()
        if most == 0:
            return none
        return none | item + self._further(item, max(0, least - 1), None if most is None else most - 1)

    def enclosed(self, opening: str, body: Automaton, closing: str) -> Automaton:
        """Something between brackets."""
        return Automaton.literal(opening) + self.inner + body + self.inner + Automaton.literal(closing)

    def _further(self, item: Automaton, least: int, most: int | None) -> Automaton:
        if most is not None and most < least:
            return Automaton.nothing()
        return (self.comma + item).repeat(least, most)


def string(content: Automaton | None = None) -> Automaton:
    """A JSON string; `content` is the language of its value, None for every text."""
    if content is None:
        return _any_string()
    return Automaton.literal('"') + _spelled(content) + Automaton.literal('"')


@lru_cache(maxsize=1)
def _any_string() -> Automaton:
    return string(Automaton.anything())


def _spelled(content: Automaton) -> Automaton:
    """The texts of a language with quotes, backslashes and line ends escaped, each by a backslash and one sign."""
    size, table = len(content.table), content.table[:, content.classes].astype(np.int32)
    special = table[:, list(_ESCAPED)]
    table[:, [*_ESCAPED, *_CONTROL]] = DEAD
    # One state more for each: what a backslash leads to.
    escapes = np.full((size, 256), DEAD, dtype=np.int32)
    escapes[:, [ord(spelled[1]) for spelled in _ESCAPED.values()]] = special
    table[:, ord("\\")] = np.where((special != DEAD).any(axis=1), np.arange(size, 2 * size), DEAD)
    accepting = np.concatenate([content.accepting, np.zeros(size, dtype=np.bool_)])
    return Automaton.of(np.arange(256), np.vstack([table, escapes]), accepting)
