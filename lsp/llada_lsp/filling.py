"""The command that fills: it is answered at once, works beside all else, and sends its edit when it has one.

Clients give up on a command after 10 or 20 seconds, and a fill may take longer. An edit is only sent for the very text
that it was made for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.document import Span
from llada_edit.errors import DocumentError, OptionError
from llada_lsp import features, tasks
from llada_lsp.documents import Snapshot
from llada_lsp.progress import Bar
from llada_lsp.server import Server
from llada_lsp.settings import MOST
from llada_lsp.tasks import Proposal
from llada_lsp.worker import Superseded, Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor

CHANGED = "the text has changed meanwhile, so nothing was replaced; ask again"
TITLE = 60
"""Characters of a filling that are shown where the user chooses one."""


@attrs.define
class FillRequest:
    """The argument of the command.

    Attributes:
        uri: of an open document.
        version: that the ranges belong to; None trusts the caller.
        ranges: hole markup, or any other text to be replaced; empty ranges are insertions.
        n: fillings to choose from; 1 takes the best one without a question.
    """

    uri: str
    ranges: list[types.Range]
    version: int | None = None
    n: int = 1


async def fill(server: Server, request: FillRequest) -> None:
    """Fill or replace ranges of a document.

    Raises:
        LladaEditError: the request or the document cannot be used, or the model finds nothing.
    """
    snapshot = server.snapshot(request.uri)
    if snapshot is None:
        raise DocumentError(f"{request.uri} is not open; open it first")
    if request.version not in (None, snapshot.version):
        server.say(CHANGED, types.MessageType.Warning)
        return
    spans, work = _plan(server, request, snapshot)
    what = "Fill 1 place" if len(spans) == 1 else f"Fill {len(spans)} places"
    bar = Bar(server, what, cancel=lambda: job.future.cancel())
    job = server.worker.submit("fill", work, bar.step)
    try:
        found = await asyncio.wrap_future(job.future)
    except asyncio.CancelledError:
        bar.end("cancelled")
        return
    except Superseded:
        bar.end("replaced by a newer request")
        return
    except Exception:
        bar.end("failed")
        raise
    bar.end("done")
    if not found:
        server.say("the model finds no other wording here")
        return
    chosen = await _choose(server, found) if request.n > 1 else found[0]
    if chosen is not None:
        await _apply(server, snapshot, chosen, what)


def _plan(server: Server, request: FillRequest, snapshot: Snapshot) -> tuple[list[Span], Work[Editor, list[Proposal]]]:
    """The spans from left to right, and the work that fills them."""
    if not 1 <= request.n <= MOST:
        raise OptionError(f"n is {request.n}; give 1 to {MOST}")
    if not request.ranges:
        raise DocumentError("no range to fill; give at least one")
    spans = sorted(snapshot.lines.span(range_) for range_ in request.ranges)
    holes, _ = features.holes_of(snapshot.text, server.settings.marker)
    if len(spans) == 1 and len(spans[0]) and spans[0] not in {hole.span for hole in holes}:
        return spans, tasks.rewordings(snapshot.text, spans[0], request.n)
    return spans, tasks.fillings(features.document_for(snapshot.text, spans, holes), spans, request.n)


async def _choose(server: Server, found: Sequence[Proposal]) -> Proposal | None:
    """The proposal that the user picks; None for none."""
    titles = {f"{rank}: {_shown(proposal)}": proposal for rank, proposal in enumerate(found, 1)}
    items = [types.MessageActionItem(title) for title in titles]
    question = types.ShowMessageRequestParams(types.MessageType.Info, "llada-edit: choose a filling", items)
    try:
        answer = await server.window_show_message_request_async(question)
    except JsonRpcException:
        server.say("this editor cannot ask which one; use completion instead", types.MessageType.Error)
        return None
    return None if answer is None else titles.get(answer.title)


def _shown(proposal: Proposal) -> str:
    text = " … ".join(edit.text.strip() for edit in proposal)
    return text if len(text) <= TITLE else f"{text[: TITLE - 1]}…"


async def _apply(server: Server, snapshot: Snapshot, proposal: Proposal, what: str) -> None:
    workspace = server.client_capabilities.workspace
    if workspace is None or not workspace.apply_edit:
        server.say("this editor takes no edits from a language server; use completion instead", types.MessageType.Error)
        return
    now = server.snapshot(snapshot.uri)
    if now is None or now.version != snapshot.version or now.text != snapshot.text:
        server.say(CHANGED, types.MessageType.Warning)
        return
    versioned = bool(workspace.workspace_edit and workspace.workspace_edit.document_changes)
    edit = features.workspace_edit(snapshot, proposal, versioned)
    try:
        result = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label=what))
    except JsonRpcException:
        result = types.ApplyWorkspaceEditResult(applied=False)
    if not result.applied:
        reason = f": {result.failure_reason}" if result.failure_reason else ""
        server.say(f"the editor did not apply the edit{reason}", types.MessageType.Warning)
