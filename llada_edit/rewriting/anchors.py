"""Headings that a link in the same document leads to by their words: in other words, the link would lead nowhere.

The rule for the anchor is that of GitHub (letters, digits, hyphens and underscores in lower case, a hyphen for a
blank), which most renderers of Markdown share. Does not know links from other files, nor what a renderer writes.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from llada_edit.formats.base import Prose
from llada_edit.holes import Span

_LINK = re.compile(
    r"""\]\(\s*<?#([^\s)>]+)|^[ \t]*\[[^\]\n]+\]:[ \t]*<?#([^\s>]+)|\bhref=["']#([^"'\s]+)""", re.MULTILINE
)
_TARGET = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_NUMBERED = re.compile(r"[-_]\d+$")
_ATTRIBUTES = re.compile(r"\s*\{[^{}]*\}\s*$")


def linked_headings(prose: Prose) -> list[Span]:
    """The headings of a document that one of its own links leads to, in order."""
    text = prose.text
    anchors = {_plain(unquote(next(filter(None, found.groups())))) for found in _LINK.finditer(text)}
    if not anchors:
        return []
    # Of headings that are alike, all but the first have a number at the end.
    anchors |= {_NUMBERED.sub("", anchor) for anchor in anchors}
    headings = (passage.span for passage in prose.passages if passage.kind == "heading")
    return [span for span in headings if anchor_of(span.of(text)) in anchors]


def anchor_of(heading: str) -> str:
    """The anchor of a heading as it is written, with one hyphen where there would be several."""
    shown = _TAG.sub("", _TARGET.sub(r"\1", _ATTRIBUTES.sub("", heading)))
    return _plain(re.sub(r"[^\w\s-]", "", re.sub(r"(?<!\w)_+|_+(?!\w)", "", shown)))


def _plain(anchor: str) -> str:
    return re.sub(r"[\s-]+", "-", anchor.strip()).strip("-").casefold()
