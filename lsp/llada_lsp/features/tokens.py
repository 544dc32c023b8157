"""Colours for those who switch them on: holes, and how sure the model was of every word that it has written."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from lsprotocol import types

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.words import words_in
from llada_lsp import places
from llada_lsp.documents import Snapshot
from llada_lsp.edits import small
from llada_lsp.planning import FILL
from llada_lsp.positions import units
from llada_lsp.server import Server

TYPES = ("generated", "hole", "kept")
"""Written by the model; not yet written; in a text that was written anew, words that stood there before."""
MODIFIERS = ("conf1", "conf2", "conf3", "conf4")
"""From unsure to sure: below 10 %, 40 %, 80 %, and above."""
BOUNDS = (0.1, 0.4, 0.8)

Colour = tuple[Span, int, int]
"""A span within a line, the index of its type, and the bits of its modifiers."""


def register(server: Server) -> None:
    """Add the handlers."""
    legend = types.SemanticTokensLegend(list(TYPES), list(MODIFIERS))
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)(_full)
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL_DELTA)(_delta)
    server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE)(_range)


def _full(ls: Server, params: types.SemanticTokensParams) -> types.SemanticTokens:
    uri = params.text_document.uri
    snapshot = ls.snapshot(uri)
    found = _coloured(ls, snapshot, None)
    found.result_id = str(uuid.uuid4())
    if snapshot is not None:  # what is not open is never closed, and would be kept for ever
        ls.coloured[uri] = found.result_id, found.data
    return found


def _delta(ls: Server, params: types.SemanticTokensDeltaParams) -> types.SemanticTokens | types.SemanticTokensDelta:
    """What has changed since an answer; all of it where that answer is not the last one."""
    known, before = ls.coloured.get(params.text_document.uri, ("", ()))
    now = _full(ls, types.SemanticTokensParams(params.text_document))
    if known != params.previous_result_id:
        return now
    return types.SemanticTokensDelta(edits=changes(before, now.data), result_id=now.result_id)


def changes(before: Sequence[int], after: Sequence[int]) -> list[types.SemanticTokensEdit]:
    """At most one edit that makes `after` of `before`: what stands between their common beginning and end."""
    most = min(len(before), len(after))
    start = next((at for at in range(most) if before[at] != after[at]), most)
    rest = most - start
    end = next((back for back in range(rest) if before[-1 - back] != after[-1 - back]), rest)
    if start == len(before) == len(after):
        return []
    return [types.SemanticTokensEdit(start, len(before) - end - start, list(after[start : len(after) - end]))]


def _range(ls: Server, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    return _coloured(ls, ls.snapshot(params.text_document.uri), params.range)


def _coloured(ls: Server, snapshot: Snapshot | None, range_: types.Range | None) -> types.SemanticTokens:
    settings = ls.choices.of(snapshot.uri) if snapshot else None
    if snapshot is None or settings is None or not settings.confidence:
        return types.SemanticTokens(data=[])
    within = snapshot.lines.span(range_) if range_ else Span(0, len(snapshot.text))
    holes, _ = places.holes_of(snapshot.text, settings.marker)
    colours: list[Colour] = [(part, 1, 0) for hole in holes for part in _lines(snapshot, hole.span)]
    for mark in ls.marks.of(snapshot.uri):
        for span, edit, original in zip(mark.spans, mark.edits, mark.originals, strict=True):
            stayed = [] if mark.order.op == FILL else kept(original, edit.text, span.start)
            colours += [(part, 2, 0) for one in stayed for part in _lines(snapshot, one)]
            colours += [
                colour
                for colour in _confidence(snapshot, span, edit)
                if not any(colour[0].overlaps(one) for one in stayed)
            ]
    seen = sorted(colour for colour in colours if colour[0].start < within.end and within.start < colour[0].end)
    return types.SemanticTokens(data=list(encoded(snapshot, _apart(seen))))


def kept(before: str, after: str, at: int) -> list[Span]:
    """The words of a text that stood in the one before it, as spans from an offset on."""
    found, start, shift = list[Span](), 0, 0
    changes = small(before, [Edit(Span(0, len(before)), after)])
    for edit in (*changes, Edit(Span(len(before), len(before)), "")):
        stayed = Span(start + shift, edit.span.start + shift)
        found += [Span(at + word.start, at + word.end) for word in words_in(after, stayed)]
        start, shift = edit.span.end, shift + len(edit.text) - len(edit.span)
    return found


def _confidence(snapshot: Snapshot, span: Span, edit: Edit) -> Iterator[Colour]:
    """The tokens of an edit where they stand now; the whole span where nobody knows."""
    pieces = [(token.text, token.probability) for token in edit.tokens]
    if "".join(text for text, _ in pieces) != edit.text:
        known = edit.probability
        pieces = [(edit.text, known if known is not None else 1.0)]
    at = span.start
    for text, probability in pieces:
        level = sum(probability >= bound for bound in BOUNDS)
        for part in _lines(snapshot, Span(at, at + len(text))):
            yield part, 0, 1 << level
        at += len(text)


def _lines(snapshot: Snapshot, span: Span) -> Iterator[Span]:
    """The parts of a span that stand on one line each: most clients know no others."""
    lines = snapshot.lines
    at = span.start
    while at < span.end:
        line = lines.lines_of(Span(at, at))
        end = min(span.end, line.end)
        if at < end:
            yield Span(at, end)
        at = lines.next_line(at)


def _apart(colours: Sequence[Colour]) -> Iterator[Colour]:
    end = 0
    for colour in colours:
        if colour[0].start >= end:
            yield colour
            end = colour[0].end


def encoded(snapshot: Snapshot, colours: Iterator[Colour]) -> Iterator[int]:
    """Five numbers a colour, relative to the one before, as the protocol wants them."""
    line = character = 0
    for span, kind, modifiers in colours:
        place = snapshot.lines.position(span.start)
        yield place.line - line
        yield place.character - (character if place.line == line else 0)
        yield units(span.of(snapshot.text), snapshot.lines.encoding)
        yield kind
        yield modifiers
        line, character = place.line, place.character
