"""Documents of our own, for clients that show them: an order as it is being written, live, and then its proposals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import quote

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_lsp import delivery
from llada_lsp.jobs import Running
from llada_lsp.server import Server
from llada_lsp.shelf import Shelf
from llada_lsp.tasks import Proposal

SCHEME = "llada-edit"
CONTENT = types.WORKSPACE_TEXT_DOCUMENT_CONTENT


def register(server: Server) -> None:
    """Add the handler; `surface` tells the client of the scheme, which pygls cannot."""
    server.feature(CONTENT)(_content)


def address(running: Running) -> str:
    """The URI of a job's document."""
    return f"{SCHEME}:/{quote(running.name, safe='')}/{quote(running.plan.title)}.md"


def _content(ls: Server, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
    known = ls.previews.get(params.uri)
    return types.TextDocumentContentResult(text="" if known is None else rendered(*known))


async def show(ls: Server, running: Running) -> None:
    """Open the document of a job, keep it up to date, and leave its proposals in it."""
    if not ls.client.content and ls.shelf is not None and ls.client.shows:
        await _show_file(ls, running, ls.shelf)
        return
    if not (ls.client.content and ls.client.shows):
        # Without a place to show it, the choice itself is the preview.
        await delivery.deliver(ls, running, choose=True)
        return
    uri = address(running)
    ls.previews = {uri: (running, ())}
    running.watchers.append(lambda view: _refresh(ls, uri))
    with suppress(JsonRpcException):  # a client that cannot show it may still ask for it
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=False))
    found = await delivery.finished(ls, running)
    if found and uri in ls.previews:  # and no newer one has taken its place
        ls.previews = {uri: (running, tuple(found))}
    _refresh(ls, uri)


async def _show_file(ls: Server, running: Running, shelf: Shelf) -> None:
    """Show the proposals of a job in a file, once they are there: editors ask about files that change."""
    found = await delivery.finished(ls, running)
    if not found:
        return
    ls.previews = {address(running): (running, tuple(found))}
    uri = shelf.put(rendered(running, found).encode("utf-8", "replace").decode())
    with suppress(JsonRpcException):
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=False))


def _refresh(ls: Server, uri: str) -> None:
    ls.spawn(_refreshed(ls, uri))


async def _refreshed(ls: Server, uri: str) -> None:
    try:
        await ls.workspace_text_document_content_refresh_async(types.TextDocumentContentRefreshParams(uri))
    except JsonRpcException:
        ls.previews.pop(uri, None)  # the user has closed it


def rendered(running: Running, found: Sequence[Proposal]) -> str:
    """What stands in the document: the text before, and the text as it is, or all proposals."""
    plan = running.plan
    parts = [f"# {plan.title}", "", *_quoted("Before", plan.originals)]
    if not found:
        now = running.latest.texts if running.latest else ("…",)
        step = f"step {running.latest.step + 1}" if running.latest else "waiting"
        return "\n".join([*parts, *_quoted(f"Now ({step})", now)])
    for rank, proposal in enumerate(found, 1):
        parts += _quoted(f"{rank}/{len(found)}", proposal.texts)
    return "\n".join([*parts, "Choose one with the actions at the text (“Use 1/3: …”)."])


def _quoted(title: str, texts: Sequence[str]) -> list[str]:
    lines = [line for text in texts for line in (text.splitlines() or [""])]
    return [f"## {title}", "", *(f"> {line}" for line in lines), ""]
