"""SubRip and WebVTT: the words of each cue; numbers, times, settings, tags, notes and styles stay.

Line breaks inside a cue are protected: they say how the words are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.errors import DocumentError
from llada_edit.formats.inline import FIXED
from llada_edit.formats.plain import paragraphs
from llada_edit.formats.text import BOM, Block, TextProse, decode, prose
from llada_edit.holes import Span

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}")
_TAGS = re.compile(FIXED.pattern + r"|<[^<>\r\n]{0,200}>|\{\\[^{}\r\n]{0,200}\}|&#?[A-Za-z0-9]{1,40};|-->|\\[Nnh]")


@dataclass(frozen=True, slots=True)
class Subtitles:
    """Cues with times."""

    name: str
    suffixes: tuple[str, ...]
    language_ids: tuple[str, ...]

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8, or a file without a cue, are a `DocumentError`."""
        text = decode(data)
        blocks, events, notes = [], [], []
        for group in paragraphs(text):
            times = [index for index, line in enumerate(group[:2]) if _CUE.match(text, *line)]
            events.append("cue" if times else "other")
            if times and len(group) > times[0] + 1:
                words = group[times[0] + 1 :]
                blocks.append(Block(words[0][0], words[-1][1], words, "caption", joins=False))
            elif text.startswith("NOTE", group[0][0]):
                notes.append(Span(group[0][0], group[-1][1]))
        if "cue" not in events and text.strip(f"{BOM} \t\r\n"):
            raise DocumentError("the file has no cue with a time such as 00:00:01,000 --> 00:00:02,000")
        return prose(text, blocks, events, notes, _TAGS)


def srt() -> Subtitles:
    """SubRip."""
    return Subtitles("srt", (".srt",), ("srt", "subrip"))


def vtt() -> Subtitles:
    """WebVTT."""
    return Subtitles("vtt", (".vtt",), ("vtt", "webvtt"))
