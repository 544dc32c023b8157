"""Plain text: paragraphs between empty lines. No markup is known, so only the common placeholders are protected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llada_edit.formats.text import Block, TextProse, decode, prose

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def lines(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """The lines of a range, without their breaks, as start and end; the break is CRLF, CR or LF and nothing else."""
    end = len(text) if end is None else end
    while start < end:
        found = LINE.match(text, start, end)
        stop = found.end() if found else end
        content = stop
        while content > start and text[content - 1] in "\r\n":
            content -= 1
        yield start, content
        start = stop


def paragraphs(text: str) -> Iterator[list[tuple[int, int]]]:
    """The lines of each paragraph; blank lines part them."""
    group: list[tuple[int, int]] = []
    for start, end in lines(text):
        if text[start:end].strip():
            group.append((start, end))
        elif group:
            yield group
            group = []
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class Plain:
    """Text without markup."""

    name: str = "text"
    suffixes: tuple[str, ...] = (".txt", ".text")
    language_ids: tuple[str, ...] = ("plaintext",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        return prose(text, (Block(group[0][0], group[-1][1], group) for group in paragraphs(text)))
