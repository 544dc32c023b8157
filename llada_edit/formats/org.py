"""Org: headlines, paragraphs, lists and quote blocks. Drawers, keywords, other blocks, tables and links stay.

By lines and patterns; the markers of emphasis are protected where they look like markers. Plain text that only looks
like markup is protected too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.inline import FIXED
from llada_edit.formats.marks import Marks
from llada_edit.formats.text import TextProse, decode

_INLINE = (
    r"\[\[[^\[\]\r\n]{1,500}\]\[|\]\]|\[\[[^\[\]\r\n]{1,500}\]\]",  # links; their description is prose
    r"[=~][^\s=~](?:[^=~\r\n]{0,300}[^\s=~])?[=~](?!\w)",  # verbatim and code
    r"\[fn:[^\[\]\r\n]{0,80}\]|\[cite[^\[\]\r\n]{0,300}\]",
    r"\$\$?[^$\r\n]{1,500}\$\$?|\\\([^\r\n]{0,500}?\\\)|\\\[[^\r\n]{0,500}?\\\]",
    r"\\[A-Za-z]{1,40}(?:\{[^{}\r\n]{0,300}\})*",
    r"[<\[]\d{4}-\d\d-\d\d[^>\]\r\n]{0,60}[>\]]",  # dates
    r"(?:src|call)_\w{1,40}(?:\[[^\]\r\n]{0,200}\])?\{[^}\r\n]{0,300}\}|@@[^@\r\n]{0,300}@@|<<<?[^<>\r\n]{1,100}>>>?",
    r"(?<!\w)[*/_+](?=\S)|(?<=\S)[*/_+](?!\w)|[\\~=]|\[\d*[/%]\d*\]|[ \t]+:[\w@#%:]{1,200}:[ \t]*$",
)
_MARKS = Marks(
    raw=re.compile(
        r"(?i)[ \t]*#\+begin_(?!(?:quote|verse|center|abstract)\b)(?P<block>\S{1,60})"
        r"|[ \t]*:(?P<drawer>[\w-]{1,60}):[ \t]*$|[ \t]*\\begin\{(?P<latex>[\w*]{1,60})\}"
    ),
    closing={"block": r"[ \t]*#\+end_NAME\b", "drawer": r"[ \t]*:end:[ \t]*$", "latex": r".*\\end\{NAME\}"},
    skipped=re.compile(
        r"(?i)[ \t]*(?:#\+(?!title:|subtitle:|caption:)\S|\||:(?: |$)|-{5,}[ \t]*$"
        r"|(?:scheduled|deadline|closed|clock):)|%%"
    ),
    comment=re.compile(r"[ \t]*#(?: |$)"),
    heads=(
        (
            re.compile(r"\*+[ \t]+(?:(?:TODO|DONE|NEXT|WAITING|HOLD|CANCELED|COMMENT)[ \t]+)?(?:\[#\w\][ \t]*)?"),
            "heading",
        ),
        (re.compile(r"(?i)[ \t]*#\+(?:sub)?title:[ \t]*"), "heading"),
        (re.compile(r"(?i)[ \t]*#\+caption(?:\[[^\]]*\])?:[ \t]*"), "caption"),
        (re.compile(r"[ \t]*(?:[-+]|\w{1,4}[.)])[ \t]+(?:\[[ xX-]\][ \t]+)?(?:.{1,80}?[ \t]::[ \t]+)?"), "item"),
        (re.compile(r"\[fn:[\w-]{1,60}\][ \t]*"), "paragraph"),
    ),
    fixed=re.compile("|".join([*_INLINE[:1], FIXED.pattern, *_INLINE[1:]]), re.MULTILINE),
)


@dataclass(frozen=True, slots=True)
class Org:
    """Org documents."""

    name: str = "org"
    suffixes: tuple[str, ...] = (".org",)
    language_ids: tuple[str, ...] = ("org",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        return _MARKS.read(decode(data))
