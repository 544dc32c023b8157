"""Syntax trees of tree-sitter in code points, walked without recursion."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tree_sitter import Language, Node, Parser, Tree

from llada_edit.errors import DocumentError
from llada_edit.formats.text import BOM, Points, encode

# The parser calls back every hundred steps or so; whole files of real code take a call for each 60 to 100 bytes.
_LEAST_CHECKS = 1000
_BYTES_A_CHECK = 20
_CHUNK = 1 << 14
_PROBE = 1 << 11
_SECONDS, _SECONDS_A_BYTE = 0.02, 2e-6
"""What a beginning may cost. Measured: real code 0.1 to 1.5 microseconds a byte, hostile 10 to 100."""


_BROKEN = "the file is too broken to be parsed in reasonable time and memory; repair it first"


@dataclass(frozen=True, slots=True)
class Step:
    """A node that is entered or left.

    Attributes:
        type: its name in the grammar.
        start: its first code point.
        end: behind its last one.
        node: the node itself.
        entering: False on the way out; leaves are left too.
    """

    type: str
    start: int
    end: int
    node: Node
    entering: bool


@cache
def _parser(module: str, function: str) -> Parser:
    try:
        grammar = getattr(import_module(module), function)()
    except ImportError as error:
        raise DocumentError(f"the grammar {module} is not installed; pip install 'llada-edit[code]'") from error
    return Parser(Language(grammar))


def walk(text: str, module: str, enter: Callable[[Step], bool], function: str = "language") -> Iterator[Step]:
    """The nodes of a text in order, once on the way in and once on the way out.

    Args:
        text: the source; a byte-order mark is not shown to the parser.
        module: of the grammar, such as ``tree_sitter_html``.
        enter: whether the children of a node are walked as well.
        function: of the module, for those with several languages.

    Raises:
        DocumentError: the grammar is not installed, or the text has a lone surrogate.
    """
    bom = text.startswith(BOM)
    points = Points(text[bom:], int(bom))
    cursor = _parse(_parser(module, function), encode(text[bom:])).walk()
    stack: list[Step] = []
    while True:
        node = cursor.node
        assert node is not None
        step = Step(node.type, points[node.start_byte], points[node.end_byte], node, True)
        yield step
        stack.append(step)
        if enter(step) and cursor.goto_first_child():
            continue
        while True:
            yield _out(stack.pop())
            if cursor.goto_next_sibling():
                break
            if not cursor.goto_parent():
                return


def _parse(parser: Parser, data: bytes) -> Tree:
    """A tree for a price that grows with the file; repairing broken code may cost its square, in time and in memory.

    At the end of a file the parser may take gigabytes between two calls back. So beginnings of the file are tried
    first, each twice as long as the one before: where one is too dear, those that follow are never parsed.
    """
    size, checks = _PROBE, 0
    while size < len(data):
        if _cost(parser, data[:size]) > 1:
            raise DocumentError(_BROKEN)
        size *= 2

    def too_long(at: int, broken: bool) -> bool:
        nonlocal checks
        checks += 1
        return checks > _LEAST_CHECKS + len(data) // _BYTES_A_CHECK

    try:
        return parser.parse(lambda at, _: data[at : at + _CHUNK], progress_callback=too_long)
    except ValueError as error:
        parser.reset()
        raise DocumentError(_BROKEN) from error


def _cost(parser: Parser, data: bytes) -> float:
    """Seconds of this thread for a parse, as a share of what is allowed; a second try counts where the first fails."""
    share = 0.0
    for _ in range(2):
        began = time.thread_time()
        parser.parse(data)
        share = (time.thread_time() - began) / (_SECONDS + _SECONDS_A_BYTE * len(data))
        if share <= 1:
            break
    return share


def _out(step: Step) -> Step:
    return Step(step.type, step.start, step.end, step.node, False)
