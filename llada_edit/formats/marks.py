"""Line-wise markup languages: what begins a line of prose, what ends a paragraph, and what a line holds besides prose.

One scanner for languages whose blocks are lines and whose inline markup is told by patterns; Org and Typst are made of
it. Knows no nesting beyond raw blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.base import Kind
from llada_edit.formats.collect import Collector
from llada_edit.formats.plain import lines
from llada_edit.formats.text import TextProse, prose
from llada_edit.holes import Span


@dataclass(frozen=True, slots=True)
class Marks:
    """A line-wise language.

    Attributes:
        raw: opening line of a block that is left out, to the line that its group ``close`` or `closing` tells.
        closing: from the match of `raw` to the pattern of the closing line.
        skipped: lines that are left out.
        comment: lines that are comments; they are left out too.
        heads: line beginnings that start a block of a kind; the match is protected.
        fixed: inline markup and placeholders.
    """

    raw: re.Pattern[str]
    closing: dict[str, str]
    skipped: re.Pattern[str]
    comment: re.Pattern[str]
    heads: tuple[tuple[re.Pattern[str], Kind], ...]
    fixed: re.Pattern[str]

    def read(self, text: str) -> TextProse:
        """The prose of a text."""
        out, comments = Collector(), []
        until: re.Pattern[str] | None = None
        for start, end in lines(text):
            if until is not None:
                until = None if until.match(text, start, end) else until
                continue
            opened = self.raw.match(text, start, end)
            if opened or self.skipped.match(text, start, end) or not text[start:end].strip():
                out.flush()
                if opened:
                    until = self._closing(opened)
                    until = None if until.search(text, opened.end(), end) else until
            elif self.comment.match(text, start, end):
                out.flush()
                comments.append(Span(start, end))
            else:
                self._line(text, start, end, out)
        out.flush()
        return prose(text, out.blocks, (), comments, self.fixed)

    def _closing(self, opened: re.Match[str]) -> re.Pattern[str]:
        name = opened.lastgroup or ""
        return re.compile(self.closing[name].replace("NAME", re.escape(opened[name])), re.IGNORECASE)

    def _line(self, text: str, start: int, end: int, out: Collector) -> None:
        for pattern, kind in self.heads:
            if found := pattern.match(text, start, end):
                out.flush(kind)
                out.free(found.end(), end)
                if kind == "heading":
                    out.flush()
                return
        out.free(start, end)
