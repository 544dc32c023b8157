"""Which parts of a document hold prose that may change, by its language id; plain paragraphs if nobody knows more.

A document that its format cannot read has no prose: it is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.formats import gate
from llada_edit.formats.base import Format, Passage, Prose
from llada_edit.formats.registry import format_for_language
from llada_edit.holes import Span

_PARAGRAPH = re.compile(r"[^\s](?:[^\r\n]|(?:\r\n|\r|\n)(?![ \t]*(?:\r|\n|$)))*")


@lru_cache(maxsize=4)
def _read(text: str, language: str) -> tuple[Format, Prose | None] | None:
    """A text as its format reads it (None where it cannot), or None where no format knows the language."""
    form = format_for_language(language)
    if form is None:
        return None
    try:
        prose = form.read(text.encode())
    except (DocumentError, UnicodeEncodeError):
        return form, None
    return form, prose if prose.text == text else None


def passages(text: str, language: str) -> tuple[Passage, ...]:
    """All prose of a text, in order."""
    read = _read(text, language)
    if read is not None:
        return read[1].passages if read[1] is not None else ()
    return _paragraphs(text)


@lru_cache(maxsize=4)
def _paragraphs(text: str) -> tuple[Passage, ...]:
    found = []
    for match in _PARAGRAPH.finditer(text):
        span = Span(match.start(), match.start() + len(match[0].rstrip()))
        found.append(Passage(span, (span,)))
    return tuple(found)


def passage_at(text: str, language: str, span: Span) -> Passage | None:
    """The prose that a selection begins in."""
    return next((one for one in passages(text, language) if one.span.start <= span.start <= one.span.end), None)


def section_at(text: str, language: str, offset: int) -> Span:
    """The text from the heading before a place to the next one, whatever their levels are; where none is, all of it."""
    headings = [_line_start(text, one.span.start) for one in passages(text, language) if one.kind == "heading"]
    start = max((heading for heading in headings if heading <= offset), default=0)
    return Span(start, min((heading for heading in headings if heading > offset), default=len(text)))


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind(sign, 0, offset) for sign in "\r\n") + 1


def editable(text: str, language: str, span: Span) -> tuple[Span, ...]:
    """The parts of a span that may change; without markup, the span itself."""
    parts = []
    for passage in passages(text, language):
        for own in passage.editable:
            start, end = max(own.start, span.start), min(own.end, span.end)
            if start < end:
                parts.append(Span(start, end))
    return tuple(parts)


def protected(text: str, language: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The parts of spans that may not change."""
    found = []
    for span in spans:
        at = span.start
        for part in editable(text, language, span):
            found += [Span(at, part.start)] if at < part.start else []
            at = part.end
        found += [Span(at, span.end)] if at < span.end else []
    return tuple(found)


def harmless(text: str, language: str, edits: Sequence[Edit]) -> Sequence[Edit]:
    """The edits that leave the structure and the protected strings of a text as they are."""
    read = _read(text, language)
    if read is None:
        return edits
    form, prose = read
    return () if prose is None else gate.keep(form, prose, edits).changes
