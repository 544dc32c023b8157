"""XML in exact code points: one reader on expat for every format that is made of it.

A profile says which elements are paragraphs, where their text stands and what is left alone; the reader gives pieces.
Refuses internal subsets of a DOCTYPE, entity declarations and encodings other than UTF-8, so nothing is ever expanded
or fetched. Nesting costs no recursion.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol
from xml.parsers import expat

from llada_edit.errors import DocumentError
from llada_edit.formats.base import Kind
from llada_edit.formats.inline import switched_off
from llada_edit.formats.mapped import Piece
from llada_edit.formats.text import BOM, Points, encode
from llada_edit.holes import Span

Role = Literal["paragraph", "inline", "run", "gap", "text", "style", "skip", "container", "unknown"]
"""What an element is: ``paragraph`` begins a block; ``inline`` is transparent, and text is not edited across its ends;
``run`` is transparent and looks as its ``style`` element tells; ``gap`` is an empty element that may be seen (a tab);
``text`` holds the characters of a run; ``skip`` is left out with all it has; a ``container`` holds other elements and
does nothing; ``unknown`` is a container outside paragraphs and left out inside them."""

_SHOWN = {"tab": "\t", "br": "\n", "line-break": "\n", "s": " ", "cr": "\n", "noBreakHyphen": "-"}
_SPACE = "http://www.w3.org/XML/1998/namespace space"


class Profile(Protocol):
    """How one XML language is read; may keep a state, a new one is made for each file."""

    mixed: bool
    """Whether characters stand in paragraphs directly; otherwise in ``text`` elements, which lose blanks at their ends
    unless ``xml:space`` keeps them."""

    def role(self, name: str, attributes: Mapping[str, str]) -> Role:
        """Of an element that begins, by its name (``namespace local``)."""
        ...

    def kind(self, name: str, attributes: Mapping[str, str]) -> Kind | Literal["code"] | None:
        """What an element says of the paragraph it begins or stands in; ``code`` leaves that out."""
        ...


@dataclass(frozen=True, slots=True)
class _Event:
    what: Literal["start", "end", "text", "comment", "other"]
    at: int  # byte
    value: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


def events(text: str) -> tuple[list[_Event], int]:
    """The tokens of an XML file and its size in bytes, byte-order mark excluded.

    Raises:
        DocumentError: not well-formed, or with declarations that are refused.
    """
    data = encode(text.removeprefix(BOM))
    parser = expat.ParserCreate(namespace_separator=" ")
    found: list[_Event] = []
    parser.buffer_text = False
    cdata = False

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append(_Event("start", parser.CurrentByteIndex, name, attributes))

    def end(name: str) -> None:
        found.append(_Event("end", parser.CurrentByteIndex, name))

    def characters(value: str) -> None:
        found.append(_Event("other" if cdata else "text", parser.CurrentByteIndex, value))

    def other(*_: object) -> None:
        found.append(_Event("other", parser.CurrentByteIndex))

    def comment(_: str) -> None:
        found.append(_Event("comment", parser.CurrentByteIndex))

    def section(begins: bool) -> Callable[[], None]:
        def mark() -> None:
            nonlocal cdata
            cdata = begins
            other()

        return mark

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.StartCdataSectionHandler, parser.EndCdataSectionHandler = section(True), section(False)
    parser.ProcessingInstructionHandler = parser.DefaultHandler = other
    parser.CommentHandler = comment
    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler, parser.EntityDeclHandler = _declaration, _doctype, _entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DocumentError(f"the XML is not well-formed ({error}); repair it first") from error
    return found, len(data)


def _declaration(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii", "utf8", "ascii"):
        raise DocumentError(f"the XML is encoded in {encoding}; convert it to UTF-8 first")


def _doctype(name: str, system: str | None, public: str | None, subset: int) -> None:
    if subset:
        raise DocumentError("the XML declares entities or elements of its own; files that do are not read, for safety")


def _entity(*_: object) -> None:
    raise DocumentError("the XML declares entities of its own; files that do are not read, for safety")


@dataclass(slots=True)
class _Open:
    """A paragraph that is being read; a text box may open another one inside it."""

    kind: Kind | Literal["code"] = "paragraph"
    pieces: list[Piece] = field(default_factory=list)


def paragraphs(text: str, profile: Profile) -> list[tuple[list[Piece], Kind]]:
    """The blocks of a file in order, with pieces in code points of the text; without those that are switched off."""
    reader = _Reader(text, profile)
    blocks = sorted(reader.run(), key=lambda block: block[0][0].start)
    off = switched_off(text, reader.comments)
    if not off:
        return blocks
    last = [bisect_right(off, pieces[0].start, key=lambda span: span.start) - 1 for pieces, _ in blocks]
    return [block for block, at in zip(blocks, last, strict=True) if at < 0 or block[0][0].start >= off[at].end]


class _Reader:
    def __init__(self, text: str, profile: Profile) -> None:
        self.text, self.profile = text, profile
        bom = text.startswith(BOM)
        self.points = Points(text[bom:], int(bom))
        self.roles: list[Role] = []
        self.skipped = 0  # open elements from the one that is left out
        self.paragraphs: list[_Open] = []
        self.inline: list[int] = []  # where each open inline element begins
        self.style = ""  # how the present run looks
        self.style_from = 0
        self.keeps = False  # whether the open text element keeps blanks at its ends
        self.first = 0  # its first piece
        self.comments: list[Span] = []

    def run(self) -> Iterator[tuple[list[Piece], Kind]]:
        found, size = events(self.text)
        for index, event in enumerate(found):
            start = self.points[event.at]
            end = self.points[found[index + 1].at if index + 1 < len(found) else size]
            if event.what == "comment":
                self.comments.append(Span(start, end))
            if event.what == "start":
                self._enter(event, start, end)
            elif event.what == "end":
                yield from self._leave(end)
            elif not self.skipped and self.paragraphs:
                self._characters(event, start, end)

    def _enter(self, event: _Event, start: int, end: int) -> None:
        if self.skipped:
            self.skipped += 1
            return
        role = self.profile.role(event.value, event.attributes)
        if role == "skip" or (role == "unknown" and self.paragraphs):
            self.skipped = 1
            return
        self.roles.append(role)
        if role == "paragraph":
            if self.paragraphs:  # what stands before it and after it is not one run of text
                self.paragraphs[-1].pieces.append(Piece("", start, start, None))
            self.paragraphs.append(_Open())
        elif role == "inline":
            self.inline.append(start)
        elif role == "run":
            self.style = ""
        elif role == "style":
            self.style_from = end
        elif role == "text" and self.paragraphs:
            self.keeps, self.first = event.attributes.get(_SPACE) == "preserve", len(self.paragraphs[-1].pieces)
        elif role == "gap" and self.paragraphs:
            shown = _SHOWN.get(event.value.rpartition(" ")[2], "")
            self.paragraphs[-1].pieces.append(Piece(shown, start, end, None))
        if self.paragraphs and (kind := self.profile.kind(event.value, event.attributes)):
            self.paragraphs[-1].kind = kind

    def _leave(self, end: int) -> Iterator[tuple[list[Piece], Kind]]:
        if self.skipped:
            self.skipped -= 1
            if not self.skipped and self.paragraphs:
                self.paragraphs[-1].pieces.append(Piece("", end, end, None))
            return
        role = self.roles.pop()
        if role == "paragraph":
            done = self.paragraphs.pop()
            if done.pieces and done.kind != "code":
                yield done.pieces, done.kind
        elif role == "inline":
            self.inline.pop()
        elif role == "style":
            self.style = self.text[self.style_from : end]
        elif role == "text" and not self.keeps and self.paragraphs:
            pieces = self.paragraphs[-1].pieces
            pieces[self.first :] = _without_ends(pieces[self.first :])

    def _characters(self, event: _Event, start: int, end: int) -> None:
        pieces = self.paragraphs[-1].pieces
        if not self.profile.mixed and self.roles[-1] != "text":
            return
        if event.what == "text" and (self.text[start:end] == event.value or (len(event.value) == 1 != end - start)):
            # A line break that is written in another way cannot be written back in the middle of new text.
            fixed = event.value == "\n" and self.text[start:end] != "\n"
            style = (*self.inline, self.style, len(self.paragraphs))
            pieces.append(Piece(event.value, start, end, None if fixed else style))
            return
        # Comments are not seen; CDATA sections and unknown entities are, as they are written.
        shown = event.value or (self.text[start:end] if self.text.startswith("&", start) else "")
        pieces.append(Piece(shown, start, end, None))


def _without_ends(pieces: list[Piece]) -> list[Piece]:
    """The same with blanks at both ends protected, since the reading program drops them."""
    if not pieces:
        return []
    head, *rest = pieces
    blank = len(head.text) - len(head.text.lstrip())
    if blank and head.end - head.start == len(head.text):
        rest = [Piece(head.text[blank:], head.start + blank, head.end, head.style), *rest]
        head = Piece(head.text[:blank], head.start, head.start + blank, None)
    *rest, tail = [head, *rest]
    blank = len(tail.text) - len(tail.text.rstrip())
    if blank and tail.end - tail.start == len(tail.text):
        rest = [*rest, Piece(tail.text[:-blank], tail.start, tail.end - blank, tail.style)]
        tail = Piece(tail.text[-blank:], tail.end - blank, tail.end, None)
    return [*rest, tail]


def escape(text: str) -> str:
    """Characters as they are written between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
