"""Lines above holes and above text that was just written, and what a rewriting has done to the length."""

from __future__ import annotations

from lsprotocol import types

from llada_lsp import places
from llada_lsp.features import offers
from llada_lsp.features.completion import percent
from llada_lsp.server import Server


def register(server: Server) -> None:
    """Add the handlers for code lenses and inlay hints."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())(_lenses)
    server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions())(_hints)


def _lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None or not ls.choices.of(snapshot.uri).codeLens:
        return None
    holes, _ = places.holes_of(snapshot.text, ls.choices.of(snapshot.uri).marker)
    made = []
    if len(holes) > 1:
        everything = offers.all_holes(snapshot, holes, "fill")
        made.append(_lens(snapshot.lines.range(holes[0].span), everything))
    for hole in holes:
        fill = offers.fills(snapshot, [hole.span], [hole], 1)[0]
        made.append(_lens(snapshot.lines.range(hole.span), fill))
    for mark in ls.marks.of(snapshot.uri):
        where = snapshot.lines.range(mark.spans[0])
        made += [
            _lens(where, offer) for offer in offers.afterwards(snapshot, mark, ls.operations) if offer.kind != "use"
        ]
    return made


def _lens(range_: types.Range, offer: offers.Offer) -> types.CodeLens:
    if offer.order is not None:
        command = types.Command(offer.title, "lladaEdit.fill", arguments=[offers.plain_order(offer.order)])
    else:
        assert offer.command is not None
        command = types.Command(offer.title, offer.command[0], arguments=[offer.command[1]])
    return types.CodeLens(range_, command=command)


def _hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None or not ls.choices.of(snapshot.uri).inlayHints:
        return None
    within = snapshot.lines.span(params.range)
    made = []
    for mark in ls.marks.of(snapshot.uri):
        last = mark.spans[-1]
        if not within.start <= last.end <= within.end:
            continue
        growth = None if mark.order.op == "fill" else mark.growth
        sure = mark.edits[-1].probability
        parts = [] if growth is None else [f"{growth:+.0%}".replace("-", "−").replace("%", " %")]
        parts += [] if sure is None else [percent(sure)]
        if parts:
            tooltip = "length against the text before, and how probable the new text is"
            label = " · ".join(parts)
            made.append(types.InlayHint(snapshot.lines.position(last.end), label, tooltip=tooltip, padding_left=True))
    return made
