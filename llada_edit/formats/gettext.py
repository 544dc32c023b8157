r"""PO: the translations (``msgstr``) of messages; comments, contexts and the messages themselves stay.

Escapes are protected, the break ``\n`` among them. Fuzzy and obsolete messages and the header are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import FIXED
from llada_edit.formats.plain import lines
from llada_edit.formats.text import BOM, Block, TextProse, decode, prose
from llada_edit.holes import Span

_LINE = re.compile(r'[ \t]*(?P<word>msg(?:ctxt|id_plural|id|str(?:\[\d+\])?)[ \t]*)?"(?P<text>(?:[^"\\]|\\.)*+)"[ \t]*')
_PO = re.compile(
    FIXED.pattern + r'|\\(?:x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)|["\\]|</?[A-Za-z][^<>]{0,200}>|&#?\w{1,40};|_(?=\w)'
)


@dataclass(slots=True)
class _Message:
    word: str = ""
    fuzzy: bool = False
    source: bool = False  # whether its msgid has text; that of the header has none
    parts: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Po:
    """Translations of gettext."""

    name: str = "po"
    suffixes: tuple[str, ...] = (".po",)
    language_ids: tuple[str, ...] = ("po", "gettext")

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8, or a line that PO does not have, are a `DocumentError`."""
        text = decode(data)
        blocks: list[Block] = []
        events: list[str] = []
        comments: list[Span] = []
        message = _Message()
        for number, (start, end) in enumerate(lines(text, int(text.startswith(BOM))), 1):
            line = text[start:end]
            if not line.strip() or line.startswith("#"):
                _flush(message, blocks)
                message = _Message(fuzzy=(message.fuzzy and bool(line)) or (line.startswith("#,") and "fuzzy" in line))
                comments.append(Span(start, end))
                continue
            found = _LINE.fullmatch(text, start, end)
            if found is None:
                raise DocumentError(f"line {number} is none of PO: {line[:40]!r}; check it with msgfmt")
            events.append(found["word"] or "")
            _take(message, found, blocks)
        _flush(message, blocks)
        return prose(text, blocks, events, comments, _PO)


def _take(message: _Message, found: re.Match[str], blocks: list[Block]) -> None:
    if found["word"]:
        _flush(message, blocks)
        message.word = found["word"].strip()
        message.source &= message.word != "msgctxt"
    if message.word == "msgid" and found["text"]:
        message.source = True
    if message.word.startswith("msgstr") and message.source and not message.fuzzy:
        message.parts.append(found.span("text"))


def _flush(message: _Message, blocks: list[Block]) -> None:
    if message.parts:
        blocks.append(Block(message.parts[0][0], message.parts[-1][1], tuple(message.parts), "string", joins=False))
        message.parts = []
