"""`Grammar`: a hole that holds a text of a context-free grammar in Lark's notation.

A regular language cannot nest without end, so rules are expanded to a fixed depth: an exact part of the grammar, never
more. A finished text is checked with Lark's Earley parser against the whole grammar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llada_edit.constraints.notation import parser_of, pattern_of
from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton

DEEPEST = 12


@dataclass(frozen=True)
class Grammar(Constraint):
    """A text of a grammar.

    Rules that go on at their left or right end repeat without limit; a rule that stands inside itself is entered at
    most `depth` times more. What ``%ignore`` names may stand once before every terminal and at the end. Within one
    terminal, alternatives mean what they mean in Python's `re`: of two that begin alike, the longer one comes first.

    Args:
        text: rules and terminals in Lark's notation; ``%import common.…`` works, other files are not read.
        start: the rule that the whole text must match.
        depth: 0 to 12; 3 by default.

    Raises:
        ConstraintError: it is no grammar, imports a file, or declares terminals without a pattern.
    """

    text: str
    start: str = "start"
    depth: int = 3

    def __post_init__(self) -> None:
        if not isinstance(self.depth, int) or not 0 <= self.depth <= DEEPEST:
            raise ConstraintError(f"grammar depth {self.depth!r} is not possible; give 0 to {DEEPEST}")
        for given in (self.text, self.start):
            if not isinstance(given, str):
                raise ConstraintError(f"Grammar: {given!r} is no text; give rules and the first one's name as strings")
        parser_of(self.text, self.start)

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        from llada_edit.constraints.regex import literals

        parser = parser_of(self.text, self.start)
        return "".join(literals(pattern_of(one)) for one in parser.terminals if one.name not in parser.ignore_tokens)

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`."""
        return True

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`; the same between any texts."""
        from llada_edit.constraints.expansion import expand

        return expand(self.text, self.start, self.depth)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """Whether the whole text is in the grammar, at any depth."""
        from lark.exceptions import LarkError

        try:
            parser_of(self.text, self.start).parse(text)
        except LarkError:
            return False
        return True
