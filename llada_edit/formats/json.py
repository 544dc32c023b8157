"""JSON and JSON Lines: the string values that hold prose; keys, numbers and the layout of the file stay.

Where no fields are named, a value is prose if it has at least `PROSE_WORDS` words, mostly letters, and its key does not
speak of identifiers. Values are plain text: code in back quotes and tags are protected, other markup is not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import FIXED
from llada_edit.formats.mapped import MappedProse, Mapping, Piece
from llada_edit.formats.plain import lines, paragraphs
from llada_edit.formats.tables import PROSE_WORDS, looks_like_prose
from llada_edit.formats.text import BOM, Block, decode, encode

Path = tuple[str | int, ...]
"""Keys and places from the outermost value to a string; the first number of a line file is its line."""

_TOKEN = re.compile(r'[ \t\r\n]*+(?:(?P<string>"(?:[^"\\]|\\.)*+")|(?P<mark>[{}\[\],:])|(?P<value>[-+\w.]+))')
_PART = re.compile(r'\\u[dD][89aAbB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\.|[^\\"]+')
_TECHNICAL = re.compile(
    r"(?i)(?:^|_|-)(?:id|ids|key|url|uri|href|src|path|file|type|code|hash|sha\d*|date|regex|query|sql|html|css|command|pattern|version|license)$"
)
_FIXED = re.compile(FIXED.pattern + r"|`[^`\r\n]{0,500}`|</?[A-Za-z][^<>]{0,500}>|&#?\w{1,40};")


@dataclass(frozen=True, slots=True)
class Value:
    """A string value.

    Attributes:
        path: where it is.
        start: behind its opening quote.
        end: before its closing one.
    """

    path: Path
    start: int
    end: int

    @property
    def key(self) -> str:
        """The last key on the way to it; empty where there is none."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")


@dataclass(frozen=True, slots=True)
class Json:
    """JSON values.

    Attributes:
        name: of the format.
        suffixes: of its files.
        by_line: whether each line is a value.
        fields: keys whose values are prose; empty for those that look like it.
        language_ids: none, since what is shown is not the file.
    """

    name: str
    suffixes: tuple[str, ...]
    by_line: bool = False
    fields: tuple[str, ...] = ()
    language_ids: tuple[str, ...] = ()

    def read(self, data: bytes) -> MappedProse:
        """Parse a file; bytes that are no UTF-8, or no JSON, are a `DocumentError`."""
        text = decode(data)
        check(text, self.by_line)
        mapping = Mapping([text], escape_for(text), lambda texts: encode(texts[0]), _FIXED)
        for value in values(text):
            pieces = pieces_of(text, value)
            shown = "".join(piece.text for piece in pieces)
            if self._is_prose(value.key, shown):
                mapping.add_blocks(0, pieces, [_block(group) for group in paragraphs(shown)])
        return mapping.prose()

    def _is_prose(self, key: str, shown: str) -> bool:
        if self.fields:
            return key in self.fields
        return len(shown) > PROSE_WORDS and not _TECHNICAL.search(key) and looks_like_prose([shown])


def _block(group: Sequence[tuple[int, int]]) -> Block:
    return Block(group[0][0], group[-1][1], group, "string")


def escape_for(text: str) -> Callable[[int, str], str]:
    """How new text is written in a file: as ASCII where the file is."""
    ascii_only = text.isascii()
    return lambda _, new: json.dumps(new, ensure_ascii=ascii_only)[1:-1]


def check(text: str, by_line: bool) -> None:
    """A text that is no JSON is a `DocumentError`."""
    text = text.removeprefix(BOM)
    try:
        for start, end in lines(text) if by_line else [(0, len(text))]:
            if not by_line or text[start:end].strip():
                json.loads(text[start:end])
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"the file is no JSON that can be read ({error}); repair it first") from error


def values(text: str) -> Iterator[Value]:
    """The string values of JSON that was checked, in order."""
    path: list[str | int] = []
    objects: list[bool] = []  # of each open container, whether it is an object
    at, is_key, top = int(text.startswith(BOM)), False, 0
    while found := _TOKEN.match(text, at):
        at = found.end()
        mark = found["mark"]
        if found["string"] and is_key:
            path[-1] = json.loads(found["string"])
            is_key = False
        elif found["string"]:
            start, end = found.span("string")
            yield Value((top, *path), start + 1, end - 1)
        elif mark and mark in "{[":
            objects.append(mark == "{")
            path.append("" if mark == "{" else 0)
            is_key = mark == "{"
        elif mark and mark in "}]":
            objects.pop()
            path.pop()
            is_key = False
        elif mark == ",":
            is_key = objects[-1]
            if not is_key:
                path[-1] = int(path[-1]) + 1
        if not objects and mark != ":":
            top += 1


def pieces_of(text: str, value: Value) -> list[Piece]:
    """What a reader sees of a string."""
    pieces = []
    for found in _PART.finditer(text, value.start, value.end):
        start, end = found.span()
        if found[0][0] != "\\":
            pieces.append(Piece(found[0], start, end))
            continue
        shown = json.loads(f'"{found[0]}"')
        lone = "\ud800" <= shown <= "\udfff"
        pieces.append(Piece("\ufffd" if lone else shown, start, end, None if lone else ""))
    return pieces


def single() -> Json:
    """JSON files."""
    return Json("json", (".json",))


def by_line() -> Json:
    """JSON Lines."""
    return Json("jsonl", (".jsonl", ".ndjson"), by_line=True)
