"""Lines above holes and above text that was just written."""

from __future__ import annotations

from lsprotocol import types

from llada_lsp import places
from llada_lsp.features import offers
from llada_lsp.server import Server


def register(server: Server) -> None:
    """Add the handler."""
    server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())(_lenses)


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
