"""Documents: a text, the holes to fill in it, and the spans that nobody may change.

Knows hole markup, code-point offsets and UTF-8 files. Knows nothing of tokens, models, document formats or constraints.
Text outside the holes is only ever sliced, never normalised or decoded again, so it stays as it was.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self, TypeVar

from llada_edit.errors import DocumentError
from llada_edit.holes import Hole, Span
from llada_edit.markup import read_holes
from llada_edit.textfiles import decode, encode


class Change(Protocol):
    """What `splice` needs to know of an edit."""

    @property
    def span(self) -> Span:
        """The span of the source to be replaced."""
        ...

    @property
    def text(self) -> str:
        """What stands there afterwards."""
        ...


ChangeT = TypeVar("ChangeT", bound=Change)


@dataclass(frozen=True, slots=True)
class Document:
    r"""A text with holes; the text includes the markup of the holes, and a hole's span covers its markup.

    Markup is ``[?]``, ``[?name]``, ``[?name: 3-8 words]`` or ``[?: exactly 4 tokens]``, closed on its line; ``[MASK]``
    is ``[?]``. After an odd number of backslashes it is plain text, and the backslashes stay (as in Markdown and LaTeX,
    two of them are a backslash and not an escape). After the colon a length or a note may stand, such as
    ``[?price: regex [0-9]+]``. Brackets of the marker's kind must be balanced in a note, or have a backslash before
    them, which stays in the note.

    Attributes:
        text: any string.
        holes: in order of the text, apart from each other, names unique.
        protected: spans that must survive any rewriting; checked to lie inside the text, kept by whoever rewrites.
        path: where the text was read, for messages and for writing back.
    """

    text: str
    holes: tuple[Hole, ...] = ()
    protected: tuple[Span, ...] = ()
    path: Path | None = None

    def __post_init__(self) -> None:
        text_of(self.text, "text")
        _check_apart([hole.span for hole in self.holes], len(self.text), "holes")
        for span in self.protected:
            _check_inside(span, len(self.text), "protected span")
        names: set[str] = set()
        for hole in self.holes:
            if hole.name in names:
                raise DocumentError(f"two holes are named {hole.name!r}; give each its own name, or none")
            if hole.name:
                names.add(hole.name)

    @classmethod
    def parse(cls, text: str, marker: str = "[?", path: Path | None = None) -> Self:
        """Find the hole markup in a text.

        Args:
            text: any string.
            marker: opening of a hole: punctuation with at least one bracket, such as ``[?``, ``{{`` or ``<<``;
                the mirrored brackets close it.
            path: shown in messages.

        Raises:
            DocumentError: what is no text, or markup that cannot be read.
            OptionError: the marker is none.
        """
        return cls(text, read_holes(text_of(text, "text"), marker, path), path=path)

    @classmethod
    def read(cls, path: str | os.PathLike[str], marker: str | None = "[?") -> Self:
        """Read a UTF-8 file; byte-order mark and line ends stay as they are. A marker of None looks for no markup."""
        try:
            place = Path(path)
        except TypeError:
            raise DocumentError(f"path is of type {type(path).__name__}; give a string or a Path") from None
        try:
            data = place.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DocumentError(f"{place} cannot be read ({reason}); give a readable text file") from error
        text = decode(data, place)
        return cls(text, path=place) if marker is None else cls.parse(text, marker, place)

    @classmethod
    def between(cls, left: str, right: str) -> Self:
        """One unnamed hole without markup between two texts; markup in them is plain text."""
        return cls(text_of(left, "left") + text_of(right, "right"), (Hole(Span(len(left), len(left))),))

    @property
    def segments(self) -> tuple[str, ...]:
        """The texts before, between and after the holes: one more than there are holes."""
        starts = [0, *(hole.span.end for hole in self.holes)]
        ends = [*(hole.span.start for hole in self.holes), len(self.text)]
        return tuple(self.text[start:end] for start, end in zip(starts, ends, strict=True))

    def apply(self, edits: Iterable[Change]) -> str:
        """The text after the edits; holes without an edit keep their markup."""
        return splice(self.text, edits)

    def encode(self, text: str) -> bytes:
        """The bytes to write back for a text of this document, as `read` would read them."""
        return encode(text, self.path)


def text_of(given: object, name: str) -> str:
    """What was given, where it is a text.

    Raises:
        DocumentError: it is none.
    """
    if not isinstance(given, str):
        raise DocumentError(f"{name} is of type {type(given).__name__}; give a string")
    return given


def splice(text: str, changes: Iterable[Change]) -> str:
    """Replace spans of a text, given in any order; spans that overlap or lie outside are a `DocumentError`."""
    pieces, done = [], 0
    for change in in_order(text, changes):
        pieces += [text[done : change.span.start], change.text]
        done = change.span.end
    return "".join([*pieces, text[done:]])


def in_order(text: str, changes: Iterable[ChangeT]) -> list[ChangeT]:
    """The changes from left to right, checked to be inside the text and apart; insertions before what follows them."""
    ordered = sorted(changes, key=lambda change: change.span)
    _check_apart([change.span for change in ordered], len(text), "edits")
    return ordered


def _check_inside(span: Span, length: int, what: str) -> None:
    if span.end > length:
        raise DocumentError(
            f"{what} {span.start}-{span.end} ends outside the text of {length} code points;"
            " count code points, not bytes or UTF-16 units"
        )


def _check_apart(spans: Sequence[Span], length: int, what: str) -> None:
    for span in spans:
        _check_inside(span, length, what)
    for left, right in pairwise(spans):
        if left.overlaps(right):
            raise DocumentError(
                f"{what} {left.start}-{left.end} and {right.start}-{right.end} overlap; join them or drop one"
            )
        if right < left:
            raise DocumentError(
                f"{what} {left.start}-{left.end} and {right.start}-{right.end} are out of order; sort them by start"
            )
