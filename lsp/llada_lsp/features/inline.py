"""Ghost text: what fits between the text left and right of the cursor, within a budget of time."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lsprotocol import types

from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.holes import Hole, Span
from llada_lsp import places
from llada_lsp.documents import Snapshot
from llada_lsp.messages import Order
from llada_lsp.planning import FILL, choices_of
from llada_lsp.refusals import Offered
from llada_lsp.rounds import Best, suggestions
from llada_lsp.server import Server
from llada_lsp.session import modified
from llada_lsp.settings import Settings
from llada_lsp.tasks import Proposal
from llada_lsp.worker import Stale

ACCEPTED = "lladaEdit.accepted"
"""The command of ghost text that was put in."""
_ENDS = ".,;:!?)]}\u2026\u201d"
"""Signs after which a blank stands before the next word."""


def register(server: Server) -> None:
    """Add the handler."""
    # Without options of its own pygls would not tell the client.
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())(_inline)


async def _inline(ls: Server, params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None:
        return None
    settings = ls.choices.of(snapshot.uri)
    automatic = params.context.trigger_kind is types.InlineCompletionTriggerKind.Automatic
    if not settings.inlineCompletion or (automatic and not settings.inlineWhileTyping):
        return None
    if automatic:
        await asyncio.sleep(settings.inlinePause / 1000)
        if not ls.same(snapshot):
            raise modified()
    offset = snapshot.lines.offset(params.position)
    chosen = params.context.selected_completion_info
    if chosen:
        span, prefix = snapshot.lines.span(chosen.range), chosen.text
    elif (begun := _begun(snapshot, offset, settings)) is None:
        return None
    else:
        span, prefix = Span(offset, offset), begun
    count = 1 if automatic else settings.n
    found = await suggest(ls, "inline", snapshot, span, prefix, count, settings.inlineBudget / 1000)
    if not found:
        return None
    order = Order(snapshot.uri, [snapshot.lines.range(found[0].edits[0].span)], op=FILL, n=count)
    ls.marks.expect(snapshot.uri, snapshot.text, order, found, (found[0].edits[0].span.of(snapshot.text),))
    job = str(uuid.uuid4())
    ls.refusals.offer(job, Offered(snapshot.uri, snapshot.text, tuple(found), order))
    items = []
    for rank, proposal in enumerate(found):
        # Clients run it when the text was put in; plug-ins find in it what they refuse or accept in part.
        told = types.Command("Accepted", ACCEPTED, arguments=[{"job": job, "candidate": rank}])
        place = snapshot.lines.range(proposal.edits[0].span)
        items.append(types.InlineCompletionItem(proposal.texts[0], range=place, command=told))
    return types.InlineCompletionList(items)


def _begun(snapshot: Snapshot, offset: int, settings: Settings) -> str | None:
    """What ghost text begins with: a blank after a word that is finished; None inside a word, where nothing fits."""
    text = snapshot.text
    holes, _ = places.holes_of(text, settings.marker)
    if places.hole_at(holes, offset):
        return ""
    if places.goes_on(text, offset):
        return None
    return " " if places.finished_word(text, offset) else ""


async def suggest(
    ls: Server, kind: str, snapshot: Snapshot, span: Span, prefix: str, n: int, budget: float
) -> list[Proposal]:
    """What could stand in a span, beginning with `prefix`: the best that is found within a number of seconds.

    In a hole, its whole markup is replaced. Text that follows anyway is never repeated, nor text that stands before,
    nor what was refused here. A newer request of the same kind takes the place of this one.

    Raises:
        JsonRpcException: `ContentModified`, because the document has changed.
    """
    settings = ls.choices.of(snapshot.uri)
    document, hole = _document(snapshot, span, prefix, settings)
    target = span if prefix or hole.span == span else hole.span
    wanted = n + ls.refusals.count(snapshot.text, [target])
    best: list[Proposal] = []

    def step(seen: Any) -> None:
        if isinstance(seen, Best):
            best[:] = seen.proposals

    choices = choices_of(Order(snapshot.uri), settings)
    job = ls.worker.submit(kind, suggestions(document, hole.span, wanted, choices), step, snapshot.uri)
    future = asyncio.wrap_future(job.future)
    try:
        await asyncio.wait({future}, timeout=budget)
    finally:
        job.future.cancel()
    if future.done() and not future.cancelled() and (error := future.exception()) is not None:
        if isinstance(error, Stale):
            raise modified()
        return []  # nobody has asked; what is wrong is said where somebody does
    found = list(best)
    if not ls.same(snapshot):
        raise modified()
    fitting = _fitting(found, document, hole.span, target, prefix)
    return ls.refusals.without(snapshot.text, fitting)[:n]


def _document(snapshot: Snapshot, span: Span, prefix: str, settings: Settings) -> tuple[Document, Hole]:
    """The text with `prefix` in place of the span, and the hole that is to be filled after it."""
    text = snapshot.text
    holes, _ = places.holes_of(text, settings.marker)
    if not prefix and (marked := places.hole_at(holes, span.start)):
        return places.document_for(text, [marked.span], holes), marked
    here = span.start + len(prefix)
    text = text[: span.start] + prefix + text[span.end :]
    document = places.document_for(text, [Span(here, here)], ())
    return document, document.holes[0]


def _fitting(found: Sequence[Proposal], document: Document, hole: Span, target: Span, prefix: str) -> list[Proposal]:
    left, right = document.text[: hole.start], document.text[hole.end :]
    made: dict[str, Proposal] = {}
    for proposal in found:
        edit = proposal.edits[0]
        text = without_overlap(edit.text, left, right)
        if readable(text, left, right):
            tokens = edit.tokens if text == edit.text and not prefix.strip() else ()
            if tokens and prefix:
                tokens = (replace(tokens[0], text=prefix + tokens[0].text), *tokens[1:])
            made.setdefault(text, replace(proposal, edits=(Edit(target, prefix + text, edit.name, tokens),)))
    return list(made.values())


def readable(text: str, left: str, right: str) -> bool:
    """Whether a text has words, does not stick to a full stop, and leaves open no bracket, quote or mark of markup.

    Weak models close what nobody has opened; only the paragraph around is looked at.
    """
    if left[-1:] and left[-1] in _ENDS and text[:1].isalpha():
        return False
    place = Span(len(left), len(left))
    around = places.paragraph_of(left + right, place)
    before, after = left[around.start :], right[: around.end - len(left)]
    words = any(sign.isalnum() for sign in text)
    return words and places.open_signs(before + text + after) <= places.open_signs(before + after)


def without_overlap(text: str, left: str, right: str) -> str:
    """A text without the end that the text on the right begins with, and the beginning that the left one ends with.

    Only whole words and signs count: "a" before "and" is no repetition.
    """
    while size := _overlap(text, right):
        text = text[: len(text) - size]
    while size := _overlap(left, text):
        text = text[size:]
    return text


def _overlap(before: str, after: str) -> int:
    """Length of the longest end of one text that the other begins with; blanks alone do not count."""
    for size in range(min(len(before), len(after)), 0, -1):
        start = len(before) - size
        if before[start:] == after[:size] and after[:size].strip() and _apart(after, size) and _apart(before, start):
            return size
    return 0


def _apart(text: str, at: int) -> bool:
    """Whether no word is cut at an offset."""
    return not (0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum())
