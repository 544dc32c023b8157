"""Documents: a text, the holes to fill in it, and the spans that nobody may change.

Knows hole markup, code-point offsets and UTF-8 files. Knows nothing of tokens, models, document formats or constraints.
Text outside the holes is only ever sliced, never normalised or decoded again, so it stays as it was.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, Protocol, Self, TypeVar

from llada_edit.errors import DocumentError, OptionError

Unit = Literal["tokens", "words", "chars"]

_UNITS: dict[str, Unit] = {"token": "tokens", "word": "words", "char": "chars", "character": "chars"}
_LENGTH = re.compile(
    r"(?:(?P<least>\d{1,9})\s*(?:[-\u2013]|\bto\b)\s*(?P<most>\d{1,9})"
    r"|(?:(?P<bound>exactly|at\s+most|at\s+least)\s+)?(?P<count>\d{1,9}))\s+(?P<unit>\w+)",
    re.IGNORECASE,
)
_LENGTH_HELP = 'write a length such as "3-8 words", "exactly 4 tokens", "at most 40 chars" or "at least 3 words"'
_MIRROR = {"[": "]", "{": "}", "(": ")", "<": ">"}
_MASK = "[MASK]"


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


class MarkupError(DocumentError):
    """Hole markup that cannot be read.

    Args:
        message: with its place.
        span: of the markup, as far as it could be told.
        hole: what can be read of it all the same, without its name; None where nothing can.
    """

    def __init__(self, message: str, span: Span, hole: Hole | None = None) -> None:
        super().__init__(message)
        self.span, self.hole = span, hole


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
class LengthHint:
    """How long a filling may be.

    Words are runs without white space, chars are code points; how many tokens a text has, only a model can say.

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
            raise DocumentError(f"{text.strip()!r} is not a length; {_LENGTH_HELP}")
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
        count = {"tokens": tokens, "words": len(text.split()), "chars": len(text)}[self.unit]
        return self.minimum <= count and (self.maximum is None or count <= self.maximum)

    def __str__(self) -> str:
        last = self.minimum if self.maximum is None else self.maximum
        unit = self.unit.removesuffix("s") if last == 1 else self.unit
        if self.maximum is None:
            return f"at least {last} {unit}"
        if self.minimum == self.maximum:
            return f"exactly {last} {unit}"
        return f"at most {last} {unit}" if self.minimum == 0 else f"{self.minimum}-{last} {unit}"


def _is_name(name: str) -> bool:
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
        if not _is_name(self.name):
            raise DocumentError(f'{self.name!r} is not a hole name; use letters, digits, "_" and "-"')


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
        """
        found = list[Hole]()
        for part in _Markup(text, marker, path).parts():
            if isinstance(part, MarkupError):
                raise part
            found.append(part)
        return cls(text, tuple(found), path=path)

    @classmethod
    def read(cls, path: str | os.PathLike[str], marker: str | None = "[?") -> Self:
        """Read a UTF-8 file; byte-order mark and line ends stay as they are. A marker of None looks for no markup."""
        place = Path(path)
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
        return cls(left + right, (Hole(Span(len(left), len(left))),))

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
        return _encode(text, self.path)


def find_holes(text: str, marker: str = "[?") -> tuple[tuple[Hole, ...], tuple[MarkupError, ...]]:
    """The holes of a text that can be read, and what is wrong with all others; one bad hole spoils no other one."""
    parts = list(_Markup(text, marker, None).parts())
    holes = tuple(part for part in parts if isinstance(part, Hole))
    return holes, tuple(part for part in parts if isinstance(part, MarkupError))


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


def write_atomically(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write bytes, or a text as UTF-8, so that readers see the old file or the new one, even after a crash.

    Mode and symbolic links stay.
    """
    target = Path(os.path.realpath(path))
    data = text if isinstance(text, bytes) else _encode(text, Path(path))
    draft = target.with_name(f".llada-edit-{secrets.token_hex(8)}.tmp")
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        # Never readable by more people than the file itself, not even while it is written.
        access = 0o666 if mode is None else 0o600
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, access)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(target)
    except OSError as error:
        raise DocumentError(
            f"{Path(path)} cannot be written ({error.strerror}); the old file is unchanged, check the folder"
        ) from error
    finally:
        # Gone after a successful replace, left over in every other case, Ctrl-C included.
        with suppress(OSError):
            draft.unlink()


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


def closing_of(marker: str) -> str:
    """What closes a hole: the mirrored brackets of what opens it, nothing where it has none."""
    return "".join(_MIRROR[c] for c in reversed(marker) if c in _MIRROR)


