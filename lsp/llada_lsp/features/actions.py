"""Code actions: a list that never runs the model, and the edit of the one that is chosen.

How the edit comes depends on the client. One that asks again for an action that it chose (`codeAction/resolve`) gets
the edit with it; if that takes longer than `PATIENCE` and the client lets an action become a command, it gets a command
instead, and the edit follows when it is there. All others get an action that is a command from the beginning.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from llada_edit.errors import LladaEditError
from llada_edit.holes import Span
from llada_lsp import delivery, edits, places
from llada_lsp.documents import Snapshot
from llada_lsp.features import diagnostics, offers
from llada_lsp.features.offers import ROOT, Offer
from llada_lsp.jobs import Running
from llada_lsp.messages import Order
from llada_lsp.planning import Moved, plan
from llada_lsp.server import Server
from llada_lsp.session import modified
from llada_lsp.wire import plain
from llada_lsp.worker import Stale, Superseded

PATIENCE = 2.0
"""Seconds that a resolved action may take: editors block meanwhile, and some give up after ten."""
FOLLOW = "lladaEdit.follow"
KINDS = (ROOT, "quickfix.llada", offers.ALL_HOLES)


def register(server: Server) -> None:
    """Add the handlers."""
    options = types.CodeActionOptions(list(KINDS), resolve_provider=True)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(_list)
    server.feature(types.CODE_ACTION_RESOLVE)(_resolve)


def _list(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    selected = snapshot.lines.span(params.range)
    selection = places.meant(snapshot.text, selected, snapshot.lines.lines_of(selected))
    automatic = params.context.trigger_kind is types.CodeActionTriggerKind.Automatic
    found = [_action(ls, offer) for offer in _offers(ls, snapshot, selection, automatic)]
    found += diagnostics.fixes(snapshot, params.context.diagnostics, ls.client)
    found += _impossible(ls, snapshot, selection)
    return [action for action in found if _wanted(params.context.only, str(_text(action.kind)))]


def _offers(ls: Server, snapshot: Snapshot, selection: Span, automatic: bool) -> list[Offer]:
    settings = ls.choices.of(snapshot.uri)
    holes, _ = places.holes_of(snapshot.text, settings.marker)
    near = offers.holes_near(snapshot, selection, holes)
    choices = min(settings.n, delivery.CHOICES)
    found = offers.fills(snapshot, near, holes, choices)
    if len(holes) > 1:
        found.append(offers.all_holes(snapshot, holes, offers.ALL_HOLES))
    mark = ls.marks.at(snapshot.uri, selection)
    if mark is not None:
        found += offers.afterwards(snapshot, mark, ls.operations)
        found += offers.pinning(snapshot, selection, mark)
    found += _previewed(ls, snapshot, selection)
    touched = any(hole.start <= selection.end and selection.start <= hole.end for hole in near)
    empty = selection.start == selection.end
    if touched or (automatic and empty):
        return found  # nothing for a caret in a word, which would be something everywhere
    found += offers.wordings(snapshot, selection, choices)
    found += offers.rewritings(snapshot, selection, ls.operations, choices, ls.previewing)
    if not empty:
        kept = (*settings.keep, *ls.kept.get(snapshot.uri, ()))
        found += offers.keeping(snapshot, selection, kept) if ls.operations else []
    return found


def _previewed(ls: Server, snapshot: Snapshot, selection: Span) -> list[Offer]:
    """The proposals of a preview of the text here, if it still stands as it stood."""
    made = []
    for running, found in ls.previews.values():
        plan_ = running.plan
        near = any(own.start <= selection.end and selection.start <= own.end for own in plan_.targets)
        if near and plan_.snapshot.same_as(snapshot):
            for rank, proposal in enumerate(found):
                argument = {"job": running.name, "chosen": rank}
                title = f"Use {rank + 1}/{len(found)}: {edits.told(plan_.originals, proposal.texts)}"
                made.append(Offer(title, "use", command=(FOLLOW, argument)))
    return made


def _impossible(ls: Server, snapshot: Snapshot, selection: Span) -> list[types.CodeAction]:
    """A disabled action that says why the holes on these lines cannot be read."""
    marker = ls.choices.of(snapshot.uri).marker
    _, problems = places.holes_of(snapshot.text, marker)
    here = snapshot.lines.lines_of(selection)
    near = [str(one) for one in problems if one.hole is None and here.start <= one.span.start <= here.end]
    if not near or not ls.client.disables:
        return []
    return [types.CodeAction("Fill this hole", kind=f"{ROOT}.fill", disabled=types.CodeActionDisabled(near[0]))]


def _action(ls: Server, offer: Offer) -> types.CodeAction:
    kind = offer.kind if "." in offer.kind else f"{ROOT}.{offer.kind}"
    action = types.CodeAction(offer.title, kind=kind)
    if ls.client.tags:
        action.tags = [types.CodeActionTag.LlmGenerated]
    if offer.order is None:
        assert offer.command is not None
        action.command = types.Command(offer.title, offer.command[0], arguments=[offer.command[1]])
        return action
    order = offers.plain_order(offer.order)
    if _resolvable(ls, offer):
        action.data = {"order": order}
    else:
        name = "lladaEdit.fill" if offer.order.op == "fill" else "lladaEdit.rewrite"
        action.command = types.Command(offer.title, name, arguments=[order])
    return action


def _resolvable(ls: Server, offer: Offer) -> bool:
    assert offer.order is not None
    delivered = ls.choices.of(offer.order.uri).delivery
    return delivered != "later" and "edit" in ls.client.resolves and not offer.choose and not offer.order.preview


def _wanted(only: Sequence[Any] | None, kind: str) -> bool:
    """Whether a client that asks for some kinds of actions asks for this one; kinds are a hierarchy with dots."""
    if only is None:
        # Source actions stand in a menu of their own.
        return not kind.startswith("source.")
    asked = [str(_text(one)) for one in only]
    return any(not one or f"{kind}.".startswith(f"{one}.") for one in asked)


def _text(kind: Any) -> Any:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


async def _resolve(ls: Server, action: types.CodeAction) -> types.CodeAction:
    data = plain(action.data)
    if not isinstance(data, dict) or "order" not in data:
        return action
    try:
        order = ls.rpc._converter.structure(data["order"], Order)
    except Exception as error:
        raise JsonRpcInvalidParams(f"the data of this action do not fit ({type(error).__name__})") from None
    try:
        running = ls.jobs.start(plan(ls, order), "resolve")
    except Moved:
        raise modified() from None
    future = asyncio.ensure_future(running.proposals())
    limit = PATIENCE if "command" in ls.client.resolves and ls.choices.of(order.uri).delivery == "auto" else None
    try:
        await asyncio.wait({future}, timeout=limit)
    except asyncio.CancelledError:
        running.future.cancel()
        raise
    if not future.done():
        # Not cancelled: that would stop the work, which the command is to wait for.
        future.add_done_callback(lambda late: late.cancelled() or late.exception())
        action.command = types.Command(action.title, FOLLOW, arguments=[{"job": running.name}])
        return action
    return _with_edit(ls, action, running, future)


def _with_edit(ls: Server, action: types.CodeAction, running: Running, future: asyncio.Future[Any]) -> types.CodeAction:
    try:
        found = future.result()
    except (Stale, asyncio.CancelledError):
        raise modified() from None
    except Superseded:
        raise JsonRpcException("a newer request has come", types.LSPErrorCodes.ServerCancelled.value) from None
    if not ls.same(running.plan.snapshot):
        raise modified()
    if not found:
        raise LladaEditError("the model finds no other wording here")
    where = running.plan.snapshot
    ls.marks.expect(where.uri, where.text, running.plan.order, found, running.plan.originals)
    action.edit = delivery.edit_of(ls, running.plan, found[0])
    return action
