"""What a document consists of beside its text: spans, holes, and how long a filling may be.

Knows code-point offsets. Knows nothing of how holes are written in a text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, Self

from llada_edit.errors import DocumentError

Unit = Literal["tokens", "words", "chars"]

_UNITS: dict[str, Unit] = {"token": "tokens", "word": "words", "char": "chars", "character": "chars"}
_LENGTH = re.compile(
    r"(?:(?P<least>\d{1,9})\s*(?:[-\u2013]|\bto\b)\s*(?P<most>\d{1,9})"
    r"|(?:(?P<bound>exactly|at\s+most|at\s+least)\s+)?(?P<count>\d{1,9}))\s+(?P<unit>\w+)",
    re.IGNORECASE,
)
SIGNS = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00a1\u00a7\u00ab\u00b7\u00bb\u00bf\u2010\u2011\u2012\u2013\u2014\u2015"
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2021\u2022\u2026\u2039\u203a"
)
"""A run of these alone is no word."""
LENGTH_HELP = 'write a length such as "3-8 words", "exactly 4 tokens", "at most 40 chars" or "at least 3 words"'


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open range of a text, in code points; start == end is a place between two code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise DocumentError(f"span {self.start}-{self.end} is no range; give 0 <= start <= end, in code points")

    def __len__(self) -> int:
        return self.end - self.start

    def __bool__(self) -> bool:
        # With a length alone, `if span` would take an insertion point for a missing span.
        return True

    def overlaps(self, other: Span) -> bool:
        """True where both cannot be replaced at once: a shared code point, or two insertions at one place."""
        return self == other or (self.start < other.end and other.start < self.end)

    def of(self, text: str) -> str:
        """The text that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class LengthHint:
    """How long a filling may be.

    Words are counted as in `count_words`, chars are code points; how many tokens a text has, only a model can say.

    Attributes:
        unit: what is counted.
        minimum: least count allowed.
        maximum: largest count allowed; None leaves it open.
    """

    unit: Unit
    minimum: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        if self.unit not in _UNITS.values():
            raise DocumentError(f"length unit {self.unit!r} is unknown; use tokens, words or chars")
        if self.minimum < 0:
            raise DocumentError(f"a length of at least {self.minimum} {self.unit} means nothing; give 0 or more")
        if self.maximum is not None and self.maximum < 1:
            raise DocumentError(f"a length of {self.maximum} {self.unit} leaves nothing to fill; give 1 or more")
        if self.maximum is not None and self.minimum > self.maximum:
            raise DocumentError(
                f"length {self.minimum}-{self.maximum} {self.unit} runs backwards;"
                f" write {self.maximum}-{self.minimum} {self.unit}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``3-8 words``, ``5 words``, ``exactly 4 tokens``, ``at most 40 chars`` or ``at least 3 words``."""
        hint = cls.find(text)
        if hint is None:
            raise DocumentError(f"{text.strip()!r} is not a length; {LENGTH_HELP}")
        return hint

    @classmethod
    def find(cls, text: str) -> Self | None:
        """As `parse`, but None for what does not look like a length; one that is out of range is still an error."""
        found = _LENGTH.fullmatch(text.strip())
        unit = _UNITS.get(found["unit"].lower().removesuffix("s")) if found else None
        if found is None or unit is None:
            return None
        if found["least"]:
            return cls(unit, int(found["least"]), int(found["most"]))
        count = int(found["count"])
        bound = (found["bound"] or "exactly").lower()
        return cls(unit, 0 if bound.endswith("most") else count, None if bound.endswith("least") else count)

    def accepts(self, text: str, tokens: int) -> bool:
        """Whether a filling has an allowed length.

        Args:
            text: the filling.
            tokens: how many tokens the model spent on it; only looked at where the unit is tokens.
        """
        count = {"tokens": tokens, "words": count_words(text), "chars": len(text)}[self.unit]
        return self.minimum <= count and (self.maximum is None or count <= self.maximum)

    def __str__(self) -> str:
        last = self.minimum if self.maximum is None else self.maximum
        unit = self.unit.removesuffix("s") if last == 1 else self.unit
        if self.maximum is None:
            return f"at least {last} {unit}"
        if self.minimum == self.maximum:
            return f"exactly {last} {unit}"
        return f"at most {last} {unit}" if self.minimum == 0 else f"{self.minimum}-{last} {unit}"


def count_words(text: str) -> int:
    """How many words a text has: runs without white space that are more than signs."""
    return sum(bool(run.strip(SIGNS)) for run in text.split())


def is_name(name: str) -> bool:
    """Whether a hole may be called that."""
    # Marks too: most words of Hindi or Thai are not alphanumeric without their vowel signs.
    return all(c.isalnum() or c in "_-" or unicodedata.category(c).startswith("M") for c in name)


@dataclass(frozen=True, slots=True)
class Hole:
    """A span of a document to be filled; its present text, markup as a rule, is replaced.

    Attributes:
        span: where; empty for a pure insertion.
        name: empty, or unique in the document.
        length: how long the filling may be; None leaves it to the engine.
        note: what stood after the colon of the markup and is not a length; read as a constraint by the editor
            (`llada_edit.constraints.text`), not here.
    """

    span: Span
    name: str = ""
    length: LengthHint | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise DocumentError(f'{self.name!r} is not a hole name; use letters, digits, "_" and "-"')
