"""Which signs a fill may not bring into the text around it: markup that does not stand there, and pairs left open.

Pure text, for whatever format the text is in: what is markup is told by the signs alone, and HTML and TeX by their tags
and commands. Knows neither tokens nor what a user asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

BEFORE, AFTER = 2000, 1000
"""Characters on both sides that are looked at."""
MARKUP = "<>{}[]\\*_`$|#~^"
"""Signs that a fill brings only where they stand around it already."""
PAIRS = '()"\u201c\u201d\u00ab\u00bb\u201e'
"""Signs of prose that a fill may bring as long as none is left open."""
OPENERS = "#>|`~=+-*:\u2022"
"""Signs that make a heading, a quotation, a table, a fence or a list of a line that begins with them."""

_BRACKETS = ("()", "[]", "{}", "\u201c\u201d", "\u00ab\u00bb")
_TWINS = '"`$*_~'
_TAG = re.compile(r"</[a-zA-Z][\w:-]*\s*>|<[a-zA-Z][\w:-]*(?:\s[^<>\n]*)?/?>")
_COMMAND = re.compile(r"\\(?:begin|end|documentclass|usepackage|[a-zA-Z]+\*?\{)")
_LINE = re.compile(r"[ \t]*(?:(?:>|[-+*\u2022]|\d+[.)]|#+)[ \t]+)*")
_ITEM = re.compile(r"[ \t]*(?:[-+*\u2022]|\d+[.)])[ \t]")
_BLOCK = re.compile(r"\s*(?:[#>|`~=+*:\u2022-]|\d+[.)](?:\s|$))")
_BULLET = re.compile(r"^[ \t]*[*\u2022][ \t]", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n|\r[ \t]*\r")
_QUOTE_OPENS = re.compile(r"(?<![^\W_])['\u2018](?=\w)")
_QUOTE_CLOSES = re.compile(r"(?<=[\w.,!?])['\u2019](?!\w)")


@dataclass(frozen=True, slots=True)
class Marks:
    """What may not stand in a hole; hashable, so that what tokens make of it is kept.

    Attributes:
        never: signs that may stand nowhere in it.
        opens: whether it begins a line that a sign could turn into a block.
        strict: whether what comes in pairs may not stand in it either, nor a number where it begins a line.
    """

    never: str
    opens: bool
    strict: bool = False

    @property
    def signs(self) -> str:
        """All signs that may stand nowhere in the hole."""
        return "".join(sorted({*self.never, *MARKUP, *PAIRS})) if self.strict else self.never


def marks_of(left: str, right: str) -> Marks:
    """What may not stand in a hole between two texts."""
    return _marks_of(left[-BEFORE:], right[:AFTER])


@lru_cache(maxsize=32)
def _marks_of(left: str, right: str) -> Marks:
    around = left + right
    shown = {sign for sign in MARKUP if sign in around}
    if _TAG.search(around):
        shown -= set("<>{}\\")
    if _COMMAND.search(around):
        shown -= set("<>{}\\#$_^~")
    never = {sign for sign in MARKUP if sign not in shown} | {"|"}
    if _TAG.search(around) or _COMMAND.search(around):
        never |= set("&%") if _COMMAND.search(around) else {"&"}
    return Marks("".join(sorted(never)), _begins_line(left) and not _in_list(left, right))


def sound(fill: str, left: str, right: str) -> bool:
    """Whether a fill closes all pairs of signs that it opens, and no others but those left open, and opens no block."""
    left, right = left[-BEFORE:], right[:AFTER]
    if _begins_line(left) and not _in_list(left, right) and _BLOCK.match(fill):
        return False
    before, after = _PARAGRAPH.split(left)[-1], _PARAGRAPH.split(right)[0]
    if any(not _even(sign, fill, before, after) for sign in _TWINS if sign in fill):
        return False
    if any(not _nested(pair, fill, before, after) for pair in _BRACKETS if pair[0] in fill or pair[1] in fill):
        return False
    return len(_QUOTE_OPENS.findall(fill)) == len(_QUOTE_CLOSES.findall(fill))


def _begins_line(left: str) -> bool:
    return _LINE.fullmatch(left[max(left.rfind("\n"), left.rfind("\r")) + 1 :]) is not None


def _in_list(left: str, right: str) -> bool:
    """Whether the line before or after is an item, and this one is none yet."""
    lines = left.splitlines() if left[-1:] in ("\n", "\r") else []
    following = right.splitlines()[1:2]
    return any(_ITEM.match(line) for line in (*lines[-1:], *(following if not left or lines else [])))


def _even(sign: str, fill: str, before: str, after: str) -> bool:
    """Whether as many of a sign that opens and closes stand in a fill as the text around leaves room for."""
    opened, closes = _count(sign, before) % 2, _count(sign, after) % 2
    count = _count(sign, fill)
    return count == 0 or (count % 2 == 1 if opened != closes else not opened and count % 2 == 0)


def _count(sign: str, text: str) -> int:
    """How often a sign stands in a text; markup signs in a row, as in ``**``, are one, and an item's star is none."""
    if sign in '"$':
        return text.count(sign)
    return len(re.findall(f"{re.escape(sign)}+", _BULLET.sub("", text)))


def _nested(pair: str, fill: str, before: str, after: str) -> bool:
    """Whether brackets in a fill close each other, or those that the text around leaves open."""
    (closed, opened), (late, early) = _left_over(pair, fill), (_left_over(pair, before)[1], _left_over(pair, after)[0])
    return closed <= max(0, late - early) and opened <= max(0, early - late)


def _left_over(pair: str, text: str) -> tuple[int, int]:
    """Closing brackets without an opening one before, and opening ones without a closing one behind."""
    closed = opened = 0
    for sign in text:
        if sign == pair[0]:
            opened += 1
        elif sign == pair[1]:
            closed, opened = (closed, opened - 1) if opened else (closed + 1, 0)
    return closed, opened
