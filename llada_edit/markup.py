"""Hole markup: ``[?name: 3-8 words]`` in a text, read into holes.

Knows how holes are written. Knows nothing of what a document is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from llada_edit.errors import DocumentError, OptionError
from llada_edit.holes import LENGTH_HELP, Hole, LengthHint, Span, is_name

_MIRROR = {"[": "]", "{": "}", "(": ")", "<": ">"}
_MASK = "[MASK]"


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


def read_holes(text: str, marker: str = "[?", path: Path | None = None) -> tuple[Hole, ...]:
    """The holes of a text; the first that cannot be read is raised as a `MarkupError`."""
    found = list[Hole]()
    for part in _Markup(text, marker, path).parts():
        if isinstance(part, MarkupError):
            raise part
        found.append(part)
    return tuple(found)


def find_holes(text: str, marker: str = "[?") -> tuple[tuple[Hole, ...], tuple[MarkupError, ...]]:
    """The holes of a text that can be read, and what is wrong with all others; one bad hole spoils no other one."""
    parts = list(_Markup(text, marker, None).parts())
    holes = tuple(part for part in parts if isinstance(part, Hole))
    return holes, tuple(part for part in parts if isinstance(part, MarkupError))


def closing_of(marker: str) -> str:
    """What closes a hole: the mirrored brackets of what opens it, nothing where it has none."""
    return "".join(_MIRROR[c] for c in reversed(marker) if c in _MIRROR)


class _Markup:
    """The reader of hole markup in one text."""

    def __init__(self, text: str, marker: str, path: Path | None) -> None:
        self.text, self.marker, self.path = text, marker, path
        self.closing = closing_of(marker) if isinstance(marker, str) else ""
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
        if not is_name(name):
            return self._error(span, f'{_clip(name)} is not a hole name (letters, digits, "_", "-"); {self._help()}')
        if colon and not rest:
            return self._error(span, f"nothing follows the colon; {LENGTH_HELP}")
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