def decode(data: bytes, where: Path | str) -> str:
    """The text of some bytes; `where` they come from is named in the `DocumentError` if they are no UTF-8 text."""
    zero = data.find(0)
    if zero >= 0:
        raise DocumentError(
            f"{where} looks binary (byte 0x00 at offset {zero}); give a text file, and convert UTF-16 to UTF-8 first"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{where} is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start});"
            f" convert it first, for instance with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


def _encode(text: str, path: Path | None) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{path or 'the text'} cannot be written as UTF-8: lone surrogate U+{ord(text[error.start]):04X}"
            f" at code point {error.start}; remove it"
        ) from error


class _Markup:
    """The reader of hole markup in one text."""

    def __init__(self, text: str, marker: str, path: Path | None) -> None:
        self.text, self.marker, self.path = text, marker, path
        self.closing = closing_of(marker)
        if not self.closing or any(c.isalnum() or c.isspace() or c in "\\]})>" or c < " " for c in marker):
            raise OptionError(
                f"{marker!r} cannot open a hole;"
                ' use punctuation with an opening bracket and no closing one, such as "[?", "{{" or "<<"'
            )
        # What the end of a hole is found by; the line and the next hole end one that is not closed.
        brackets = re.escape("".join({c for c in marker if c in _MIRROR} | set(self.closing)))
        self.signs = re.compile(rf"\\[^\r\n]|[\r\n:]|{re.escape(marker)}|[{brackets}]")

    def parts(self) -> Iterator[Hole | MarkupError]:
        """All holes from left to right, and in their places what cannot be read."""
        named: dict[str, int] = {}
        done = 0
        for found in re.finditer(f"{re.escape(_MASK)}|{re.escape(self.marker)}", self.text):
            start = found.start()
            if start < done or self._escaped(start):
                continue
            part = Hole(Span(start, found.end())) if found[0] == _MASK else self._hole(start)
            done = part.span.end
            if isinstance(part, Hole) and part.name in named:
                taken = f"the name {part.name!r} is taken at {self._place(named[part.name])}"
                better = f'write another one, such as "{self.marker}{part.name}2{self.closing}"'
                part = self._error(part.span, f"{taken}; {better}", replace(part, name=""))
            elif isinstance(part, Hole) and part.name:
                named[part.name] = start
            yield part

    def _escaped(self, start: int) -> bool:
        first = start
        while first > 0 and self.text[first - 1] == "\\":
            first -= 1
        return (start - first) % 2 == 1

    def _hole(self, start: int) -> Hole | MarkupError:
        inside = start + len(self.marker)
        end, closed = self._end(inside)
        if not closed:
            span = Span(start, end)
            pairs = "; brackets in a note come in pairs or after a backslash" if ":" in span.of(self.text) else ""
            return self._error(span, f'is not closed with "{self.closing}" on its line{pairs}; {self._help()}')
        span = Span(start, end + len(self.closing))
        name, colon, rest = (part.strip() for part in self.text[inside:end].partition(":"))
        if not _is_name(name):
            return self._error(span, f'{_clip(name)} is not a hole name (letters, digits, "_", "-"); {self._help()}')
        if colon and not rest:
            return self._error(span, f"nothing follows the colon; {_LENGTH_HELP}")
        try:
            length = LengthHint.find(rest)
        except DocumentError as error:
            return self._error(span, str(error))
        return Hole(span, name, length, "" if length else rest)

    def _end(self, inside: int) -> tuple[int, bool]:
        """Where a hole ends, and whether it is closed there; in a note, brackets in pairs or escaped do not close."""
        colon, depth = False, 0
        for sign in self.signs.finditer(self.text, inside):
            if sign[0] in ("\r", "\n", self.marker):
                return sign.start(), False
            if depth == 0 and self.text.startswith(self.closing, sign.start()):
                return sign.start(), True
            colon = colon or sign[0] == ":"
            if colon and sign[0] in _MIRROR:
                depth += 1
            elif depth and sign[0] in self.closing:
                depth -= 1
        return len(self.text), False

    def _help(self) -> str:
        return f'write "{self.marker}name{self.closing}", or "\\{self.marker}" for plain text'

    def _error(self, span: Span, message: str, hole: Hole | None = None) -> MarkupError:
        prefix = f"{self.path}:" if self.path else ""
        return MarkupError(f"{prefix}{self._place(span.start)}: {_clip(span.of(self.text))}: {message}", span, hole)

    def _place(self, offset: int) -> str:
        """Line and column, from 1; editors do not count a byte-order mark."""
        lines = re.split(r"\r\n|\r|\n", self.text[:offset].removeprefix("\ufeff"))
        return f"{len(lines)}:{len(lines[-1]) + 1}"


def _clip(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:39]}\u2026")
