"""Constraints, what operators make of them, and bounds on tokens.

A constraint is a value: it compares, hashes and prints as code. It does not know what it does to a model's tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from llada_edit.constraints.base import Meaning, whole_texts
from llada_edit.constraints.checks import check_counts
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton


class Constraint(Meaning):
    """Base of all constraints: ``a & b`` both, ``a | b`` one of them, ``~a`` not, ``a + b`` one after the other.

    A subclass is a frozen dataclass with `language`, and with `accepts` where a plain check is natural.
    """

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


@dataclass(frozen=True, init=False, repr=False)
class _Several(Constraint):
    """Constraints joined by an operator; those of the same kind are flattened."""

    parts: tuple[Constraint, ...]

    def __init__(self, *parts: Constraint) -> None:
        if not parts:
            raise ConstraintError(f"{type(self).__name__} needs at least one constraint")
        same = type(self)
        flat = [inner for part in parts for inner in (part.parts if isinstance(part, same) else (require(part),))]
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
        require(self.part)

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
        require(self.part)
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


def split_tokens(constraint: Constraint) -> tuple[Constraint | None, int, int | None]:
    """What a constraint says of the text, None for nothing, and the bounds on tokens that stand beside it."""
    parts = constraint.parts if isinstance(constraint, And) else (constraint,)
    bounds = [part for part in parts if isinstance(part, Tokens)]
    rest = [part for part in parts if not isinstance(part, Tokens)]
    maxima = [bound.maximum for bound in bounds if bound.maximum is not None]
    told = None if not rest else rest[0] if len(rest) == 1 else And(*rest)
    return told, max((bound.minimum for bound in bounds), default=0), min(maxima, default=None)


def require(value: object) -> Constraint:
    """`value`, where it is a constraint; raises `ConstraintError` where it is none."""
    if not isinstance(value, Constraint):
        raise ConstraintError(f"{value!r} is no constraint; write Choice({value!r}) for fixed text, or another value")
    return value
