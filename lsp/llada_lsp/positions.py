r"""Positions of the protocol and offsets in code points: the only place that counts lines and code units.

A line ends at ``\n``, ``\r\n`` or ``\r`` and nowhere else: U+2028, U+0085, form feeds and their like are ordinary
characters, although `str.splitlines` parts there. Positions outside the text are clamped to the nearest one inside.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol.types import Position, PositionEncodingKind, Range

from llada_edit.holes import Span

_BREAK = re.compile(r"\r\n|\r|\n")


class LineIndex:
    """Where the lines of one text begin and end.

    Args:
        text: any string; it is not copied.
        encoding: of the character offsets: ``utf-8``, ``utf-16`` or ``utf-32``; all else is read as ``utf-16``.
    """

    def __init__(self, text: str, encoding: PositionEncodingKind | str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding.value if isinstance(encoding, PositionEncodingKind) else encoding
        self._starts, self._ends = [0], list[int]()
        for found in _BREAK.finditer(text):
            self._ends.append(found.start())
            self._starts.append(found.end())
        self._ends.append(len(text))

    def __len__(self) -> int:
        """Number of lines, at least 1."""
        return len(self._starts)

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines with their ends; the last one may be empty."""
        return tuple(self.text[a:b] for a, b in zip(self._starts, [*self._starts[1:], len(self.text)], strict=True))

    def offset(self, position: Position) -> int:
        """Code points before a position; inside a character, before it; past the end of a line, its end."""
        if position.line >= len(self._starts):
            return len(self.text)
        start, end = self._starts[position.line], self._ends[position.line]
        return start + points(self.text[start:end], position.character, self.encoding)

    def position(self, offset: int) -> Position:
        r"""The position of an offset; between ``\r`` and ``\n``, which no position can name, the end of the line."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset) - 1
        start = self._starts[line]
        return Position(line, units(self.text[start : min(offset, self._ends[line])], self.encoding))

    def span(self, range_: Range) -> Span:
        """The span of a range, whichever end comes first."""
        start, end = sorted((self.offset(range_.start), self.offset(range_.end)))
        return Span(start, end)

    def range(self, span: Span) -> Range:
        """The range of a span."""
        return Range(self.position(span.start), self.position(span.end))

    def next_line(self, offset: int) -> int:
        """Where the line after that of an offset begins; past the text after the last line."""
        line = bisect_right(self._starts, offset)
        return self._starts[line] if line < len(self._starts) else len(self.text) + 1

    def lines_of(self, span: Span) -> Span:
        """The whole lines that a span touches, without the end of the last one."""
        first, last = (bisect_right(self._starts, offset) - 1 for offset in (span.start, span.end))
        return Span(self._starts[first], self._ends[last])


def units(text: str, encoding: str) -> int:
    """Length of a text in code units."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    # A lone surrogate is a code unit of its own; clients do send them, in the middle of an emoji being typed.
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def points(line: str, count: int, encoding: str) -> int:
    """How many whole characters of a line fit in `count` code units."""
    if encoding == "utf-32" or line.isascii():
        return min(count, len(line))
    done = 0
    for index, char in enumerate(line):
        done += units(char, encoding)
        if done > count:
            return index
    return len(line)
