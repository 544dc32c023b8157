"""Growing selections, from a word to the document, and all places that one order would touch."""

from __future__ import annotations

from lsprotocol import types

from llada_edit.holes import Span
from llada_lsp import places, prose
from llada_lsp.documents import Snapshot
from llada_lsp.features.pointing import pointed
from llada_lsp.server import Server


def register(server: Server) -> None:
    """Add the handlers."""
    server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)(_selections)
    server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)(_highlights)


def _selections(ls: Server, params: types.SelectionRangeParams) -> list[types.SelectionRange] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    marker = ls.choices.of(snapshot.uri).marker
    made = []
    for position in params.positions:
        selection: types.SelectionRange | None = None
        for span in reversed(growing(snapshot, snapshot.lines.offset(position), marker)):
            selection = types.SelectionRange(snapshot.lines.range(span), selection)
        assert selection is not None  # the document is always there
        made.append(selection)
    return made


def growing(snapshot: Snapshot, offset: int, marker: str) -> list[Span]:
    """Ever larger spans around an offset, the last one the whole document; markup is never cut into."""
    text, here = snapshot.text, Span(offset, offset)
    spans = [here]
    holes, _ = places.holes_of(text, marker)
    if hole := places.hole_at(holes, offset):
        spans.append(hole.span)
    elif word := places.word_at(text, offset, snapshot.lines.lines_of(here)):
        spans.append(word)
    if passage := prose.passage_at(text, snapshot.language, here):
        own = next((part for part in passage.editable if part.start <= offset <= part.end), passage.span)
        spans += [places.phrase_of(text, here, own), own]
        sentence = places.sentence_of(text, here, passage.span)
        cut = [part for part in passage.editable if part.overlaps(sentence)]
        # What stands between two editable parts is markup: a sentence takes all of it or nothing.
        spans += [sentence] if cut or not passage.editable else []
        spans.append(passage.span)
    spans += [prose.section_at(text, snapshot.language, offset), Span(0, len(text))]
    grown: list[Span] = []
    for span in sorted(spans, key=len):
        if not grown or (span != grown[-1] and span.start <= grown[-1].start and grown[-1].end <= span.end):
            grown.append(span)
    return grown[1:] if len(grown) > 1 else grown


def _highlights(ls: Server, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
    here = pointed(ls, params.text_document, params.position)
    if here is None:
        return None
    snapshot = here.snapshot
    mark = ls.marks.at(snapshot.uri, Span(here.offset, here.offset))
    if here.hole is not None:
        spans = [hole.span for hole in here.holes]
    elif mark is not None:
        spans = list(mark.spans)
    else:
        return None
    return [types.DocumentHighlight(snapshot.lines.range(span), types.DocumentHighlightKind.Write) for span in spans]
