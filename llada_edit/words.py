"""What counts as a word to a user who points at one. Pure text; what a model counts as a word is not known here."""

from __future__ import annotations

import re

from llada_edit.holes import Span

WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
"""Letters, digits and underscores; apostrophes and hyphens inside."""


def word_at(text: str, offset: int, within: Span | None = None) -> Span | None:
    """The word that an offset is in or next to, the left one of two; `within` is the part looked at, such as a line."""
    part = within or Span(0, len(text))
    for found in WORD.finditer(text, part.start, part.end):
        if found.start() <= offset <= found.end():
            return Span(*found.span())
    return None
