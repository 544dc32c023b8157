r"""LaTeX, denied by default: prose is what stands in named macros and environments, and everything else is protected.

An own scanner in one pass: no macro is expanded, no category code is followed, and a file that redefines the usual
characters is not understood. Mathematics, comments, ``\verb``, citations, references, tables and all unknown macros and
environments are protected with their arguments. Linear on hostile input; nesting costs no recursion.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.base import Kind
from llada_edit.formats.collect import Collector
from llada_edit.formats.latex_arguments import Arguments
from llada_edit.formats.latex_words import (
    BARE,
    BREAKS,
    DEFINITIONS,
    KINDS,
    PROSE_ENVIRONMENTS,
    PROSE_MACROS,
    QUOTES,
    RAW_ENVIRONMENTS,
    VERBATIM,
)
from llada_edit.formats.text import TextProse, decode, prose
from llada_edit.holes import Span

_TOKEN = re.compile(
    r"(?P<comment>%[^\r\n]*(?:\r\n|\r|\n|\Z)[ \t]*)"
    r"|\\(?P<edge>begin|end)[ \t]*\{(?P<name>[A-Za-z@*]{1,60})\}"
    r"|\\(?P<macro>[A-Za-z@]+)"
    r"|\\(?P<symbol>[^A-Za-z@]|\Z)"
    r"|(?P<blank>(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)\s*)"
    r"|(?P<math>\$\$?)"
    r"|(?P<brace>[{}])"
    r"|(?P<special>[&#_^~])"
    r"|(?P<text>(?:[^%\\$&#_^~{}\r\n]|(?:\r\n|\r|\n)(?![ \t]*[\r\n]))+|.)",
    re.DOTALL,
)
_ACCENTS = frozenset("'`^\"~=.")
_BODY = re.compile(r"\\begin[ \t]*\{document\}")


@dataclass(frozen=True, slots=True)
class Latex:
    """LaTeX documents and the parts that they include."""

    name: str = "latex"
    suffixes: tuple[str, ...] = (".tex", ".ltx", ".latex")
    language_ids: tuple[str, ...] = ("latex", "tex")

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        scanner = _Scanner(text)
        scanner.run()
        return prose(text, scanner.out.blocks, (), scanner.comments)


class _Scanner(Arguments):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.out = Collector()
        self.comments: list[Span] = []
        # Before its beginning, a document with a preamble has prose in its title alone.
        self.body = _BODY.search(text) is None
        # What the closing brace of each open group does: a block ends, or nothing happens.
        self.groups: list[bool] = []
        self.blocks = 0  # how many of them are blocks
        self.environments: list[str] = []

    def run(self) -> None:
        at = 0
        while at < len(self.text):
            found = _TOKEN.match(self.text, at)
            assert found is not None  # the last branch takes any character
            kind = found.lastgroup if found.lastgroup != "name" else "edge"
            at = self._token(kind or "text", found)
        self.out.flush()

    def _token(self, kind: str, found: re.Match[str]) -> int:
        start, end = found.span()
        match kind:
            case "text":
                if self.body or self.blocks:
                    self.out.free(start, end)
                return end
            case "macro":
                return self._macro(found["macro"], start, end)
            case "edge":
                return self._edge(found["edge"], found["name"], start, end)
            case "blank":
                self._break()
                return end
            case "math":
                return self._until(re.compile(rf"(?<!\\){re.escape(found[0])}"), start, end)
            case "symbol":
                return self._symbol(found["symbol"], start, end)
            case "comment":
                self.comments.append(Span(start, end))
            case "brace" if found[0] == "{":
                self.groups.append(False)
            case "brace" if self.groups and self.groups.pop():
                self.blocks -= 1
                self._break()
                return end
            case _:
                pass
        self.out.atom(start, end)
        return end

    def _break(self, kind: Kind | None = None) -> None:
        quoted = any(name in QUOTES for name in self.environments[-2:])
        self.out.flush(kind or ("quote" if quoted else "paragraph"))

    def _symbol(self, symbol: str, start: int, end: int) -> int:
        if symbol in "([":
            return self._until(re.compile(r"\\\)" if symbol == "(" else r"\\\]"), start, end)
        if symbol == "\\":
            end = self.skip("*o", end)
        elif symbol in _ACCENTS:
            end = self.skip("m", end) if self.text[end : end + 1] in ("{", "\\") else min(end + 1, len(self.text))
        self.out.atom(start, end)
        return end

    def _until(self, closing: re.Pattern[str], start: int, end: int) -> int:
        """A formula; one that is not closed goes on to the end of the file."""
        found = closing.search(self.text, end)
        stop = found.end() if found else len(self.text)
        self.out.atom(start, stop)
        return stop

    def _macro(self, name: str, start: int, end: int) -> int:
        if name in VERBATIM:
            end = self.verbatim(name, end)
        elif name in DEFINITIONS:
            brace = self.text.find("{", end)
            end = self.group(brace) if brace >= 0 else len(self.text)
        elif name in PROSE_MACROS and (self.body or self.blocks or "b" in PROSE_MACROS[name]):
            return self._prose(PROSE_MACROS[name], KINDS.get(name), start, end)
        elif name in BREAKS:
            self._break()
            return end
        elif name not in BARE:
            end = self.arguments(end)
        self.out.atom(start, end)
        return end

    def _prose(self, signature: str, kind: Kind | None, start: int, end: int) -> int:
        if kind is not None:
            self._break(kind)
        end = self.skip(signature.rstrip("pb"), end)
        opening = self.blanks(end)
        if signature[-1] in "pb" and self.text[opening : opening + 1] == "{":
            self.groups.append(signature[-1] == "b")
            self.blocks += signature[-1] == "b"
            end = opening + 1
        if kind is None:
            self.out.atom(start, end)
        return end

    def _edge(self, edge: str, name: str, start: int, end: int) -> int:
        signature = PROSE_ENVIRONMENTS.get(name)
        if signature is None or (not self.body and name != "document"):
            self._break()
            return self._environment(name, end) if edge == "begin" else end
        if edge == "end":
            if name in self.environments:
                while self.environments.pop() != name:
                    pass
            self.body = self.body and name != "document"
            self._break()
            return end
        self.body = True
        self.environments.append(name)
        self._break()
        return self._prose(signature, "heading", start, end) if signature.endswith("b") else self.skip(signature, end)

    def _environment(self, name: str, at: int) -> int:
        """Behind the end of a protected environment; nested ones of its name are counted."""
        if name in RAW_ENVIRONMENTS:
            close = self.text.find(f"\\end{{{name}}}", at)
            return close + len(name) + 6 if close >= 0 else len(self.text)
        depth = 1
        for found in re.compile(rf"\\(begin|end)[ \t]*\{{{re.escape(name)}\}}").finditer(self.text, at):
            depth += 1 if found[1] == "begin" else -1
            if depth == 0:
                return found.end()
        return len(self.text)
