"""What every constraint is: a language, a plain check of a finished text, and what the two do not share.

A value knows the language it stands for. It does not know tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.values import And, Concat, Or, Repeat


class Constraint:
    """Base of all constraints: ``a & b`` both, ``a | b`` one of them, ``~a`` not, ``a + b`` one after the other.

    A subclass is a frozen dataclass with `language`, and with `accepts` where a plain check is natural.
    """

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

    def __and__(self, other: Constraint) -> And:
        from llada_edit.constraints.values import And

        return And(self, other)

    def __or__(self, other: Constraint) -> Or:
        from llada_edit.constraints.values import Or

        return Or(self, other)

    def __add__(self, other: Constraint) -> Concat:
        from llada_edit.constraints.values import Concat

        return Concat(self, other)

    def __invert__(self) -> Constraint:
        from llada_edit.constraints.values import Not

        return Not(self)

    def repeat(self, least: int, most: int | None = None) -> Repeat:
        """So many times in a row; without `most`, that often or more."""
        from llada_edit.constraints.values import Repeat

        return Repeat(self, least, most)


@lru_cache(maxsize=64)
def _language(constraint: Constraint, before: str, after: str) -> Automaton:
    return constraint.language(before, after)


def require(value: object) -> Constraint:
    """`value`, where it is a constraint; raises `ConstraintError` where it is none."""
    if not isinstance(value, Constraint):
        raise ConstraintError(f"{value!r} is no constraint; write Choice({value!r}) for fixed text, or another value")
    return value


def whole_texts(parts: Iterable[Constraint]) -> None:
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


def check_counts(name: str, minimum: object, maximum: object) -> None:
    """Refuse counts that are no range."""
    for count in (minimum, 0 if maximum is None else maximum):
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ConstraintError(f"{name}: {count!r} is no count; give a whole number from 0")
    if isinstance(maximum, int) and isinstance(minimum, int) and maximum < minimum:
        raise ConstraintError(f"{name}: {minimum} to {maximum} is no range; give the smaller number first")
