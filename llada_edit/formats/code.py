"""Comments of source code in other languages than Python, by tree-sitter; strings are code.

The grammars are the extra ``code``. Which comments hold prose is told by `commentary`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.collect import Collector
from llada_edit.formats.commentary import COMMENT, describe
from llada_edit.formats.plain import lines
from llada_edit.formats.text import TextProse, decode, prose
from llada_edit.formats.trees import Step, walk
from llada_edit.holes import Span

_LINE_SIGN = re.compile(r"(?://[/!]*|#+)[ \t]?")
_BLOCK_SIGN = re.compile(r"/\*[*!]*")
_STAR = re.compile(r"[ \t]*\*(?!/)[ \t]?")


@dataclass(frozen=True, slots=True)
class Code:
    """Source files of one language.

    Attributes:
        name: of the format.
        suffixes: of its files.
        language_ids: of editors.
        grammar: the module that holds it.
        function: of that module.
    """

    name: str
    suffixes: tuple[str, ...]
    language_ids: tuple[str, ...]
    grammar: str
    function: str = "language"

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8, or a grammar that is missing, are a `DocumentError`."""
        text = decode(data)
        out, comments, events = Collector(), [], []
        group: list[tuple[int, int]] = []  # line comments that stand below each other
        for step in walk(text, self.grammar, lambda step: not _is_comment(step), self.function):
            if not step.entering:
                continue
            events.append(step.type)
            if not _is_comment(step):
                continue
            end = step.start + len(text[step.start : step.end].rstrip("\r\n"))
            comments.append(Span(step.start, end))
            block = text.startswith("/*", step.start)
            if group and (block or not _below(text, group[-1], step.start)):
                describe(text, [_content(text, *line) for line in group], out)
                group = []
            if block:
                describe(text, _block(text, step.start, end), out)
            else:
                group.append((step.start, end))
        describe(text, [_content(text, *line) for line in group], out)
        return prose(text, out.blocks, events, comments, COMMENT)


def _is_comment(step: Step) -> bool:
    return step.type in ("comment", "line_comment", "block_comment")


def _below(text: str, line: tuple[int, int], start: int) -> bool:
    between = text[line[1] : start]
    sign = text[line[0] : line[0] + 3] == text[start : start + 3] or text[start] == "#"
    return sign and not between.strip() and len(re.findall(r"\r\n|\r|\n", between)) == 1


def _content(text: str, start: int, end: int) -> tuple[int, int]:
    sign = _LINE_SIGN.match(text, start, end)
    return (sign.end() if sign and not text.startswith("#!", start) else end), end


def _block(text: str, start: int, end: int) -> list[tuple[int, int]]:
    opening = _BLOCK_SIGN.match(text, start, end)
    if opening is None or not text.endswith("*/", start, end) or opening.end() > end - 2:
        return []
    parts = []
    for left, right in lines(text, opening.end(), end - 2):
        star = _STAR.match(text, left, right)
        parts.append((star.end() if star else left, right))
    return parts


def javascript() -> Code:
    """JavaScript and JSX."""
    return Code(
        "javascript", (".js", ".mjs", ".cjs", ".jsx"), ("javascript", "javascriptreact"), "tree_sitter_javascript"
    )


def typescript() -> Code:
    """TypeScript."""
    return Code("typescript", (".ts", ".mts", ".cts"), ("typescript",), "tree_sitter_typescript", "language_typescript")


def tsx() -> Code:
    """TypeScript with JSX."""
    return Code("tsx", (".tsx",), ("typescriptreact",), "tree_sitter_typescript", "language_tsx")


def rust() -> Code:
    """Rust."""
    return Code("rust", (".rs",), ("rust",), "tree_sitter_rust")


def go() -> Code:
    """Go."""
    return Code("go", (".go",), ("go",), "tree_sitter_go")


def c() -> Code:
    """C."""
    return Code("c", (".c", ".h"), ("c",), "tree_sitter_c")


def cpp() -> Code:
    """C++."""
    return Code("cpp", (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"), ("cpp",), "tree_sitter_cpp")


def java() -> Code:
    """Java."""
    return Code("java", (".java",), ("java",), "tree_sitter_java")


def shell() -> Code:
    """Shell scripts."""
    return Code("shell", (".sh", ".bash"), ("shellscript",), "tree_sitter_bash")
