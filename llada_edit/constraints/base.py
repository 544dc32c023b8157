"""What every constraint means: a language, a plain check of a finished text, and what the two do not share.

A meaning knows the language it stands for. It does not know tokens, nor how constraints are joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton


class Meaning:
    """What a constraint says of a text; `llada_edit.constraints.values.Constraint` adds the operators."""

    def language(self, before: str = "", after: str = "") -> Automaton:
        """The texts that may fill a hole.

        Args:
            before: text that stands directly left of the hole.
            after: text that stands directly right of it.

        Raises:
            ConstraintError: it cannot be compiled, or needs too many states.
        """
        raise NotImplementedError

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """Whether a text may fill a hole between `before` and `after`."""
        return _language(self, before, after).accepts(text)

    @property
    def mentions(self) -> str:
        """Characters that are named one by one: only of these, a fill may hold line breaks and invisible ones."""
        return ""

    @property
    def sees(self) -> int:
        """Characters of the text before and after the hole that `language` looks at."""
        return 0

    @property
    def loose(self) -> bool:
        """Whether the language may hold texts that only `accepts` refuses; such a value cannot be part of a text."""
        return False

    @property
    def partial(self) -> bool:
        """Whether the language may lack texts that `accepts` takes, so that what it rules out is not all."""
        return False


@lru_cache(maxsize=64)
def _language(meaning: Meaning, before: str, after: str) -> Automaton:
    return meaning.language(before, after)


def whole_texts(parts: Iterable[Meaning]) -> None:
    """Refuse parts of a text that can only be checked as whole texts.

    Raises:
        ConstraintError: for the first one.
    """
    for part in parts:
        if part.loose:
            raise ConstraintError(
                f"{part!r} is checked on finished texts in part, so it cannot be joined with others into one text; "
                "give it a hole of its own"
            )
