"""Hovers: other words with their probabilities, what a hole asks for, and how sure the model was of what it wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.holes import Hole, Span
from llada_lsp.documents import Snapshot
from llada_lsp.features.completion import PATIENCE, percent
from llada_lsp.features.pointing import pointed
from llada_lsp.marks import Mark
from llada_lsp.server import Server

HOVERED = 5
"""Other words that a hover shows."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&])")


def register(server: Server) -> None:
    """Add the handler."""
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)


async def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    here = pointed(ls, params.text_document, params.position)
    if here is None or not here.settings.hover:
        return None
    snapshot, span = here.snapshot, here.word
    if here.hole is not None:
        return types.Hover(_plain(hole_text(here.hole)), snapshot.lines.range(here.hole.span))
    if span is None:
        return None
    try:
        words = await ls.words("hover", snapshot, span, PATIENCE)
    except JsonRpcException:
        # The text has changed: nobody asked for this hover, and eglot would show an error until that is cleared.
        return None
    if words is None and ls.loading:
        return types.Hover(_plain("llada-edit: the model is loading"), snapshot.lines.range(span))
    if not words:
        return None
    mark = ls.marks.at(snapshot.uri, span)
    text = _text(snapshot, span, words, mark, ls.client.markdown)
    for finding in ls.findings.get(snapshot.uri, ()):
        if finding.span.overlaps(span):
            text.value += f"\n\nA check has found it unlikely: {finding.probability:.1g}"
    return types.Hover(text, snapshot.lines.range(span))


def _text(
    snapshot: Snapshot, span: Span, words: Sequence[tuple[str, float]], mark: Mark | None, markdown: bool
) -> types.MarkupContent:
    content = hover_text(span.of(snapshot.text), words, markdown)
    if mark is not None and any(own.start <= span.start and span.end <= own.end for own in mark.spans):
        before = " … ".join(" ".join(text.split()) for text in mark.originals)
        said = f"Written by the model in place of “{_escaped(before) if markdown else before}”"
        content.value += f"\n\n{said}"
    return content


def hover_text(word: str, words: Sequence[tuple[str, float]], markdown: bool) -> types.MarkupContent:
    """Other words that fit in place of a word, with their probabilities, and its own, where it is among them."""
    own = next((f" ({percent(p)})" for text, p in words if text == word), "")
    others = [(text, p) for text, p in words if text != word][:HOVERED]
    if not markdown:
        lines = [f"In place of “{word}”{own}:", *(f"{percent(p):>5}  {text}" for text, p in others)]
        return _plain("\n".join(lines))
    head = [f"In place of “{_escaped(word)}”{own}:", "", "| word | probability |", "|:--|--:|"]
    rows = [f"| {_escaped(text)} | {percent(p)} |" for text, p in others]
    return types.MarkupContent(types.MarkupKind.Markdown, "\n".join([*head, *rows]))


def hole_text(hole: Hole) -> str:
    """What a hole asks for."""
    name = f" “{hole.name}”" if hole.name else ""
    return f"Hole{name}, {asked(hole) or 'of any length'}"


def asked(hole: Hole) -> str:
    """What a hole says of its filling."""
    return ", ".join(filter(None, [str(hole.length or ""), hole.note]))


def _plain(text: str) -> types.MarkupContent:
    return types.MarkupContent(types.MarkupKind.PlainText, text)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
