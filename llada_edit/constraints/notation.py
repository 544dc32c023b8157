"""Lark's notation: a parser for a grammar, and the pattern of a terminal. Automata are not known here."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from lark import Lark


@lru_cache(maxsize=32)
def parser_of(text: str, start: str) -> Lark:
    """Lark's parser for a grammar; raises `ConstraintError` where there is none."""
    from lark import Lark
    from lark.exceptions import LarkError

    outside = re.search(r"^\s*%(?:import\s+\.\S*|declare\b.*)", text, re.MULTILINE)
    if outside:
        raise ConstraintError(f"the grammar uses {outside[0].strip()!r}; write its rules and terminals out here")
    try:
        # Every way to cut a text into terminals is tried, and no tree is built from what was found.
        return Lark(text, start=start, parser="earley", lexer="dynamic_complete", ambiguity="forest")
    except (LarkError, re.error, AssertionError, RecursionError) as error:
        lines = " ".join(str(error).split())
        raise ConstraintError(f"the grammar cannot be read: {lines[:200]}; see Lark's grammar reference") from error


def pattern_of(terminal: Any) -> str:
    """The regular expression of a terminal, in the subset that automata know."""
    pattern: str = terminal.pattern.to_regexp()
    return pattern.replace(_QUOTED, _QUOTED_PLAIN)


# `common.ESCAPED_STRING` looks behind; this says the same of strings that hold no quote of their own.
_QUOTED = r'.*?(?<!\\)(\\\\)*?"'
_QUOTED_PLAIN = r'(?:[^"\\\n]|\\.)*"'
