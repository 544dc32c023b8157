"""A grammar expanded to a fixed depth: rules become automata, and what repeats at an end becomes a star.

Every edge from a rule back to one that it stands in costs one level, so that L(depth) ⊆ L(depth + 1) ⊆ L(grammar).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any

from llada_edit.constraints.automaton import Automaton, union
from llada_edit.constraints.notation import parser_of, pattern_of
from llada_edit.constraints.regex import compile_regex
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from lark import Lark

Symbols = Sequence[Any]
"""Lark's symbols: each has a name and says whether it is a terminal."""


@lru_cache(maxsize=32)
def expand(text: str, start: str, depth: int) -> Automaton:
    """The texts of a grammar that nest at most `depth` times.

    Raises:
        ConstraintError: a terminal that no automaton can match, no text within this depth, or too many states.
    """
    expansion = _Expansion(parser_of(text, start))
    found = expansion.whole(start, depth)
    if found.is_empty:
        least = expansion.shallowest(start)
        if least is None:
            raise ConstraintError("the grammar has no text at all: every way through its rules goes on for ever")
        raise ConstraintError(f"the grammar has no text of depth {depth}; the shallowest one has depth {least}")
    return found


class _Expansion:
    """The rules of one grammar, and what has been expanded of them."""

    def __init__(self, parser: Lark) -> None:
        self.rules: dict[str, list[Symbols]] = {}
        for rule in parser.rules:
            self.rules.setdefault(_name(rule.origin), []).append(rule.expansion)
        self.terminals = {one.name: _terminal(one) for one in parser.terminals}
        ignored = union(self.terminals[name] for name in parser.ignore_tokens)
        self.gap = ignored | Automaton.empty()
        self._known: dict[tuple[str, int], Automaton] = {}
        self._back: set[tuple[str, str]] = set()

    def whole(self, start: str, depth: int) -> Automaton:
        """All texts of the start rule."""
        self._find_back_edges(start)
        return self._rule(start, depth) + self.gap

    def shallowest(self, start: str) -> int | None:
        """Depth of the text that nests least, exactly; None where the grammar has no text at any depth."""
        known: dict[str, int] = {}
        changed = True
        while changed:
            changed = False
            for name, lines in self.rules.items():
                inside = [[_name(one) for one in line if not one.is_term] for line in lines]
                depths = [
                    max((known[other] + ((name, other) in self._back) for other in own), default=0)
                    for own in inside
                    if all(other in known for other in own)
                ]
                if depths and min(depths) < known.get(name, min(depths) + 1):
                    known[name], changed = min(depths), True
        return known.get(start)

    def _find_back_edges(self, start: str) -> None:
        """Edges to a rule that is still open in a depth-first walk: every cycle has one."""
        open_, done = list[str](), set[str]()
        todo = [(start, False)]
        while todo:
            name, leaving = todo.pop()
            if leaving:
                open_.remove(name)
                continue
            if name in done:
                continue
            done.add(name)
            open_.append(name)
            todo.append((name, True))
            for after in dict.fromkeys(_name(one) for line in self.rules[name] for one in line if not one.is_term):
                if after in open_:
                    self._back.add((name, after))
                else:
                    todo.append((after, False))

    def _rule(self, name: str, depth: int) -> Automaton:
        if depth < 0:
            return Automaton.nothing()
        key = (name, depth)
        if key not in self._known:
            self._known[key] = self._alternatives(name, depth)
        return self._known[key]

    def _alternatives(self, name: str, depth: int) -> Automaton:
        """``a: a x | y a | z`` is any number of y, one z, any number of x."""
        base, before, after = list[Automaton](), list[Automaton](), list[Automaton]()
        for line in self.rules[name]:
            own = [not one.is_term and _name(one) == name for one in line]
            if own == [True]:
                continue
            if own and own[0]:
                after.append(self._sequence(name, line[1:], depth))
            elif own and own[-1]:
                before.append(self._sequence(name, line[:-1], depth))
            else:
                base.append(self._sequence(name, line, depth))
        return _star(before) + union(base) + _star(after)

    def _sequence(self, inside: str, line: Symbols, depth: int) -> Automaton:
        parts = [self._symbol(inside, symbol, depth) for symbol in line]
        if any(part.is_empty for part in parts):
            return Automaton.nothing()
        return reduce(lambda one, other: one + other, parts, Automaton.empty())

    def _symbol(self, inside: str, symbol: Any, depth: int) -> Automaton:
        if symbol.is_term:
            return self.gap + self.terminals[symbol.name]
        return self._rule(_name(symbol), depth - ((inside, _name(symbol)) in self._back))


def _star(parts: list[Automaton]) -> Automaton:
    return union(parts).repeat(0, None) if parts else Automaton.empty()


def _name(symbol: Any) -> str:
    return str(symbol.name)


def _terminal(terminal: Any) -> Automaton:
    try:
        return compile_regex(pattern_of(terminal))
    except ConstraintError as error:
        raise ConstraintError(f"terminal {terminal.name}: {error}; write it without") from error
