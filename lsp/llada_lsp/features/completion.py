"""Completion: whole fillings in a hole, other words on a word, and at a gap what could be put in there."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lsprotocol import types

from llada_edit.edits import Edit
from llada_edit.holes import Hole, Span
from llada_lsp import places, tasks
from llada_lsp.documents import Snapshot
from llada_lsp.features.inline import suggest
from llada_lsp.features.pointing import Pointed, pointed
from llada_lsp.messages import Order
from llada_lsp.planning import FILL, REWORD, choices_of
from llada_lsp.server import Server
from llada_lsp.tasks import Proposal
from llada_lsp.wire import plain

LISTED = 8
"""Words that a completion lists."""
TYPING = 1.0
"""Seconds after a keystroke in which a completion at its place counts as asked for by the editor, not by the user."""
PATIENCE = 2.5
"""Seconds for an answer: some editors give up after three."""


def register(server: Server) -> None:
    """Add the handler."""
    server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(resolve_provider=True))(_completion)
    server.feature(types.COMPLETION_ITEM_RESOLVE)(_resolve)


async def _completion(ls: Server, params: types.CompletionParams) -> types.CompletionList | None:
    here = pointed(ls, params.text_document, params.position)
    if here is None or not here.settings.completion:
        return None
    snapshot, offset, span = here.snapshot, here.offset, here.word
    if here.hole is not None:
        return await _fillings(ls, here, here.hole)
    typed = params.context is not None and params.context.trigger_kind is types.CompletionTriggerKind.TriggerCharacter
    if typed or is_typing(snapshot, offset, time.monotonic()):
        return None
    if span is None:
        found = await suggest(ls, "completion", snapshot, Span(offset, offset), "", here.settings.n, PATIENCE)
        return _items(ls, snapshot, found, FILL)
    words = await ls.words("completion", snapshot, span, PATIENCE)
    if words is None:
        return types.CompletionList(is_incomplete=True, items=[])
    present = span.of(snapshot.text)
    other = [Proposal((Edit(span, text),), p) for text, p in words if text != present][:LISTED]
    return _items(ls, snapshot, other, REWORD, {proposal.texts[0]: proposal.score for proposal in other})


async def _fillings(ls: Server, here: Pointed, hole: Hole) -> types.CompletionList | None:
    snapshot, settings = here.snapshot, here.settings
    document = places.document_for(snapshot.text, [hole.span], here.holes)
    work = tasks.fillings(document, [hole.span], settings.n, choices_of(Order(snapshot.uri), settings))
    found = await ls.ask("completion", work, snapshot, PATIENCE)
    if found is None:
        return types.CompletionList(is_incomplete=True, items=[])
    return _items(ls, snapshot, found, FILL)


def is_typing(snapshot: Snapshot, offset: int, now: float) -> bool:
    """Whether someone is writing at this offset: editors then ask for completions that nobody has asked for."""
    return snapshot.typed is not None and snapshot.typed[0] == offset and now - snapshot.typed[1] < TYPING


def _items(
    ls: Server,
    snapshot: Snapshot,
    found: Sequence[Proposal],
    op: str,
    probabilities: dict[str, float] | None = None,
) -> types.CompletionList:
    """One item a proposal, best first; the one that is taken becomes a mark."""
    if found:
        span = found[0].edits[0].span
        order = Order(snapshot.uri, [snapshot.lines.range(span)], op=op, n=len(found))
        ls.marks.expect(snapshot.uri, snapshot.text, order, found, (span.of(snapshot.text),))
    items = []
    for rank, proposal in enumerate(found):
        edit = proposal.edits[0]
        probability = edit.probability if probabilities is None else probabilities[edit.text]
        items.append(_item(ls, snapshot, edit, rank, probability))
    return types.CompletionList(is_incomplete=False, items=[item for item in items if item.label])


def _item(ls: Server, snapshot: Snapshot, edit: Edit, rank: int, probability: float | None) -> types.CompletionItem:
    range_, present = snapshot.lines.range(edit.span), edit.span.of(snapshot.text)
    detail = None if probability is None else percent(probability)
    labels = types.CompletionItemLabelDetails(description=detail) if ls.client.labels and detail else None
    return types.CompletionItem(
        label=" ".join(edit.text.split()),
        kind=types.CompletionItemKind.Text,
        detail=None if labels else detail,
        label_details=labels,
        # Clients filter by what stands there now, and would sort by the alphabet.
        filter_text=present or None,
        sort_text=f"{rank:03}",
        preselect=True if rank == 0 else None,
        insert_text_format=types.InsertTextFormat.PlainText,
        text_edit=types.TextEdit(range_, edit.text),
        data={"uri": snapshot.uri, "version": snapshot.version},
    )


def _resolve(ls: Server, item: types.CompletionItem) -> types.CompletionItem:
    """The item with the sentence that it would make, for the one that the user looks at."""
    data, edit = plain(item.data), item.text_edit
    uri = data.get("uri") if isinstance(data, dict) else None
    snapshot = ls.snapshot(uri) if isinstance(uri, str) else None
    if snapshot is None or not isinstance(edit, types.TextEdit) or data.get("version") != snapshot.version:
        return item
    span = snapshot.lines.span(edit.range)
    sentence = places.sentence_of(snapshot.text, span, places.paragraph_of(snapshot.text, span))
    before, after = snapshot.text[sentence.start : span.start], snapshot.text[span.end : sentence.end]
    item.documentation = " ".join(f"{before}{edit.new_text}{after}".split())
    return item


def percent(probability: float) -> str:
    """A probability for people."""
    return "< 1 %" if probability < 0.01 else f"{probability:.0%}".replace("%", " %")
