"""How a fill meets the text on its left and right: whose the spaces are. Pure text, no tokens.

Subword models write a word together with the space before it. So the end of the left context is taken back into the
hole ("healed"): the first slot must begin with it again, and reading the fill cuts it off. The context itself is never
changed, and a fill adds no space where one stands already and leaves none out where words would run together.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_OPENING = "([{<\u201c\u2018\u00ab\u201e\u00bf\u00a1"
_PAIRED = '"*_`~|$'
_PARAGRAPH = re.compile(r"\n\s*\n|\r\s*\r")
_BULLET = re.compile(r"^[ \t]*\*[ \t]", re.MULTILINE)
_GLUE = "-\u2010\u2011/_@#\\"
_JOINERS = "-\u2010\u2011\u2013'\u2019/_@#\\"


@dataclass(frozen=True, slots=True)
class Seam:
    """Rules for the first and last slot of a hole.

    Attributes:
        healed: end of the left context that the first slot repeats: a space, part of a word, or nothing.
        leading_space: False where the fill must not begin with a space (start of a line, after an opening bracket).
        trailing: a space that belongs to the fill because a word follows directly, or nothing.
    """

    healed: str
    leading_space: bool
    trailing: str

    @property
    def mid_word(self) -> bool:
        """True where the first slot goes on with a word that has begun."""
        return bool(self.healed) and self.healed != " "


def find_seam(left: str, right: str) -> Seam:
    """The seam of a hole between two texts."""
    before, after = left[-1:], right[:1]
    trailing = " " if _needs_space(left, right) else ""
    if not before or before in "\n\r\u2028\u2029\f\v\ufeff":
        return Seam("", False, trailing)
    if before == " ":
        return Seam(" ", False, trailing)
    if before.isspace() or before in _OPENING or (before in _PAIRED and _opens(left)):
        return Seam("", False, trailing)
    if before in _GLUE:
        return Seam("", False, trailing)
    if is_word(before):
        return Seam(_last_word(left), True, "" if is_word(after) else trailing)
    return Seam("", True, trailing)


def is_word(char: str) -> bool:
    """True for a letter, digit or mark: something that a neighbour would run together with."""
    return bool(char) and unicodedata.category(char)[0] in "LNM" and not _is_unspaced(char)


def _needs_space(left: str, right: str) -> bool:
    after, before = right[:1], left[-1:]
    if before and (before in _JOINERS or _is_unspaced(before)):
        return False
    if is_word(after):
        return not is_word(before)
    opens = after in _OPENING or (after in _PAIRED and _opens(left + after))
    return bool(after) and opens and (not before or before.isspace())


def _opens(text: str) -> bool:
    """Whether the quote or markup sign at the end of `text` opens: an odd number of them in its paragraph.

    Markup signs in a row, as in ``**``, are one; the star of a list item is none.
    """
    sign, paragraph = text[-1], _PARAGRAPH.split(text)[-1]
    if sign in '"|$':
        return paragraph.count(sign) % 2 == 1
    return len(re.findall(f"{re.escape(sign)}+", _BULLET.sub("", paragraph))) % 2 == 1


def _last_word(text: str) -> str:
    start = len(text)
    while start > 0 and is_word(text[start - 1]):
        start -= 1
    if start > 0 and text[start - 1] == " ":
        start -= 1
    return text[start:]


def _is_unspaced(char: str) -> bool:
    """Scripts written without spaces: Chinese, Japanese, Thai, Lao, Khmer, Myanmar."""
    point = ord(char)
    return (
        0x0E00 <= point <= 0x0EFF
        or 0x1000 <= point <= 0x109F
        or 0x1780 <= point <= 0x17FF
        or (0x2E80 <= point <= 0x9FFF or 0xF900 <= point <= 0xFAFF or 0x20000 <= point <= 0x3FFFF)
    )
