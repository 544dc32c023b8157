"""The requests of our own, ``llada/*``: the same work with all its numbers, for plug-ins that show it themselves."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError, OptionError
from llada_edit.holes import Hole, Span
from llada_lsp import messages, methods, places, tasks
from llada_lsp.documents import Snapshot
from llada_lsp.jobs import Plan, Running
from llada_lsp.messages import Order
from llada_lsp.pinning import written_around
from llada_lsp.planning import Moved, choices_of, plan
from llada_lsp.positions import points
from llada_lsp.progress import Bar
from llada_lsp.refusals import Offered
from llada_lsp.server import WORDS, Server
from llada_lsp.session import modified
from llada_lsp.tasks import Proposal
from llada_lsp.worker import Stale, Superseded


def register(server: Server) -> None:
    """Add the handlers."""
    server.feature(methods.PROPOSE)(_propose)
    server.feature(methods.RESAMPLE)(_resample)
    server.feature(methods.ALTERNATIVES)(_alternatives)
    server.feature(methods.SCORE)(_score)
    server.feature(methods.OPERATIONS)(_operations)
    server.feature(methods.GET_STATUS)(_status)
    server.feature(methods.CANCEL)(_cancel)


async def _propose(ls: Server, params: Order) -> messages.Proposals:
    try:
        made = plan(ls, params)
    except Moved:
        raise modified() from None
    return await _proposals(ls, made)


async def _proposals(ls: Server, made: Plan) -> messages.Proposals:
    running = ls.jobs.start(made, "propose")
    bar = None
    if isinstance(token := made.order.work_done_token, int | str):
        bar = Bar(ls, made.title, cancel=running.future.cancel, token=token)
        running.watchers.append(lambda view: bar.step(view.step))
    try:
        found = await running.proposals()
    except asyncio.CancelledError:
        running.future.cancel()
        raise
    except Stale:
        raise modified() from None
    except Superseded:
        raise JsonRpcException("a newer request has come", types.LSPErrorCodes.ServerCancelled.value) from None
    finally:
        if bar is not None:
            bar.end("done")
    if not ls.same(made.snapshot):
        raise modified()
    where = made.snapshot
    if found:
        ls.refusals.offer(running.name, Offered(where.uri, where.text, tuple(found), made.order))
        ls.marks.expect(where.uri, where.text, made.order, found, made.originals)
    return _answer(running, found)


def _answer(running: Running, found: Sequence[Proposal]) -> messages.Proposals:
    where = running.plan.snapshot
    proposals = [
        messages.Proposed([_replacement(where, edit) for edit in proposal.edits], _number(proposal.score))
        for proposal in found
    ]
    return messages.Proposals(running.name, where.uri, where.version, proposals)


def _replacement(where: Snapshot, edit: Edit) -> messages.Replacement:
    tokens = [messages.Token(token.text, _number(token.probability)) for token in edit.tokens]
    return messages.Replacement(where.lines.range(edit.span), edit.text, tokens)


def _number(value: float) -> float:
    return value if math.isfinite(value) else -1e9


async def _resample(ls: Server, params: messages.Resample) -> messages.Proposals:
    try:
        made = _unpinned(ls, plan(ls, params.order), params)
    except Moved:
        raise modified() from None
    return await _proposals(ls, made)


def _unpinned(ls: Server, made: Plan, params: messages.Resample) -> Plan:
    """The plan of filling what is not pinned in a proposal; its edits are for the document all the same."""
    where = made.snapshot
    whole = [Edit(where.lines.span(edit.range), edit.new_text) for edit in params.edits]
    if [edit.span for edit in whole] != list(made.targets):
        raise DocumentError("the edits are not those of a proposal for this order; give them as they were given")
    document = Document(where.text, tuple(Hole(edit.span) for edit in whole))
    text = document.apply(whole)
    proposal, shift = list[Span](), 0
    for edit in whole:
        proposal.append(Span(edit.span.start + shift, edit.span.start + shift + len(edit.text)))
        shift += len(edit.text) - len(edit.span)
    pinned = [_pinned(pin, whole, proposal, where.lines.encoding) for pin in params.pins]
    assert made.order.n is not None
    choices = choices_of(made.order, ls.choices.of(where.uri))
    return replace(made, work=written_around(text, proposal, pinned, made.order.n, choices))


def _pinned(pin: messages.Pin, whole: Sequence[Edit], proposal: Sequence[Span], encoding: str) -> Span:
    if not 0 <= pin.edit < len(whole):
        raise OptionError(f"a pin names edit {pin.edit}; there are 0 to {len(whole) - 1}")
    text, start = whole[pin.edit].text, proposal[pin.edit].start
    first, last = sorted(points(text, at, encoding) for at in (pin.start, pin.end))
    return Span(start + first, start + last)


async def _alternatives(ls: Server, params: messages.Place) -> messages.Words:
    snapshot = _open(ls, params.text_document)
    offset = snapshot.lines.offset(params.position)
    line = snapshot.lines.lines_of(Span(offset, offset))
    span = places.word_at(snapshot.text, offset, line) or Span(offset, offset)
    if not 1 <= params.k <= WORDS:
        raise OptionError(f"k is {params.k}; give 1 to {WORDS}")
    found = await ls.words("alternatives", snapshot, span, None) or []
    words = [messages.Token(text, probability) for text, probability in found[: params.k]]
    return messages.Words(snapshot.lines.range(span), words)


async def _score(ls: Server, params: messages.Part) -> messages.Scored:
    snapshot = _open(ls, params.text_document)
    span = snapshot.lines.span(params.range) if params.range else Span(0, len(snapshot.text))
    found = await ls.ask("score", tasks.scores_of([span.of(snapshot.text)]), snapshot)
    tokens = [messages.Token(token.text, token.probability) for token in (found or [()])[0]]
    mean = math.fsum(math.log(max(token.probability, 1e-12)) for token in tokens) / max(1, len(tokens))
    return messages.Scored(snapshot.lines.range(span), tokens, mean)


def _open(ls: Server, wanted: messages.Document) -> Snapshot:
    snapshot = ls.snapshot(wanted.uri)
    if snapshot is None:
        raise DocumentError(f"{wanted.uri} is not open; open it first")
    if wanted.version not in (None, snapshot.version):
        raise modified()
    return snapshot


def _operations(ls: Server, params: messages.Nothing) -> messages.Offers:
    return messages.Offers(
        [messages.Offer(known.name, known.title, known.detail, known.strength) for known in ls.operations]
    )


def _status(ls: Server, params: messages.Nothing) -> messages.Status:
    return ls.status()


def _cancel(ls: Server, params: messages.Named) -> None:
    ls.jobs.cancel(params.job)
