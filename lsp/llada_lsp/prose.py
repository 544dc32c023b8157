"""Which parts of a document hold prose that may change, by its language id; plain paragraphs if nobody knows more."""

from __future__ import annotations

import re
from functools import lru_cache

from llada_edit.document import Span
from llada_edit.formats.base import Passage

_PARAGRAPH = re.compile(r"[^\s](?:[^\r\n]|(?:\r\n|\r|\n)(?![ \t]*(?:\r|\n|$)))*")


@lru_cache(maxsize=4)
def passages(text: str, language: str) -> tuple[Passage, ...]:
    """All prose of a text, in order."""
    del language
    found = []
    for match in _PARAGRAPH.finditer(text):
        span = Span(match.start(), match.start() + len(match[0].rstrip()))
        found.append(Passage(span, (span,)))
    return tuple(found)


def passage_at(text: str, language: str, span: Span) -> Passage | None:
    """The prose that a selection begins in."""
    return next((one for one in passages(text, language) if one.span.start <= span.start <= one.span.end), None)


def editable(text: str, language: str, span: Span) -> tuple[Span, ...]:
    """The parts of a span that may change; without markup, the span itself."""
    parts = []
    for passage in passages(text, language):
        for own in passage.editable:
            start, end = max(own.start, span.start), min(own.end, span.end)
            if start < end:
                parts.append(Span(start, end))
    return tuple(parts)
