"""Files whose visible text is not their bytes: strings with escapes, members of archives, values of columns.

The visible text is made of pieces, each with its place in a source; a change goes back to those places, escaped as the
source wants it. Knows neither XML nor JSON: an adapter gives the pieces, the escapes and the way to pack the sources.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from llada_edit.document import Change
from llada_edit.formats.base import Kind, Passage
from llada_edit.formats.inline import FIXED
from llada_edit.formats.text import Block, Within, to_passage
from llada_edit.holes import Span

SEPARATOR = "\n\n"
"""Stands between two passages of the visible text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Visible characters and where they come from.

    Attributes:
        text: what a reader sees: the same as in the source, or one character that is written in another way.
        start: first code point in the source.
        end: behind its last one.
        style: pieces that touch are edited as one where their styles are equal; None is protected.
    """

    text: str
    start: int
    end: int
    style: object = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    visible: int
    size: int
    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Swap:
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class MappedProse:
    """See `Prose`; made by `Mapping`."""

    text: str
    passages: tuple[Passage, ...]
    skeleton: tuple[str, ...]
    protected: tuple[str, ...]
    _mapping: Mapping

    def splice(self, changes: Iterable[Change]) -> bytes:
        """The file with editable spans replaced; all that is not touched keeps its bytes."""
        within = Within(self.passages)
        ordered = within.ordered(self.text, changes)
        return self._mapping.splice([(change, within.around(change.span) or change.span) for change in ordered])


@dataclass(slots=True)
class Mapping:
    """Builds a `MappedProse`.

    Attributes:
        sources: the texts that the pieces come from.
        escape: new text as it is written in a source, by the index of the source.
        pack: the file for the sources after a change; those that are equal to the old ones were not changed.
        fixed: strings that are carved out of the visible text.
    """

    sources: Sequence[str]
    escape: Callable[[int, str], str]
    pack: Callable[[list[str]], bytes]
    fixed: re.Pattern[str] = FIXED
    _text: list[str] = field(default_factory=list)
    _length: int = 0
    _passages: list[Passage] = field(default_factory=list)
    _placed: list[_Placed] = field(default_factory=list)

    def add(self, source: int, pieces: Sequence[Piece], kind: Kind = "paragraph") -> None:
        """One block of prose; a block without editable letters is left out."""
        size = sum(len(piece.text) for piece in pieces)
        self.add_blocks(source, pieces, [Block(0, size, _free(pieces), kind, joins=False)])

    def add_blocks(self, source: int, pieces: Sequence[Piece], blocks: Sequence[Block]) -> None:
        """Several blocks in one visible text, such as a cell of a notebook; offsets count from its beginning."""
        visible = "".join(piece.text for piece in pieces)
        base = self._length + (len(SEPARATOR) if self._text else 0)
        found = [passage for block in blocks if (passage := to_passage(visible, block, self.fixed))]
        if not found:
            return
        if self._text:
            self._text.append(SEPARATOR)
        at = base
        for piece in filter(lambda piece: piece.text, pieces):
            self._placed.append(_Placed(at, len(piece.text), source, piece.start, piece.end))
            at += len(piece.text)
        self._text.append(visible)
        self._length = at
        self._passages += [_moved(passage, base) for passage in found]

    def prose(self, structure: Iterable[str] = ()) -> MappedProse:
        """What an adapter returns; `structure` is what else must stay, besides the sources without their prose."""
        text = "".join(self._text)
        protected = [
            text[left.end : right.start]
            for passage in self._passages
            for left, right in zip(passage.editable, passage.editable[1:], strict=False)
        ]
        kinds = (f"{passage.kind} {len(passage.editable)}" for passage in self._passages)
        skeleton = (*structure, *kinds, *self._without_prose())
        return MappedProse(text, tuple(self._passages), skeleton, tuple(protected), self)

    def splice(self, changes: Sequence[tuple[Change, Span]]) -> bytes:
        """The file after changes, which are in order, each with the editable span around it."""
        swaps: list[list[_Swap]] = [[] for _ in self.sources]
        for change, around in changes:
            for source, swap in self._swaps(change.span, change.text, around):
                swaps[source].append(swap)
        return self.pack([_replaced(old, new) for old, new in zip(self.sources, swaps, strict=True)])

    def _swaps(self, span: Span, text: str, around: Span) -> list[tuple[int, _Swap]]:
        """The changes of the sources for one change of the visible text: all new text goes to its first piece."""
        first = bisect_right(self._placed, span.start, key=lambda piece: piece.visible) - 1
        if len(span) == 0 and self._placed[first].visible == span.start > around.start:
            first -= 1  # an insertion belongs to what stands before it
        last = max(first, bisect_left(self._placed, span.end, key=lambda piece: piece.visible) - 1)
        found: list[tuple[int, _Swap]] = []
        for piece in self._placed[first : last + 1]:
            low = max(0, span.start - piece.visible)
            high = min(piece.size, span.end - piece.visible)
            place = Span(piece.start + low, piece.start + high) if piece.end - piece.start == piece.size else None
            if place is None:  # one character that is written as several
                place = Span(piece.start if low == 0 else piece.end, piece.end if high else piece.start)
            found.append((piece.source, _Swap(place, self.escape(piece.source, text) if not found else "")))
        return found

    def _without_prose(self) -> list[str]:
        """What is left of each source without its editable characters."""
        swaps: list[list[_Swap]] = [[] for _ in self.sources]
        for passage in self._passages:
            for span in passage.editable:
                for source, swap in self._swaps(span, "", span):
                    swaps[source].append(swap)
        return [_replaced(old, new) for old, new in zip(self.sources, swaps, strict=True)]


def _replaced(source: str, swaps: list[_Swap]) -> str:
    pieces, done = [], 0
    for swap in sorted(swaps, key=lambda swap: swap.span):
        pieces += [source[done : swap.span.start], swap.text]
        done = max(done, swap.span.end)
    return "".join([*pieces, source[done:]])


def _free(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """The ranges of pieces that touch and look alike.

    They are kept apart by their borders, though nothing stands between them.
    """
    ranges: list[tuple[int, int]] = []
    at = 0
    before: Piece | None = None
    for piece in pieces:
        end = at + len(piece.text)
        if piece.style is not None and end > at:
            if before is not None and before.style == piece.style and ranges and ranges[-1][1] == at:
                ranges[-1] = ranges[-1][0], end
            else:
                ranges.append((at, end))
        before, at = piece, end
    return ranges


def _moved(passage: Passage, by: int) -> Passage:
    editable = tuple(Span(span.start + by, span.end + by) for span in passage.editable)
    return Passage(Span(passage.span.start + by, passage.span.end + by), editable, passage.kind)
