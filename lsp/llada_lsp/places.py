"""Places in a text: words, phrases, sentences, paragraphs, and the holes near them. Plain text, no protocol."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from llada_edit.document import Document
from llada_edit.holes import Hole, Span
from llada_edit.markup import MarkupError, find_holes
from llada_edit.seams import is_word
from llada_edit.words import word_at as word_at

_BREAK = r"(?:\r\n|\r(?!\n)|\n)"
_BLANK_LINE = re.compile(rf"{_BREAK}[ \t]*{_BREAK}")
# A sentence ends after its closing quotes; an abbreviation such as "e.g." goes on in lower case.
_SENTENCE_END = re.compile(
    r"[.!?\u2026]+[\"'\u2019\u201d)\]*_]*(?=\s+[^\sa-z]|\s*$)|[\u3002\uff01\uff1f]+[\u300d\u300f\uff09]*"
)
_CLOSING = {")": "(", "]": "[", "}": "{", "\u201d": "\u201c"}
_PAIRED = re.compile(r"[()\[\]{}\u201c\u201d]")
_TWICE = '"`*$'
_APOSTROPHES = ("'", "\u2019")
_LAST_WORD = re.compile(r"\w+\Z")
LONGEST_WORD = 64
"""Characters of a word that are looked at."""
SHORT = 3
"""Letters of a word that counts as finished wherever it stands: to guess what begins so is of no use."""
_PHRASE_END = re.compile(r"[,;:\u2013\u2014()\u3001]+")


def hole_at(holes: Sequence[Hole], offset: int) -> Hole | None:
    """The hole whose markup an offset is in or next to."""
    return next((hole for hole in holes if hole.span.start <= offset <= hole.span.end), None)


def goes_on(text: str, offset: int) -> bool:
    """Whether an offset is inside a word, with letters on both sides; an apostrophe belongs to its word."""
    left, right = text[max(0, offset - 2) : offset], text[offset : offset + 2]
    left, right = left[:-1] if left[-1:] in _APOSTROPHES else left, right[1:] if right[:1] in _APOSTROPHES else right
    return is_word(left[-1:]) and is_word(right[:1])


def finished_word(text: str, offset: int) -> bool:
    """Whether a word that nobody is still typing ends at an offset: a short one, or one that stands elsewhere as well.

    Nobody can know; a word of which only the beginning is typed rarely stands elsewhere in the text.
    """
    found = _LAST_WORD.search(text, max(0, offset - LONGEST_WORD), offset)
    if found is None or not is_word(text[offset - 1]):  # scripts without blanks have no ends of words
        return False
    word = found[0]
    if len(word) <= SHORT:
        return True
    other = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    return any(one.end() != offset for one in other.finditer(text))


def paragraph_of(text: str, span: Span) -> Span:
    """The text around a span up to the nearest blank lines."""
    start = max((found.end() for found in _BLANK_LINE.finditer(text, 0, span.start)), default=0)
    after = _BLANK_LINE.search(text, span.end)
    return Span(start, after.start() if after else len(text))


def sentence_of(text: str, span: Span, within: Span) -> Span:
    """The sentences that a span touches, without blanks at their ends.

    Args:
        text: any text.
        span: a selection, or a place.
        within: their paragraph.
    """
    return _between(_SENTENCE_END, text, span, within)


def phrase_of(text: str, span: Span, within: Span) -> Span:
    """The part of a sentence between commas, dashes and brackets that a span touches."""
    return _between(_PHRASE_END, text, span, within)


def _between(end: re.Pattern[str], text: str, span: Span, within: Span) -> Span:
    borders = [found.end() for found in end.finditer(text, within.start, within.end)]
    start = max((border for border in borders if border <= span.start and border < within.end), default=within.start)
    if start == span.start == span.end and start > within.start and not text[start : start + 1].strip():
        # Right after a full stop, what has just been read is meant.
        start = max((border for border in borders if border < span.start), default=within.start)
    after = min((border for border in borders if border >= max(span.end, start + 1)), default=within.end)
    return trimmed(text, Span(start, after))


def meant(text: str, selection: Span, line: Span) -> Span:
    """A selection as it is meant: one character that is no word is a place, for the cursor of Helix is one selected.

    Args:
        text: any text.
        selection: what the client says.
        line: the lines that it touches.
    """
    if len(unicodedata.normalize("NFC", selection.of(text))) != 1 or word_at(text, selection.start, line) == selection:
        return selection
    return Span(selection.start, selection.start)


def trimmed(text: str, span: Span) -> Span:
    """A span without the blanks at its ends."""
    inside = span.of(text)
    start = span.start + len(inside) - len(inside.lstrip())
    return Span(start, start + len(inside.strip()))


def several_paragraphs(text: str, span: Span) -> bool:
    """Whether a blank line stands in a span."""
    return _BLANK_LINE.search(span.of(text).strip()) is not None


def open_signs(text: str) -> int:
    """How many brackets, quotes and marks of markup have no partner in a text."""
    waiting, alone = list[str](), 0
    for sign in _PAIRED.findall(text):
        if sign in _CLOSING.values():
            waiting.append(sign)
        elif waiting and waiting[-1] == _CLOSING[sign]:
            waiting.pop()
        else:
            alone += 1
    return alone + len(waiting) + sum(text.count(sign) % 2 for sign in _TWICE)


def document_for(text: str, spans: Sequence[Span], holes: Sequence[Hole]) -> Document:
    """The document in which spans are filled, with all other holes of their paragraphs: these are not context.

    Raises:
        DocumentError: a span overlaps a hole that it is not, or another span.
    """
    marked = {hole.span: hole for hole in holes}
    around = [paragraph_of(text, span) for span in spans]
    wanted = {span: marked.get(span, Hole(span)) for span in spans}
    for hole in holes:
        if any(place.start <= hole.span.start and hole.span.end <= place.end for place in around):
            wanted.setdefault(hole.span, hole)
    return Document(text, tuple(sorted(wanted.values(), key=lambda hole: hole.span)))


@lru_cache(maxsize=8)
def holes_of(text: str, marker: str) -> tuple[tuple[Hole, ...], tuple[MarkupError, ...]]:
    """The holes that can be filled, and all that is wrong with hole markup; remembered for the last texts.

    A hole whose name is taken is filled all the same, as one without a name.
    """
    holes, problems = find_holes(text, marker)
    known = [*holes, *(problem.hole for problem in problems if problem.hole is not None)]
    return tuple(sorted(known, key=lambda hole: hole.span)), problems
