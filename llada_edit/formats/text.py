"""Files whose visible text is the whole decoded file: from blocks that an adapter names to passages, and back to bytes.

Knows UTF-8, line breaks, placeholders, control comments and grapheme borders. Knows no markup language.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from llada_edit.document import Change, ChangeT, in_order, splice
from llada_edit.errors import DocumentError
from llada_edit.formats.base import Kind, Passage
from llada_edit.formats.borders import shrink
from llada_edit.formats.inline import BREAK, FIXED, carve, switched_off
from llada_edit.holes import Span

BOM = "\ufeff"
_CONTINUATION = bytes(range(0x80, 0xC0))
_STRIDE = 128


@dataclass(frozen=True, slots=True)
class Block:
    """A run of prose as a parser saw it, before anything is carved out of it.

    Attributes:
        start: its first character, in code points.
        end: behind its last one.
        free: ranges of running text in it, in order, apart; markup between them is left out.
        kind: as in `Passage`.
        joins: whether ranges that touch are one, and a bare line break between two of them is white space that may
            change.
    """

    start: int
    end: int
    free: Sequence[tuple[int, int]]
    kind: Kind = "paragraph"
    joins: bool = True


def decode(data: bytes) -> str:
    """The text of a UTF-8 file; a byte-order mark stays.

    Raises:
        DocumentError: bytes that are no UTF-8, or a byte 0x00.
    """
    zero = data.find(0)
    if zero >= 0:
        raise DocumentError(f"the file looks binary (byte 0x00 at offset {zero}); give a text file in UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"the file is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}); convert it first,"
            " for instance with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


def encode(text: str) -> bytes:
    """UTF-8; a lone surrogate is a `DocumentError`."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"lone surrogate U+{ord(text[error.start]):04X} at code point {error.start}; remove it"
        ) from error


class Points:
    """Code points for byte offsets of a text in UTF-8, as parsers give them; each look-up costs the same."""

    def __init__(self, text: str, shift: int = 0) -> None:
        self._shift, self._data, self._sums = shift, b"", [0]
        if not text.isascii():
            self._data = text.encode("utf-8")
            for at in range(0, len(self._data), _STRIDE):
                self._sums.append(self._sums[-1] + len(self._data[at : at + _STRIDE].translate(None, _CONTINUATION)))

    def __getitem__(self, place: int) -> int:
        """The code point that begins at a byte offset."""
        if not self._data:
            return place + self._shift
        block = place // _STRIDE
        rest = self._data[block * _STRIDE : place].translate(None, _CONTINUATION)
        return self._sums[block] + len(rest) + self._shift


class Within:
    """The editable spans of all passages, searched by place."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self.spans = [span for passage in passages for span in passage.editable]
        self._starts = [span.start for span in self.spans]

    def around(self, span: Span) -> Span | None:
        """The editable span that contains another one; None where it is not inside a single one."""
        last = bisect_right(self._starts, span.start) - 1
        # An insertion between two spans that touch goes to the left one.
        for index in (last - 1, last):
            if index >= 0 and self.spans[index].start <= span.start and span.end <= self.spans[index].end:
                return self.spans[index]
        return None

    def ordered(self, text: str, changes: Iterable[ChangeT]) -> list[ChangeT]:
        """The changes from left to right, checked to be apart and each inside one editable span."""
        ordered = in_order(text, changes)
        for change in ordered:
            if self.around(change.span) is None:
                raise DocumentError(
                    f"the change of {change.span.start}-{change.span.end} touches protected text;"
                    " stay inside one editable span"
                )
        return ordered


@dataclass(frozen=True, slots=True)
class TextProse:
    """A file that is its own visible text; see `Prose`."""

    text: str
    passages: tuple[Passage, ...]
    skeleton: tuple[str, ...]
    protected: tuple[str, ...]

    def splice(self, changes: Iterable[Change]) -> bytes:
        """The file with editable spans replaced; every other byte is the original one."""
        return encode(splice(self.text, Within(self.passages).ordered(self.text, changes)))


def prose(
    text: str,
    blocks: Iterable[Block],
    events: Iterable[str] = (),
    comments: Iterable[Span] = (),
    fixed: re.Pattern[str] = FIXED,
) -> TextProse:
    """What an adapter returns.

    Args:
        text: the decoded file.
        blocks: its prose, in order, apart.
        events: the structure as the parser names it.
        comments: where ``llada-edit: off`` and ``on`` are looked for.
        fixed: strings that are carved out of the running text.
    """
    off = switched_off(text, comments)
    parts = (part for block in blocks for part in shown(block, off))
    found = [passage for block in parts if (passage := to_passage(text, block, fixed))]
    skeleton = [*events, *(f"{passage.kind} {len(passage.editable)}" for passage in found)]
    protected: list[str] = []
    done = 0
    for passage in found:
        skeleton.append(text[done : passage.editable[0].start])
        edges = zip(passage.editable, passage.editable[1:], strict=False)
        protected += [text[left.end : right.start] for left, right in edges]
        done = passage.editable[-1].end
    return TextProse(text, tuple(found), (*skeleton, text[done:]), tuple(protected))


def to_passage(text: str, block: Block, fixed: re.Pattern[str] = FIXED) -> Passage | None:
    """A passage with everything fixed carved out; None where no letter is left to rewrite."""
    start, end = _stripped(text, block.start, block.end)
    editable = []
    for left, right in _joined(text, block):
        for piece in carve(text, max(left, start), max(left, start, min(right, end)), fixed):
            low, high = shrink(text, *piece)
            if low < high:
                editable.append(Span(low, high))
    if not any(c.isalpha() for span in editable for c in span.of(text)):
        return None
    return Passage(Span(start, end), tuple(editable), block.kind)


def _joined(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The free ranges; where the block joins, those that touch or are parted by a bare line break are one."""
    start = end = -1
    for left, right in block.free:
        if block.joins and start >= 0 and (left == end or BREAK.fullmatch(text, end, left)):
            end = right
            continue
        if start >= 0:
            yield start, end
        start, end = left, right
    if start >= 0:
        yield start, end


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] == BOM):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def shown(block: Block, off: Sequence[Span]) -> Iterator[Block]:
    """The parts of a block that are not switched off; the switches stand between its free ranges."""
    at = bisect_right(off, block.start, key=lambda span: span.start)
    if not (at > 0 and block.start < off[at - 1].end) and not (at < len(off) and off[at].start < block.end):
        yield block
        return
    parts: dict[int, list[tuple[int, int]]] = {}
    for start, end in block.free:
        at = bisect_right(off, start, key=lambda span: span.start)
        if at == 0 or start >= off[at - 1].end:
            parts.setdefault(at, []).append((start, end))
    for part in parts.values():
        yield Block(part[0][0], part[-1][1], part, block.kind, block.joins)
