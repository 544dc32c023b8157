"""Constraints on a text as a whole: a pattern, a choice, how it begins and ends, how long it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llada_edit.constraints.checks import check_counts, check_texts
from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError
from llada_edit.holes import count_words

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton


@dataclass(frozen=True)
class Regex(Constraint):
    """The whole text matches a pattern, as in `re.fullmatch`; look-around and back-references are refused.

    Raises:
        ConstraintError: the pattern is none, or uses what is refused.
    """

    pattern: str

    def __post_init__(self) -> None:
        if not isinstance(self.pattern, str):
            raise ConstraintError(f"Regex: {self.pattern!r} is no pattern; give a string")
        from llada_edit.constraints.regex import literals

        literals(self.pattern)

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        from llada_edit.constraints.regex import literals

        return literals(self.pattern)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.regex import compile_regex

        return compile_regex(self.pattern)


@dataclass(frozen=True, init=False, repr=False)
class Choice(Constraint):
    """One of some texts."""

    options: tuple[str, ...]

    def __init__(self, *options: str) -> None:
        object.__setattr__(self, "options", check_texts("Choice", options))

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return "".join(self.options)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        return Automaton.strings(self.options)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return text in self.options

    def __repr__(self) -> str:
        return f"Choice({', '.join(map(repr, self.options))})"


@dataclass(frozen=True)
class Prefix(Constraint):
    """The text begins like this."""

    text: str

    def __post_init__(self) -> None:
        check_texts("Prefix", (self.text,))

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return self.text

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        return Automaton.anything().after_prefix(self.text)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return text.startswith(self.text)


@dataclass(frozen=True)
class Suffix(Constraint):
    """The text ends like this."""

    text: str

    def __post_init__(self) -> None:
        check_texts("Suffix", (self.text,))

    @property
    def mentions(self) -> str:
        """See `Constraint.mentions`."""
        return self.text

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        return Automaton.anything() + Automaton.literal(self.text)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return text.endswith(self.text)


@dataclass(frozen=True)
class Words(Constraint):
    """At least `minimum` and at most `maximum` words: what white space divides, signs that stand alone left out.

    At most 0 words are no signs either.
    """

    minimum: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        check_counts("Words", self.minimum, self.maximum)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.counters import words

        return words(self.minimum, self.maximum)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        if self.maximum == 0:
            return not text.strip()
        return self.minimum <= count_words(text) <= (len(text) if self.maximum is None else self.maximum)


@dataclass(frozen=True)
class Chars(Constraint):
    """At least `minimum` and at most `maximum` characters (code points, blanks included)."""

    minimum: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        check_counts("Chars", self.minimum, self.maximum)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.counters import characters

        return characters(self.minimum, self.maximum)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return self.minimum <= len(text) <= (len(text) if self.maximum is None else self.maximum)
