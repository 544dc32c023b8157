"""Where a text may be cut without splitting what a reader sees as one character.

An approximation of the grapheme clusters of Unicode Standard Annex 29 from below: a place that is called free is a
grapheme border, a few borders (between flags, for one) are not called free. Looks at two neighbours only, so it is
linear on any text.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ZWJ = "\u200d"
_VIRAMA = 9  # canonical combining class of the signs that join Indic consonants


@lru_cache(maxsize=4096)
def _extends(c: str) -> bool:
    """Whether a sign belongs to the one before it: marks, joiners, skin tones, vowels and finals of Hangul, tags."""
    return (
        unicodedata.category(c).startswith("M")
        or c in "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f"
        or "\u1160" <= c <= "\u11ff"
        or "\ud7b0" <= c <= "\ud7fb"
        or "\U0001f3fb" <= c <= "\U0001f3ff"
        or "\U000e0020" <= c <= "\U000e007f"
    )


@lru_cache(maxsize=4096)
def _prepends(c: str) -> bool:
    """Whether a sign may hold on to the one after it: number signs of Arabic, joiners, viramas, initials of Hangul."""
    return (
        c == _ZWJ
        or unicodedata.combining(c) == _VIRAMA
        or "\u1100" <= c <= "\u115f"
        or "\ua960" <= c <= "\ua97c"
        or (unicodedata.category(c) == "Cf" and c not in "\u200b\u200c\u200e\u200f\ufeff\u2060")
        or c in "\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011d46\U00011f02"
    )


def _conjunct(text: str, at: int) -> bool:
    """Indic: consonant, virama, then more marks, then a consonant; the marks hide the virama from a look at one."""
    return unicodedata.category(text[at]) == "Lo" and _extends(text[at - 1]) and text[at - 1] >= "\u0900"


def free(text: str, at: int) -> bool:
    """Whether the place before ``text[at]`` surely is a grapheme border; both ends of the text are."""
    if at <= 0 or at >= len(text):
        return True
    left, right = text[at - 1], text[at]
    if "Cn" in (unicodedata.category(left), unicodedata.category(right)):
        return False  # a newer Unicode than Python's may have made it a mark
    if left.isascii() and right.isascii():
        return not (left == "\r" and right == "\n")
    if "\U0001f1e6" <= left <= "\U0001f1ff" and "\U0001f1e6" <= right <= "\U0001f1ff":
        return False
    return not (_extends(right) or _prepends(left) or _conjunct(text, at))


def shrink(text: str, start: int, end: int) -> tuple[int, int]:
    """The largest range inside ``start``-``end`` with free ends; empty where there is none."""
    while start < end and not free(text, start):
        start += 1
    while end > start and not free(text, end):
        end -= 1
    return start, end
