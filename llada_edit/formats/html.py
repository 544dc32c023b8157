"""HTML: the text of elements; attributes, scripts, styles, preformatted text, code and comments stay.

An own scanner in one pass, with the rules of the HTML standard for where tags, comments and raw text end: the grammar
of tree-sitter takes quadratic time on deep nesting. It builds no tree, so elements that are never closed are fine; a
protected element that is not closed protects the rest of the file. Text that style sheets hide is prose too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llada_edit.formats.base import Kind
from llada_edit.formats.collect import Collector
from llada_edit.formats.inline import FIXED, words
from llada_edit.formats.text import TextProse, decode, prose
from llada_edit.holes import Span

INLINE = words(
    "a abbr acronym b bdi big cite del dfn em font i img ins label mark q s small span strike strong sub sup time u wbr"
)
PROTECTED = words("code kbd samp var tt math svg script style pre textarea select object template xmp iframe noscript")
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "title"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "item"),
    **dict.fromkeys(("td", "th"), "cell"),
    **dict.fromkeys(("caption", "figcaption", "summary", "legend"), "caption"),
    "blockquote": "quote",
}
_RAW = words("script style textarea xmp iframe noscript")
_VOID = words("area base br col embed hr img input link meta source track wbr")
_UNTRANSLATED = re.compile(r"""(?i)\stranslate\s*=\s*["']?no\b|\sclass\s*=\s*(?:"[^"]*|'[^']*)\bnotranslate\b""")
_TOKEN = re.compile(
    r"(?P<comment><!--(?:>|->|[\s\S]*?(?:--!?>|\Z)))"
    r"|(?P<other><(?:[!?%]|/(?![A-Za-z]))[^>]*(?:>|\Z))"
    r"""|<(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*)(?>[^>"'=]+|=\s*(?>"[^"]*"|'[^']*')|[="'])*+(?:>|\Z)"""
    r"|(?P<text>[^<]+|<)"
)
# Half an entity is an entity for a browser.
_HTML = re.compile(FIXED.pattern + r"|&#?[A-Za-z0-9]{1,40};?|<")


@dataclass(frozen=True, slots=True)
class Html:
    """HTML as browsers read it."""

    name: str = "html"
    suffixes: tuple[str, ...] = (".html", ".htm")
    language_ids: tuple[str, ...] = ("html",)

    def read(self, data: bytes) -> TextProse:
        """Parse a file; bytes that are no UTF-8 are a `DocumentError`."""
        text = decode(data)
        out, comments = Collector(), []
        at = 0
        while found := _TOKEN.match(text, at):
            at = found.end()
            if found["text"]:
                out.free(*found.span())
            elif found["name"]:
                at = _tag(text, found, out)
            else:
                out.atom(*found.span())
                if found["comment"]:
                    comments.append(Span(*found.span()))
        out.flush()
        return prose(text, out.blocks, (), comments, _HTML)


def _tag(text: str, found: re.Match[str], out: Collector) -> int:
    """Take in a tag, and what it protects; where the search goes on."""
    name, closing, end = found["name"].lower(), bool(found["close"]), found.end()
    inline = name in INLINE or (name in PROTECTED and name not in ("pre", "xmp"))
    if not closing and name not in _VOID and (name in PROTECTED or _UNTRANSLATED.search(found[0])):
        end = _behind(text, name, end)
    if inline:
        out.atom(found.start(), end)
    else:
        out.flush("paragraph" if closing else KINDS.get(name, "paragraph"))
    return end


def _behind(text: str, name: str, at: int) -> int:
    """Behind the tag that closes an element; those of its name inside it are counted where they may nest."""
    depth = 1
    for found in re.compile(rf"(?i)<(/?){re.escape(name)}(?=[\s/>])[^>]*(?:>|\Z)").finditer(text, at):
        if found[1]:
            depth -= 1
        elif name not in _RAW and not found[0].endswith("/>"):
            depth += 1
        if depth == 0:
            return found.end()
    return len(text)
