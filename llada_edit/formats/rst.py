"""reStructuredText: titles, paragraphs, lists, definitions, footnotes and the text of admonitions, by tree-sitter.

Roles, references, literals, substitutions and all other directives are protected; so are tables and line blocks. The
text of a link is protected with its address, since it may be the name of a reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llada_edit.errors import DocumentError
from llada_edit.formats.base import Kind
from llada_edit.formats.collect import Collector
from llada_edit.formats.inline import FIXED, words
from llada_edit.formats.plain import lines
from llada_edit.formats.text import TextProse, decode, prose
from llada_edit.formats.trees import Step, walk
from llada_edit.holes import Span

_ADMONITIONS = words(
    "note warning tip hint important caution danger attention error admonition seealso todo topic sidebar"
)
_KINDS: dict[str, Kind] = {"list_item": "item", "field": "item", "block_quote": "quote", "footnote": "paragraph"}
_MARKUP = (
    r"(?<!\w):[A-Za-z][\w:+.-]{0,60}:`[^`]{0,500}`",  # roles
    r"``.{0,500}?``",
    r"`[^`\r\n]{0,500}`_{0,2}",
    r"\|[^|\s][^|\r\n]{0,100}\|_{0,2}",
    r"\[[^\[\]\s]{1,60}\]_",
    r"\w{1,100}__?(?!\w)",
    r"\\.",
    r"[*`|\\]+|::",
)
# The grammar takes time that grows with the square of such a run.
_DENSE = re.compile(r"(?:[!-/:-@\[-`{-~]\w{0,3}){400}|(?:[ \t]*[\r\n]){3000}")
_RST = re.compile("|".join([FIXED.pattern, *_MARKUP]))
_TABLE = re.compile(r"[ \t]*(?:[=+|~^\"'-][=+|~^\"' \t-]{2,}|[|+] .*)")
_NESTED = re.compile(r"[ \t]*(?:\.\. |[*+-] |#?\(?\w{0,3}[.)] |:[^:\s]+:|>>>|__ )")


@dataclass(frozen=True, slots=True)
class Rst:
    """reStructuredText as docutils and Sphinx know it."""

    name: str = "rst"
    suffixes: tuple[str, ...] = (".rst", ".rest")
    language_ids: tuple[str, ...] = ("restructuredtext",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        if _DENSE.search(text):
            raise DocumentError(
                "the file has long runs of signs or of blank lines, which cannot be parsed in reasonable time"
            )
        out, events, comments = Collector(), [], []
        kinds: list[Kind] = []
        for step in walk(text, "tree_sitter_rst", lambda step: step.type not in _LEAVES):
            if step.type in _KINDS:
                if step.entering:
                    kinds.append(_KINDS[step.type])
                else:
                    kinds.pop()
            if not step.entering:
                continue
            if step.type != "text":
                events.append(step.type)
            if step.type == "comment":
                comments.append(Span(step.start, step.end))
            _take(text, step, kinds[-1] if kinds else "paragraph", out)
        return prose(text, out.blocks, events, comments, _RST)


_LEAVES = frozenset({"paragraph", "title", "term", "directive", "comment", "literal_block", "line_block"})


def _take(text: str, step: Step, kind: Kind, out: Collector) -> None:
    if step.type == "paragraph" and not any(
        _TABLE.fullmatch(text, *line) for line in lines(text, step.start, step.end)
    ):
        _paragraph(text, step, kind, out)
    elif step.type in ("title", "term"):
        _paragraph(text, step, "heading" if step.type == "title" else "item", out)
    elif step.type == "directive":
        for start, end in _admonition(text, step):
            out.flush()
            out.free(start, end)
            out.flush()


def _paragraph(text: str, step: Step, kind: Kind, out: Collector) -> None:
    # A literal block is a child of the paragraph that announces it.
    end = step.end
    for child in step.node.children:
        if child.type == "literal_block":
            end -= len(
                bytes(step.node.text or b"")[child.start_byte - step.node.start_byte :].decode("utf-8", "ignore")
            )
    out.flush(kind)
    out.free(step.start, max(step.start, end))
    out.flush()


def _admonition(text: str, step: Step) -> Iterator[tuple[int, int]]:
    """The paragraphs of an admonition that hold running text and nothing nested."""
    found = re.compile(r"\.\.[ \t]+([A-Za-z-]+)::[ \t]*").match(text, step.start, step.end)
    if found is None or found[1] not in _ADMONITIONS:
        return
    group: list[tuple[int, int]] = []
    width: int | None = None
    for start, end in [*lines(text, found.end(), step.end), (step.end, step.end)]:
        line = text[start:end]
        if line.strip():
            group.append((start, end))
            continue
        if group:
            # The line of the directive has no indentation that could be compared.
            indents = {len(text[a:b]) - len(text[a:b].lstrip()) for a, b in group if a != found.end()}
            width = width if width is not None or not indents else min(indents)
            plain = not any(_NESTED.match(text, a, b) or _TABLE.fullmatch(text, a, b) for a, b in group)
            if plain and indents <= {width} and not text[group[0][0] : group[-1][1]].rstrip().endswith("::"):
                yield group[0][0], group[-1][1]
        group = []
