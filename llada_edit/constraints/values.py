"""Constraints as values: what may stand in a hole, said once, compared, combined and printed like any other value.

A value knows the language it stands for and a second, plain check of a finished text. It does not know tokens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton


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
        return And(self, other)

    def __or__(self, other: Constraint) -> Or:
        return Or(self, other)

    def __add__(self, other: Constraint) -> Concat:
        return Concat(self, other)

    def __invert__(self) -> Constraint:
        return Not(self)

    def repeat(self, least: int, most: int | None = None) -> Repeat:
        """So many times in a row; without `most`, that often or more."""
        return Repeat(self, least, most)


@lru_cache(maxsize=64)
def _language(constraint: Constraint, before: str, after: str) -> Automaton:
    return constraint.language(before, after)


def _require(value: object) -> Constraint:
    if not isinstance(value, Constraint):
        raise ConstraintError(f"{value!r} is no constraint; write Choice({value!r}) for fixed text, or another value")
    return value


@dataclass(frozen=True, init=False, repr=False)
class _Several(Constraint):
    """Constraints joined by an operator; those of the same kind are flattened."""

    parts: tuple[Constraint, ...]

    def __init__(self, *parts: Constraint) -> None:
        if not parts:
            raise ConstraintError(f"{type(self).__name__} needs at least one constraint")
        same = type(self)
        flat = [inner for part in parts for inner in (part.parts if isinstance(part, same) else (_require(part),))]
        object.__setattr__(self, "parts", tuple(flat))

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return "".join(part.mentions for part in self.parts)

    @property
    def sees(self) -> int:
        """See `Constraint.sees`."""
        return max(part.sees for part in self.parts)

    @property
    def loose(self) -> bool:
        """See `Constraint.loose`."""
        return any(part.loose for part in self.parts)

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`."""
        return any(part.partial for part in self.parts)

    def _joined(self, sign: str) -> str:
        return sign.join(f"({part!r})" if isinstance(part, _Several) else repr(part) for part in self.parts)


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


class And(_Several):
    """All of some constraints at once."""

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        spelt = [part.language(before, after) for part in self.parts if not isinstance(part, Tokens)]
        # Small ones first: the product of a long list stays as small as it can.
        spelt.sort(key=lambda one: one.states)
        return reduce(lambda one, other: one & other, spelt or [Automaton.anything()])

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return all(part.accepts(text, before, after) for part in self.parts if not isinstance(part, Tokens))

    def __repr__(self) -> str:
        return self._joined(" & ")


class Or(_Several):
    """At least one of some constraints."""

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        return reduce(lambda one, other: one | other, [part.language(before, after) for part in self.parts])

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return any(part.accepts(text, before, after) for part in self.parts)

    def __repr__(self) -> str:
        return self._joined(" | ")


class Concat(_Several):
    """One constraint after the other; at the inner borders, each part stands for itself."""

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        whole_texts(self.parts)
        last = len(self.parts) - 1
        around = [("" if index else before, after if index == last else "") for index in range(len(self.parts))]
        languages = [part.language(*sides) for part, sides in zip(self.parts, around, strict=True)]
        return reduce(lambda one, other: one + other, languages)

    def __repr__(self) -> str:
        return self._joined(" + ")


@dataclass(frozen=True, repr=False)
class Not(Constraint):
    """Every text but those of a constraint."""

    part: Constraint

    def __post_init__(self) -> None:
        _require(self.part)

    @property
    def mentions(self) -> str:
        """Nothing: what is ruled out is not asked for."""
        return ""

    @property
    def sees(self) -> int:
        """See `Constraint.sees`."""
        return self.part.sees

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        return ~self.part.language(before, after)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return not self.part.accepts(text, before, after)

    @property
    def loose(self) -> bool:
        """See `Constraint.loose`."""
        return self.part.partial

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`."""
        return self.part.loose

    def __invert__(self) -> Constraint:
        return self.part

    def __repr__(self) -> str:
        return f"~({self.part!r})" if isinstance(self.part, _Several) else f"~{self.part!r}"


@dataclass(frozen=True, repr=False)
class Repeat(Constraint):
    """A constraint so many times in a row; each time stands for itself."""

    part: Constraint
    least: int
    most: int | None = None

    def __post_init__(self) -> None:
        _require(self.part)
        check_counts("repeat", self.least, self.most)

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return self.part.mentions

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        whole_texts([self.part])
        return self.part.language().repeat(self.least, self.most)

    def __repr__(self) -> str:
        inner = f"({self.part!r})" if isinstance(self.part, _Several | Not) else repr(self.part)
        return f"{inner}.repeat({self.least}, {self.most})"


@dataclass(frozen=True)
class Tokens(Constraint):
    """At least `minimum` and at most `maximum` tokens of the model: alone, or beside others under ``&``."""

    minimum: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        check_counts("Tokens", self.minimum, self.maximum)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """Raises `ConstraintError`: tokens are no texts."""
        raise ConstraintError(f"{self!r} counts tokens, not text; use it alone or under &, never in |, ~, + or repeat")


def check_counts(name: str, minimum: object, maximum: object) -> None:
    """Refuse counts that are no range."""
    for count in (minimum, 0 if maximum is None else maximum):
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ConstraintError(f"{name}: {count!r} is no count; give a whole number from 0")
    if isinstance(maximum, int) and isinstance(minimum, int) and maximum < minimum:
        raise ConstraintError(f"{name}: {minimum} to {maximum} is no range; give the smaller number first")


def split_tokens(constraint: Constraint) -> tuple[Constraint | None, int, int | None]:
    """What a constraint says of the text, None for nothing, and the bounds on tokens that stand beside it."""
    parts = constraint.parts if isinstance(constraint, And) else (constraint,)
    bounds = [part for part in parts if isinstance(part, Tokens)]
    rest = [part for part in parts if not isinstance(part, Tokens)]
    maxima = [bound.maximum for bound in bounds if bound.maximum is not None]
    told = None if not rest else rest[0] if len(rest) == 1 else And(*rest)
    return told, max((bound.minimum for bound in bounds), default=0), min(maxima, default=None)
