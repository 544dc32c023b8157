"""Python: comments and docstrings, by the tokenizer of the standard library; every other string is code.

A docstring is any string that is a statement by itself. A file that does not tokenise is left alone.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from llada_edit.errors import DocumentError
from llada_edit.formats.collect import Collector
from llada_edit.formats.commentary import COMMENT, describe
from llada_edit.formats.plain import lines
from llada_edit.formats.text import BOM, TextProse, decode, prose
from llada_edit.holes import Span

_QUOTED = re.compile(r"""(?i)[ru]?("{3}|'{3}|"|')""")
_SIGN = re.compile(r"#+:?[ \t]?")
_BETWEEN = frozenset(
    {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENCODING}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token in code points of the file."""

    type: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Python:
    """Python source files."""

    name: str = "python"
    suffixes: tuple[str, ...] = (".py", ".pyi", ".pyw")
    language_ids: tuple[str, ...] = ("python",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8, or no tokens of Python, are a `DocumentError`."""
        text = decode(data)
        tokens = list(_tokens(text))
        out, comments = Collector(), []
        group: list[Token] = []
        for index, token in enumerate(tokens):
            if token.type == tokenize.COMMENT:
                comments.append(Span(token.start, token.end))
                if group and not _adjacent(text, group[-1], token):
                    _comment(text, group, out)
                    group = []
                group.append(token)
            elif token.type == tokenize.STRING and _stands_alone(tokens, index):
                _comment(text, group, out)
                group = []
                _docstring(text, token, out)
        _comment(text, group, out)
        return prose(text, out.blocks, (), comments, COMMENT)


def _tokens(text: str) -> Iterator[Token]:
    shift = int(text.startswith(BOM))
    starts = [start for start, _ in lines(text, shift)] + [len(text)]
    source = (text[a:b] for a, b in pairwise(starts))
    try:
        for token in tokenize.generate_tokens(lambda: next(source, "")):
            if token.type not in (tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL):
                start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
                if text[start:end] != token.string:
                    raise DocumentError(f"the file has unusual line ends near line {token.start[0]}; leave it out")
                yield Token(token.type, start, end)
            elif token.type != tokenize.ENDMARKER:
                yield Token(token.type, 0, 0)
    except (tokenize.TokenError, SyntaxError, IndexError) as error:
        raise DocumentError(f"the file is no Python that can be tokenised ({error}); repair it first") from error


def _stands_alone(tokens: list[Token], index: int) -> bool:
    before = tokens[index - 1].type if index else tokenize.NEWLINE
    after = tokens[index + 1].type if index + 1 < len(tokens) else tokenize.NEWLINE
    return before in _BETWEEN and after in (tokenize.NEWLINE, tokenize.COMMENT)


def _adjacent(text: str, left: Token, right: Token) -> bool:
    """Whether two comments stand below each other with nothing between them."""
    between = text[left.end : right.start]
    return (
        not between.strip()
        and len(re.findall(r"\r\n|\r|\n", between)) == 1
        and _column(text, left) == _column(text, right)
    )


def _column(text: str, token: Token) -> int:
    return token.start - max(text.rfind("\n", 0, token.start), text.rfind("\r", 0, token.start))


def _comment(text: str, group: list[Token], out: Collector) -> None:
    parts = []
    for token in group:
        sign = _SIGN.match(text, token.start)
        parts.append((sign.end() if sign and text[token.start : token.start + 2] != "#!" else token.end, token.end))
    describe(text, parts, out)


def _docstring(text: str, token: Token, out: Collector) -> None:
    found = _QUOTED.match(text, token.start)
    if found:
        describe(text, list(lines(text, found.end(), token.end - len(found[1]))), out)
