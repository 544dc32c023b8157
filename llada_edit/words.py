"""What counts as a word to a user who points at one. Pure text; what a model counts as a word is not known here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from llada_edit.holes import Span

_JOINED = "['\u2019\u200c\u200d-]\\w+"
_BEGUN = re.compile(rf"\w+(?:{_JOINED})*")
_GOING_ON = re.compile(rf"\w*(?:{_JOINED})*")


def words_in(text: str, within: Span | None = None) -> Iterator[Span]:
    """The words of a text or a part of it: letters, digits and underscores; apostrophes, hyphens and joiners inside.

    A letter keeps its combining marks, which `re` does not count among letters: most words of Hindi have some.
    """
    part = within or Span(0, len(text))
    end = part.start
    while found := _BEGUN.search(text, end, part.end):
        end = found.end()
        while end < part.end and unicodedata.category(text[end])[0] == "M":
            rest = _GOING_ON.match(text, end + 1, part.end)
            end = rest.end() if rest else end + 1
        yield Span(found.start(), end)


def is_word(text: str) -> bool:
    """Whether a text is one word and nothing else."""
    return next(words_in(text), None) == Span(0, len(text))


def word_at(text: str, offset: int, within: Span | None = None) -> Span | None:
    """The word that an offset is in or next to, the left one of two; `within` is the part looked at, such as a line."""
    for word in words_in(text, within):
        if word.start <= offset <= word.end:
            return word
        if word.start > offset:
            break
    return None
