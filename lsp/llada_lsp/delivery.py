"""From a plan to the text of the user: run it with progress, let the user choose, send the edit for this very version.

Clients give up on a command after 10 or 20 seconds, and work may take longer: a command is answered at once, and the
edit is sent when it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.edits import Edit
from llada_lsp import edits
from llada_lsp.jobs import Plan, Running
from llada_lsp.planning import OTHER_TEXT
from llada_lsp.progress import Bar
from llada_lsp.session import Session
from llada_lsp.tasks import Proposal
from llada_lsp.worker import Stale, Superseded

CHOICES = 4
"""Most proposals to choose from in a message: editors show them side by side."""

APART = 0.05
"""Seconds between the answer to a command and its edit: the JSON-RPC of Emacs 28 leaves what comes in one read with an
answer until there is more to read."""


async def deliver(server: Session, running: Running, *, choose: bool) -> None:
    """Wait for a job, and put its best proposal, or the chosen one, into the document."""
    found = await finished(server, running)
    if not found:
        return
    plan = running.plan
    if choose and len(found) > 1:
        if len(plan.targets) == 1 and server.client.snippets and server.client.versioned and _one_line(found):
            await send(server, plan, found, 0, snippet=True)
            return
        chosen = await ask_which(server, plan, found[:CHOICES])
        if chosen is None:
            return
    else:
        chosen = 0
    await send(server, plan, found, chosen)


async def finished(server: Session, running: Running) -> list[Proposal] | None:
    """The proposals of a job, with a progress bar; None, and a message where one is due, if there are none."""
    bar = Bar(server, running.plan.title, cancel=running.future.cancel)
    answered = asyncio.get_running_loop().time()
    running.watchers.append(lambda view: bar.step(view.step))
    try:
        found = await running.proposals()
    except asyncio.CancelledError:
        bar.end("cancelled")
        if not running.future.cancelled():
            raise  # not the job was cancelled, but who waits for it
        return None
    except Superseded:
        bar.end("replaced by a newer request")
        return None
    except Stale:
        bar.end("the text has changed")
        server.say(OTHER_TEXT, types.MessageType.Warning)
        return None
    except Exception:
        bar.end("failed")
        raise
    bar.end("done")
    if not found:
        late = running.plan.order.deadline_ms is not None
        server.say("nothing was finished in time" if late else "the model finds no other wording here")
    await asyncio.sleep(answered + APART - asyncio.get_running_loop().time())
    return found


async def ask_which(server: Session, plan: Plan, found: Sequence[Proposal]) -> int | None:
    """The proposal that the user picks; None for none. The best where the editor cannot ask, such as Helix."""
    titles = [f"{rank}: {edits.told(plan.originals, proposal.texts)}" for rank, proposal in enumerate(found, 1)]
    items = [types.MessageActionItem(title) for title in titles]
    question = types.ShowMessageRequestParams(types.MessageType.Info, "llada-edit: choose a text", items)
    with suppress(JsonRpcException):
        if server.client.asks:
            answer = await server.window_show_message_request_async(question)
            return titles.index(answer.title) if answer is not None and answer.title in titles else None
    server.say("this editor cannot ask which one; the others are among the actions on the new text")
    return 0


async def send(server: Session, plan: Plan, found: Sequence[Proposal], chosen: int, *, snippet: bool = False) -> bool:
    """Have the client put a proposal into the document, unless that has changed; whether it did."""
    if not server.client.applies:
        server.say("this editor takes no edits from a language server; use completion instead", types.MessageType.Error)
        return False
    if not server.same(plan.snapshot):
        server.say(OTHER_TEXT, types.MessageType.Warning)
        return False
    server.marks.expect(plan.snapshot.uri, plan.snapshot.text, plan.order, found, plan.originals, plan.pinned)
    if snippet:
        texts = [proposal.texts[0] for proposal in found]
        edit = edits.choice_edit(plan.snapshot, plan.targets[0], texts)
    else:
        edit = edit_of(server, plan, found[chosen])
    return await push(server, edit, plan.title)


def edit_of(server: Session, plan: Plan, proposal: Proposal) -> types.WorkspaceEdit:
    """A proposal as an edit of the client."""
    made: Sequence[Edit] = proposal.edits
    if not plan.holes:
        made = edits.small(plan.snapshot.text, made)
    return edits.workspace_edit(plan.snapshot, made, server.client, plan.title)


async def push(server: Session, edit: types.WorkspaceEdit, label: str) -> bool:
    """Send an edit; whether the client says that it applied it."""
    metadata = types.WorkspaceEditMetadata(is_refactoring=True) if server.client.refactors else None
    params = types.ApplyWorkspaceEditParams(edit, label=label, metadata=metadata)
    try:
        result = await server.workspace_apply_edit_async(params)
    except JsonRpcException:
        result = types.ApplyWorkspaceEditResult(applied=False)
    if not result.applied:
        reason = f": {result.failure_reason}" if result.failure_reason else ""
        server.say(f"the editor did not apply the edit{reason}", types.MessageType.Warning)
    return result.applied


def _one_line(found: Sequence[Proposal]) -> bool:
    return all("\n" not in text and "\r" not in text for proposal in found for text in proposal.texts)
