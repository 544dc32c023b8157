"""Markdown: CommonMark and GFM with front matter, mathematics, footnotes, wiki links; MDX, Quarto and MyST in part.

Borders come from pyromark (pulldown-cmark). Beyond it, by patterns: fenced divs, roles, citations, attributes and
shortcodes of Quarto and MyST, expressions and imports of MDX. Shortcut links are protected with their text, since the
text is their label. Directives of MyST in colon fences are prose but for their first and last line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pyromark

from llada_edit.errors import DocumentError
from llada_edit.formats.base import Kind
from llada_edit.formats.inline import BREAK, FIXED
from llada_edit.formats.text import BOM, Block, Points, TextProse, decode, prose
from llada_edit.holes import Span

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
    | pyromark.Options.ENABLE_YAML_STYLE_METADATA_BLOCKS
    | pyromark.Options.ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
    | pyromark.Options.ENABLE_MATH
    | pyromark.Options.ENABLE_GFM
    | pyromark.Options.ENABLE_DEFINITION_LIST
    | pyromark.Options.ENABLE_SUPERSCRIPT
    | pyromark.Options.ENABLE_SUBSCRIPT
    | pyromark.Options.ENABLE_WIKILINKS
)
_KINDS: dict[str, Kind] = {
    "Heading": "heading",
    "Item": "item",
    "BlockQuote": "quote",
    "TableCell": "cell",
    "DefinitionListTitle": "item",
    "DefinitionListDefinition": "item",
}
_INLINE = frozenset({"Emphasis", "Strong", "Strikethrough", "Superscript", "Subscript", "Link", "Image"})
# Links whose text is their address or their label.
_FROZEN = frozenset({"Autolink", "Email", "Shortcut", "ShortcutUnknown", "Collapsed", "CollapsedUnknown"})
_RAW = frozenset({"CodeBlock", "MetadataBlock", "HtmlBlock"})
_MARKS = (
    r"^[ \t]*:{3,}[^\r\n]*",  # fenced divs and colon directives
    r"\{[A-Za-z][\w:+.-]{0,60}\}(?=`)",  # roles of MyST
    r"\{[.#=][^{}\r\n]{0,300}\}",  # attributes of Pandoc
    r"(?<![\w@])-?@[A-Za-z0-9_][\w:.#$%&+?~/-]{0,100}",  # citations of Pandoc
    r"\[![A-Za-z]{1,30}\][+-]?",  # call-outs
    r"\[\^[^\[\]\s]{1,60}\]|&#?[A-Za-z0-9]{1,40};",  # footnotes that are not defined, entities that nobody knows
    r"==|\+\+|\|\|",  # highlights, insertions, spoilers
)
MARKDOWN = re.compile("|".join([FIXED.pattern, *_MARKS]), re.MULTILINE)
_MDX = re.compile("|".join([FIXED.pattern, *_MARKS, r"\{[^{}]{0,2000}\}", r"[{}]"]), re.MULTILINE)
_REMARK = re.compile(r"\{/\*[^{}]{0,200}\*/\}")
_MODULE = re.compile(r"(?:import|export)\s")


@dataclass(frozen=True, slots=True)
class Markdown:
    """CommonMark with the extensions that people use."""

    name: str = "markdown"
    suffixes: tuple[str, ...] = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".qmd", ".rmd", ".myst")
    language_ids: tuple[str, ...] = ("markdown", "quarto", "rmd")
    mdx: bool = False

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        found = scan(text)
        if not self.mdx:
            return prose(text, found.blocks, found.events, found.comments, MARKDOWN)
        places = (place for block in found.blocks for place in block.free)
        comments = [Span(*comment.span()) for place in places for comment in _REMARK.finditer(text, *place)]
        blocks = [block for block in found.blocks if not _MODULE.match(text, block.start)]
        return prose(text, blocks, found.events, [*found.comments, *comments], _MDX)


def mdx() -> Markdown:
    """Markdown with components: expressions in braces, imports and exports are protected."""
    return Markdown("mdx", (".mdx",), ("mdx",), mdx=True)


@dataclass(slots=True)
class Scan:
    """What the parser says of a text; all offsets are code points.

    Attributes:
        text: the whole text.
        blocks: all prose, in order.
        events: the structure; running text and soft breaks are left out, since they may change.
        comments: HTML blocks and inline tags, the only places where comments stand.
    """

    text: str
    blocks: list[Block] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    comments: list[Span] = field(default_factory=list)
    _containers: list[str] = field(default_factory=list)
    _frozen: int = 0  # links around this place whose text is their address
    _free: list[tuple[int, int]] = field(default_factory=list)
    _start: int = -1
    _end: int = -1
    _soft: bool = False  # whether the last event was a soft break

    def running(self, start: int, end: int, value: str) -> None:
        """Running text; `value` is what a reader sees."""
        if self._containers and self._containers[-1] in _RAW:
            return
        soft, self._soft = self._soft, False
        self._widen(start, end)
        # Another text than the raw one is an entity.
        if self._frozen or self.text[start:end] != value:
            return
        # The sign after a backslash is written as it is because of the backslash.
        start += start > 0 and self.text[start - 1] == "\\" and not value[0].isalnum()
        if self._free and (
            self._free[-1][1] == start or (soft and BREAK.fullmatch(self.text, self._free[-1][1], start))
        ):
            self._free[-1] = self._free[-1][0], end
        elif start < end:
            self._free.append((start, end))

    def atom(self, name: str, start: int, end: int) -> None:
        """Something that is neither running text nor has contents: code, a break, a tag."""
        self._soft = name == "SoftBreak"
        if self._soft:
            return
        self.events.append(name)
        if name in ("Html", "InlineHtml"):
            self.comments.append(Span(start, end))
        self._widen(start, end)

    def open(self, name: str, detail: Any, start: int, end: int) -> None:
        """The beginning of a block, or of inline markup."""
        self._soft = False
        self.events.append(f"+{name}")
        if name not in _INLINE:
            self.flush()
            self._containers.append(name)
            return
        if name in ("Link", "Image") and (self._frozen or _is_frozen(detail)):
            self._frozen += 1
        self._widen(start, end)

    def close(self, name: str) -> None:
        """Its end."""
        self._soft = False
        self.events.append(f"-{name}")
        if name not in _INLINE:
            self.flush()
            self._containers.pop()
        elif name in ("Link", "Image"):
            self._frozen -= self._frozen > 0

    def flush(self) -> None:
        """The end of a run of prose, where there is one."""
        if self._free:
            kind: Kind = next((_KINDS[name] for name in reversed(self._containers) if name in _KINDS), "paragraph")
            self.blocks.append(Block(self._start, self._end, tuple(self._free), kind, joins=False))
        self._start, self._end, self._free, self._frozen = -1, -1, [], 0

    def _widen(self, start: int, end: int) -> None:
        self._start = start if self._start < 0 else min(self._start, start)
        self._end = max(self._end, end)


def _is_frozen(detail: Any) -> bool:
    kind = detail["link_type"]
    return kind in _FROZEN if isinstance(kind, str) else not kind.get("WikiLink", {}).get("has_pothole", True)


def scan(text: str) -> Scan:
    """Read Markdown.

    Raises:
        DocumentError: the parser gave up.
    """
    bom = text.startswith(BOM)
    raw = _events(text[bom:])
    points = Points(text[bom:], int(bom))
    found = Scan(text)
    for event, span in raw:
        start, end = points[span["start"]], points[span["end"]]
        if isinstance(event, str):
            found.atom(event, start, end)
            continue
        (key, value), *_ = event.items()
        if key == "Text":
            found.running(start, end, value)
        elif key not in ("Start", "End"):
            found.atom(key, start, end)
        else:
            name, detail = (value, None) if isinstance(value, str) else next(iter(value.items()))
            if key == "Start":
                found.open(name, detail, start, end)
            else:
                found.close(name)
    found.flush()
    return found


def _events(text: str) -> list[Any]:
    try:
        return list(pyromark.Markdown(options=_OPTIONS).events_with_range(text))
    except BaseException as error:  # a panic of the native parser is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise DocumentError(f"the Markdown parser gave up ({error}); leave the file out") from error
