"""The requests that the server answers, each in a few lines: place, offer, work, answer."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lsprotocol import types

from llada_edit.document import Span, closing_of
from llada_edit.words import word_at
from llada_lsp import features, tasks
from llada_lsp.documents import Snapshot
from llada_lsp.filling import FillRequest, fill
from llada_lsp.server import Load, Server, load_editor

HOVERED = 5
"""Words that a hover shows."""
LISTED = 8
"""Words that a completion lists."""
TYPING = 1.0
"""Seconds after a keystroke in which a completion at its place counts as asked for by the editor, not by the user."""


def create_server(load: Load = load_editor) -> Server:
    """A server with all its handlers.

    Args:
        load: makes the editor from the settings, in the worker thread.
    """
    server = Server(load)
    server.feature(types.INITIALIZE)(_initialize)
    server.feature(types.INITIALIZED)(_initialized)
    server.feature(types.SHUTDOWN)(_shutdown)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([features.KIND]))(_code_action)
    server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())(_completion)
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)
    server.command(features.FILL)(_fill)
    server.command(features.CANCEL)(_cancel)
    return server


def _initialize(ls: Server, params: types.InitializeParams) -> None:
    ls.configure(params.initialization_options)
    # The last sign of the markup: whoever closes a hole is shown what could stand there.
    closing = closing_of(ls.settings.marker)[-1]
    options = ls.protocol.fm.feature_options[types.TEXT_DOCUMENT_COMPLETION]
    options.trigger_characters = [closing]


def _initialized(ls: Server, params: types.InitializedParams) -> None:
    ls.spawn(ls.begin())


def _shutdown(ls: Server, params: None) -> None:
    ls.worker.stop()


def _code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None or not _wanted(params.context.only):
        return None
    holes, why_not = features.holes_of(snapshot.text, ls.settings.marker)
    selection = snapshot.lines.span(params.range)
    automatic = params.context.trigger_kind is types.CodeActionTriggerKind.Automatic
    if why_not and ls.settings.marker in snapshot.lines.lines_of(selection).of(snapshot.text):
        return [features.disabled_action("Fill this hole", why_not)] if _can_disable(ls) else []
    offers = features.actions_at(snapshot, selection, holes, ls.settings.n, words=not automatic)
    return [features.code_action(snapshot, offer) for offer in offers]


def _wanted(only: Sequence[str] | None) -> bool:
    """Whether a client that asks for some kinds of actions asks for ours; kinds are a hierarchy with dots."""
    asked = [kind.value if isinstance(kind, types.CodeActionKind) else kind for kind in only or [""]]
    return any(not kind or f"{features.KIND}.".startswith(f"{kind}.") for kind in asked)


def _can_disable(ls: Server) -> bool:
    document = ls.client_capabilities.text_document
    return bool(document and document.code_action and document.code_action.disabled_support)


async def _completion(ls: Server, params: types.CompletionParams) -> types.CompletionList | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    offset = snapshot.lines.offset(params.position)
    holes, _ = features.holes_of(snapshot.text, ls.settings.marker)
    if hole := features.hole_at(holes, offset):
        document = features.document_for(snapshot.text, [hole.span], holes)
        found = await ls.ask("completion", tasks.fillings(document, [hole.span], ls.settings.n)) or []
        return _items(ls, snapshot, hole.span, [(edit.text, edit.probability) for (edit,) in found])
    typed = params.context is not None and params.context.trigger_kind is types.CompletionTriggerKind.TriggerCharacter
    span = word_at(snapshot.text, offset, snapshot.lines.lines_of(Span(offset, offset)))
    if span is None or typed or is_typing(snapshot, offset, time.monotonic()):
        return None
    words = await ls.ask("completion", tasks.words_for(snapshot.text, span, LISTED + 1)) or []
    other = [(text, probability) for text, probability in words if text != span.of(snapshot.text)]
    return _items(ls, snapshot, span, other[:LISTED])


def is_typing(snapshot: Snapshot, offset: int, now: float) -> bool:
    """Whether someone is writing at this offset: editors then ask for completions that nobody has asked for."""
    return snapshot.typed is not None and snapshot.typed[0] == offset and now - snapshot.typed[1] < TYPING


def _items(
    ls: Server, snapshot: Snapshot, span: Span, texts: Sequence[tuple[str, float | None]]
) -> types.CompletionList | None:
    now = ls.snapshot(snapshot.uri)
    if now is None or now.text != snapshot.text:
        return None  # the ranges would no longer be right
    return features.completion_items(snapshot, span, texts)


async def _hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    offset = snapshot.lines.offset(params.position)
    holes, _ = features.holes_of(snapshot.text, ls.settings.marker)
    if hole := features.hole_at(holes, offset):
        return types.Hover(features.hole_text(hole), snapshot.lines.range(hole.span))
    span = word_at(snapshot.text, offset, snapshot.lines.lines_of(Span(offset, offset)))
    words = await ls.ask("hover", tasks.words_for(snapshot.text, span, HOVERED)) if span else None
    if not span or not words:
        return None
    text = features.hover_text(span.of(snapshot.text), words, markdown=_reads_markdown(ls))
    return types.Hover(text, snapshot.lines.range(span))


def _reads_markdown(ls: Server) -> bool:
    document = ls.client_capabilities.text_document
    formats = (document and document.hover and document.hover.content_format) or ()
    return types.MarkupKind.Markdown in formats


def _fill(ls: Server, request: FillRequest) -> None:
    ls.spawn(fill(ls, request))


def _cancel(ls: Server) -> None:
    ls.worker.cancel_all()
