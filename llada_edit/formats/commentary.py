"""The prose in comments and docstrings of source code, whatever the language.

Reads lines whose comment signs are already taken off. What looks like code, a directive for a tool, a licence, a
doctest or a section title is left out; names of parameters, code in back quotes and identifiers are protected. A
heuristic: a line of code without any sign of code is taken for prose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from llada_edit.formats.collect import Collector
from llada_edit.formats.inline import FIXED

_DIRECTIVE = re.compile(
    r"\s*(?:!|-\*-|(?:type|noqa|pylint|flake8|mypy|ruff|fmt|isort|yapf|pragma|pyright|vim|ex|nosec|nolint|eslint|prettier"
    r"|tslint|jshint|jslint|globals?|istanbul|c8|go|clang-format|cppcheck|shellcheck|sourceMappingURL|region|endregion"
    r"|llada-edit|ts-\w+|NOLINT\w*|@ts-\w+|\+build|cspell|spell-checker|codespell|doctest|coverage|swagger)(?=[:\s=-]|$)"
    r"(?::|\s*$|[\s-](?:disable|enable|ignore|expect|source|skip|off|on)))",
)
_LICENCE = re.compile(r"(?i)\bcopyright\b|SPDX-|\blicensed under\b|\(c\) \d{4}")
_CODE = re.compile(
    r"\s*+(?:.*[;{}]\s*$"
    r"|(?:import|from \S+ import|def|class|return|elif|except|#\s*include|#\s*define|var|let|const|func|fn|pub|struct"
    r"|public|private|static|int|void)\b.*[(){}=;:<>]"
    r"|(?:if|for|while|else|try|with)\b.*:\s*$"
    r"|[\w.\[\]\"']+\s*(?:[-+*/|&%]?=|:=|->|=>)(?:\s|\S).*"
    r"|[\w.]+\([^)]*\)\s*$"
    r"|\$ .*|[@+|=~^<>/\\-]{3,}.*|[^\w]*$)"
)
_HEAD = re.compile(
    r"\s*(?:@\w{1,40}(?:[ \t]+\{[^}\r\n]{0,200}\})?(?:(?<=param)|(?<=property)|(?<=throws)|(?<=exception)|(?<=arg)"
    r"|(?<=tparam)|(?<=\}))(?:[ \t]+[\w.$\[\]=]{1,80})?(?:[ \t]+-)?|@\w{1,40}"
    r"|\\(?:param|brief|return|throws)(?:\[\w+\])?"
    r"(?:(?<=param)[ \t]+\w+|(?<=\])[ \t]+\w+)?"
    r"|:[a-z]{1,20}(?:[ \t][^:\r\n]{1,80})?:"
    r"|(?:TODO|FIXME|XXX|HACK|NOTE|BUG|WARNING)(?:\([^)\r\n]{0,60}\))?:?"
    r"|[-*+\u2022][ \t]|\d{1,3}[.)][ \t])[ \t]*"
)
_ARGUMENT = re.compile(r"\s+\*{0,2}[\w.]{1,60}(?:[ \t]\([^)\r\n]{0,100}\))?:[ \t]+")
_SECTION = re.compile(r"\s*[A-Z][A-Za-z]{1,20}(?: [A-Za-z]{1,20})?:\s*$")
_UNDERLINE = re.compile(r"\s*[-=~]{3,}\s*$")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_DOCTEST = re.compile(r"\s*(?:>>>|\.\.\. |\.\.\.$)")

COMMENT = re.compile(
    FIXED.pattern + r"|``.{0,200}?``|`[^`\r\n]{0,200}`|:[a-z:]{1,20}:`[^`\r\n]{0,200}`|\{@\w{1,20}[^{}\r\n]{0,200}\}"
    r"|</?[A-Za-z][^<>\r\n]{0,200}>|\\."
    r"|(?<![\w.])[\w.]{1,80}\((?:[\w., =]{0,80}\))?"  # calls
    r"|\b[A-Za-z0-9]{1,40}_\w{1,60}|\b_\w{1,60}|\b[a-z]{1,30}[A-Z]\w{0,60}|\b[A-Z][a-z]{1,30}[A-Z]\w{0,60}"
    r"|\b[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,6}\b|\b[A-Za-z_]\w{0,60}::\w{1,60}"
)
"""Placeholders, code in quotes, and words that look like identifiers."""


def describe(text: str, lines: Sequence[tuple[int, int]], out: Collector) -> None:
    """Give the prose of one comment to a collector, as blocks of the kind ``comment``.

    Args:
        text: the source file.
        lines: of the comment, without its signs, in order; together a comment as a reader sees it.
        out: what it is given to.
    """
    if any(_LICENCE.search(text, *line) for line in lines):
        return
    fenced = literal = tested = False
    for index, (start, end) in enumerate(lines):
        blank = not text[start:end].strip()
        tested = not blank and (tested or _DOCTEST.match(text, start, end) is not None)
        fence = _FENCE.match(text, start, end) is not None
        fenced ^= fence
        # After two colons and a blank line, code is indented.
        literal = literal and (blank or text[start] in " \t")
        if blank or fence or fenced or tested or literal or _is_noise(text, lines, index):
            out.flush("comment")
            literal = literal or text[start:end].rstrip().endswith("::")
            continue
        _line(text, start, end, out)
        literal = text[start:end].rstrip().endswith("::")
    out.flush("comment")


def _line(text: str, start: int, end: int, out: Collector) -> None:
    head = _HEAD.match(text, start, end) or _ARGUMENT.match(text, start, end)
    if head:
        out.flush("comment")
        start = head.end()
    out.kind = "comment"
    out.free(start, end)


def _is_noise(text: str, lines: Sequence[tuple[int, int]], index: int) -> bool:
    below = index + 1 < len(lines) and _UNDERLINE.match(text, *lines[index + 1])
    return bool(
        below
        or _DIRECTIVE.match(text, *lines[index])
        or _SECTION.match(text, *lines[index])
        or _CODE.match(text, *lines[index])
    )
