"""Regular expressions with the grammar and the meaning of Python's `re`, as automata.

Read by the parser of the standard library, so that a pattern means what `re.fullmatch` makes of it. What no automaton
can do (back-references, look-around, atomic groups) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _constants as op
from re import _parser
from typing import Any

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import Flags
from llada_edit.constraints.subsets import Arcs
from llada_edit.constraints.unicode import POINTS, having, one_of, other_case
from llada_edit.errors import ConstraintError

LONGEST = 100_000
"""Characters that a pattern may have."""
_REFUSED = {
    op.ASSERT: "look-around (?=…) or (?<=…)",
    op.ASSERT_NOT: "negative look-around (?!…) or (?<!…)",
    op.GROUPREF: "a back-reference",
    op.GROUPREF_EXISTS: "a conditional group (?(1)…)",
    op.ATOMIC_GROUP: "an atomic group (?>…)",
    op.POSSESSIVE_REPEAT: "a possessive repetition",
    op.FAILURE: "the look-ahead (?!)",
}
_BEGIN = (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
_END = (op.AT_END, op.AT_END_STRING)

Nodes = Sequence[tuple[Any, Any]]


def compile_regex(pattern: str) -> Automaton:
    """The texts that a pattern matches from end to end.

    Raises:
        ConstraintError: it is no pattern, uses what is refused, or needs too many states.
    """
    parsed = _parse(pattern)
    builder = _Builder(pattern)
    start = builder.arcs.state()
    end = builder.sequence(parsed, parsed.state.flags, start, (True, True))
    builder.arcs.final.add(end)
    return Automaton.of(*builder.arcs.determinise(start))


def literals(pattern: str) -> str:
    """Characters that a pattern names one by one."""
    found: list[str] = []

    def visit(node: Any) -> None:
        if isinstance(node, tuple) and len(node) == 2 and node[0] in (op.LITERAL,):
            found.append(chr(node[1]))
        elif isinstance(node, list | tuple | _parser.SubPattern):
            for inner in node:
                visit(inner)

    visit(_parse(pattern))
    return "".join(dict.fromkeys(found))


def _parse(pattern: str) -> Any:
    if len(pattern) > LONGEST:
        raise ConstraintError(f"a pattern of {len(pattern):,} characters is too long; {LONGEST:,} are the most")
    try:
        return _parser.parse(pattern)
    except (re.error, OverflowError) as error:
        raise ConstraintError(f"{_clip(pattern)} is no regular expression: {error}") from error
    except RecursionError:
        raise ConstraintError(f"{_clip(pattern)} is nested too deeply; use fewer groups inside groups") from None


class _Builder:
    """Arcs for the nodes of one pattern (Thompson 1968)."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.arcs = Arcs()

    def sequence(self, nodes: Nodes, flags: int, start: int, at: tuple[bool, bool]) -> int:
        """The state after some nodes in a row; `at` says whether they stand at the start, and at the end."""
        first, last = 0, len(nodes) - 1
        while first <= last and nodes[first][0] is op.AT and nodes[first][1] in _BEGIN and at[0]:
            first += 1
        while last >= first and nodes[last][0] is op.AT and nodes[last][1] in _END and at[1]:
            last -= 1
        for index in range(first, last + 1):
            here = (at[0] and index == first, at[1] and index == last)
            start = self._node(*nodes[index], flags, start, here)
        return start

    def _node(self, kind: Any, value: Any, flags: int, start: int, at: tuple[bool, bool]) -> int:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._one(_character(kind, _frozen(value), flags & (re.I | re.S | re.A)), start)
        if kind is op.SUBPATTERN:
            _, added, removed, inner = value
            return self.sequence(inner, (flags | added) & ~removed, start, at)
        if kind is op.BRANCH:
            end = self.arcs.state()
            for inner in value[1]:
                self.arcs.skip(self.sequence(inner, flags, start, at), end)
            return end
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, inner = value
            return self._repeat(least, most, inner, flags, start)
        raise ConstraintError(f"{_clip(self.pattern)} uses {self._name(kind, value)}, which a constraint cannot have")

    def _repeat(self, least: int, most: Any, inner: Nodes, flags: int, start: int) -> int:
        nowhere = (False, False)
        for _ in range(least):
            start = self.sequence(inner, flags, start, nowhere)
        if most is op.MAXREPEAT:
            hub = self.arcs.state()
            self.arcs.skip(start, hub)
            self.arcs.skip(self.sequence(inner, flags, hub, nowhere), hub)
            return hub
        end = self.arcs.state()
        self.arcs.skip(start, end)
        for _ in range(most - least):
            start = self.sequence(inner, flags, start, nowhere)
            self.arcs.skip(start, end)
        return end

    def _one(self, character: Automaton, start: int) -> int:
        base = self.arcs.add(character.classes, character.table)
        self.arcs.skip(start, base)
        end = self.arcs.state()
        for state in character.ends(base):
            self.arcs.skip(state, end)
        return end

    @staticmethod
    def _name(kind: Any, value: Any) -> str:
        if kind is not op.AT:
            return _REFUSED.get(kind, str(kind).lower())
        if value in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            return r"a word boundary \b or \B"
        return "an anchor (^, $, \\A, \\Z) that is not at its end"


@lru_cache(maxsize=512)
def _character(kind: Any, value: Any, flags: int) -> Automaton:
    if kind is op.ANY:
        member = np.ones(POINTS, dtype=np.bool_)
        member[10] = bool(flags & re.S)
        return Automaton.of(*one_of(member))
    items = value if kind is op.IN else ((op.LITERAL, value),)
    negated = kind is op.NOT_LITERAL or (kind is op.IN and items[0][0] is op.NEGATE)
    member = np.zeros(POINTS, dtype=np.bool_)
    for name, inner in items:
        if name is op.LITERAL:
            member[inner] = True
        elif name is op.RANGE:
            member[inner[0] : inner[1] + 1] = True
        elif name is op.CATEGORY:
            member |= _category(inner, bool(flags & re.A))
    if flags & re.I:
        member = other_case(member, bool(flags & re.A))
    return Automaton.of(*one_of(~member if negated else member))


def _category(name: Any, ascii_only: bool) -> Flags:
    kind = str(name).removeprefix("CATEGORY_")
    plain = kind.removeprefix("NOT_")
    member = having("decimal" if plain == "DIGIT" else "space" if plain == "SPACE" else "alnum")
    if plain == "WORD":
        member = member | (np.arange(POINTS) == ord("_"))
    if ascii_only:
        member = member & (np.arange(POINTS) < 128)
        if kind.endswith("SPACE"):  # `str.isspace` also knows the separators 0x1C to 0x1F
            member[0x1C:0x20] = False
    return ~member if kind.startswith("NOT_") else member


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _clip(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:59] + "…")
