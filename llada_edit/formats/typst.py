"""Typst: headings, paragraphs and lists in markup mode; code, mathematics, raw text and labels stay.

An own scanner in one pass, since no grammar of Typst is packaged. Content blocks of calls (``#strong[text]``) are
protected with the call; a paragraph inside ``#figure(caption: [...])`` is not seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.collect import Collector
from llada_edit.formats.inline import words
from llada_edit.formats.text import TextProse, decode, prose
from llada_edit.holes import Span

_TOKEN = re.compile(
    r"(?P<comment>//[^\r\n]*|/\*[\s\S]*?(?:\*/|\Z))"
    r"|(?P<raw>`+)"
    r"|(?P<blank>(?:\r\n|\r|\n)[ \t]*(?:(?:\r\n|\r|\n)[ \t]*)+)"
    r"|(?P<break>(?:\r\n|\r|\n)[ \t]*)"
    r"|(?P<code>#)"
    r"|(?P<math>\$)"
    r"|(?P<atom>\\[^\r\n]|\\|https?://[^\s\[\]]+|@[\w:.-]+|<[\w:.-]+>|[*_~\[\]<>]|---?|\.\.\.)"
    r"|(?P<text>[^/`\r\n#$\\@<>*_~\[\]h.-]+|.)",
)
_HEAD = re.compile(r"(?P<heading>=+[ \t]+)|(?P<item>(?:[-+]|\d{1,4}\.)[ \t]+|/[ \t]+[^:\r\n]{1,200}:[ \t]+)")
_IDENTIFIER = re.compile(r"[\w-]*(?:\.[A-Za-z_][\w-]*)*")
_STATEMENT = words("let set show import include if else for while return context")
_BRACKET = re.compile(r"""[()\[\]{}]|"(?:[^"\\]|\\.)*+"|//[^\r\n]*|\\.""", re.DOTALL)
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Typst:
    """Typst documents."""

    name: str = "typst"
    suffixes: tuple[str, ...] = (".typ",)
    language_ids: tuple[str, ...] = ("typst",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        scanner = _Scanner(text)
        scanner.run()
        return prose(text, scanner.out.blocks, (), scanner.comments)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.out = Collector()
        self.comments: list[Span] = []

    def run(self) -> None:
        at = self._line(0)
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            assert found is not None  # the last branch takes any character but a break, which has its own
            at = self._token(found.lastgroup or "text", found)
        self.out.flush()

    def _token(self, kind: str, found: re.Match[str]) -> int:
        start, end = found.span()
        match kind:
            case "text":
                self.out.free(start, end)
                return end
            case "blank":
                self.out.flush()
                return self._line(end)
            case "break":
                if self.out.kind == "heading":
                    self.out.flush()
                return self._line(end)
            case "comment":
                self.comments.append(Span(start, end))
            case "raw":
                end = self._raw(found[0], end)
            case "math":
                close = re.compile(r"(?<!\\)\$").search(self.text, end)
                end = close.end() if close else len(self.text)
            case "code":
                end = self._code(end)
            case _:
                pass
        self.out.atom(start, end)
        return end

    def _line(self, at: int) -> int:
        """Behind the marker of a heading or an item at the beginning of a line."""
        found = _HEAD.match(self.text, at)
        if found is None:
            return at
        self.out.flush("heading" if found["heading"] else "item")
        return found.end()

    def _raw(self, ticks: str, at: int) -> int:
        if len(ticks) == 2:
            return at
        for found in _BACKTICKS.finditer(self.text, at):
            if len(found[0]) >= len(ticks):
                return found.start() + len(ticks)
        return len(self.text)

    def _code(self, at: int) -> int:
        """Behind an expression or a statement; brackets are followed to their end, wherever that is."""
        found = _IDENTIFIER.match(self.text, at)
        end = found.end() if found else at
        if found and found[0] in _STATEMENT:
            return self._statement(end)
        while self.text[end : end + 1] in ("(", "[", "{") and end < len(self.text):
            end = self._bracket(end)
            more = re.compile(r"\.[A-Za-z_][\w-]*").match(self.text, end)
            end = more.end() if more else end
        return end

    def _statement(self, at: int) -> int:
        """To the end of the line, or of the last bracket that is opened on it."""
        for found in re.compile(r"[\r\n;]|[(\[{]").finditer(self.text, at):
            if found.start() < at:
                continue
            if found[0] in "\r\n;":
                return found.start()
            at = self._bracket(found.start())
        return len(self.text)

    def _bracket(self, at: int) -> int:
        depth = 0
        for found in _BRACKET.finditer(self.text, at):
            depth += (found[0] in "([{") - (found[0] in ")]}")
            if depth <= 0 and found[0] in ")]}":
                return found.end()
        return len(self.text)
