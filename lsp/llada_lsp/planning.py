"""From an order to a plan: which spans are meant, on which text the work is done, and what work it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace as changed
from typing import Any

import attrs

from llada_edit.errors import DocumentError, OptionError
from llada_edit.holes import Span
from llada_lsp import operations, places, prose, tasks
from llada_lsp.asking import holes_over, told
from llada_lsp.documents import Snapshot
from llada_lsp.jobs import Plan
from llada_lsp.marks import Mark
from llada_lsp.messages import Order
from llada_lsp.operations import Operation, Wish
from llada_lsp.rounds import in_rounds, until
from llada_lsp.session import Session
from llada_lsp.settings import MOST, Settings
from llada_lsp.tasks import Proposal, Proposing

FILL, REWORD = "fill", "reword"
"""What every model can do; all else comes from `operations`."""
OTHER_TEXT = "the text has changed meanwhile, so nothing was replaced; ask again"
SEEDS = 2**31
LONGEST = 600_000
"""Milliseconds that a deadline may be away."""


class Moved(DocumentError):
    """The version that an order was made for is gone."""


def plan(server: Session, order: Order) -> Plan:
    """The plan for an order; what was refused at its place is not among the results, and others are looked for.

    Raises:
        Moved: the document has another version by now.
        LladaEditError: the order or the document cannot be used, or the model was unloaded.
    """
    if server.unloaded:
        server.worker.ready.result()  # raises, and says what to do
    made = _planned(server, order)
    text, wanted = made.snapshot.text, made.order.n
    refused = server.refusals.count(text, made.spans)
    if not refused or wanted is None:
        return made
    more = _planned(server, attrs.evolve(order, n=min(MOST, wanted + refused)))

    def work(editor: Any) -> Generator[Any, None, list[Proposal]]:
        found = yield from more.work(editor)
        return server.refusals.without(text, found)[:wanted]

    return changed(made, work=work)


def _planned(server: Session, order: Order) -> Plan:
    snapshot = server.snapshot(order.uri)
    if snapshot is None:
        raise DocumentError(f"{order.uri} is not open, or not in one of the languages that are set; open it first")
    if order.version not in (None, snapshot.version):
        raise Moved(OTHER_TEXT)
    settings = server.choices.of(order.uri)
    wanted = settings.n if order.n is None else order.n
    if not 1 <= wanted <= MOST:
        raise OptionError(f"n is {wanted}; give 1 to {MOST}")
    spans = sorted(snapshot.lines.span(range_) for range_ in order.ranges)
    order = attrs.evolve(order, n=wanted)
    if order.op == FILL:
        return _filling(snapshot, order, settings, spans)
    return _writing_anew(server, snapshot, order, settings, spans)


def again(server: Session, snapshot: Snapshot, mark: Mark, **changes: Any) -> Plan:
    """The plan for doing a mark's order once more, on the text as it was before."""
    order: Order = attrs.evolve(mark.order, **changes, version=snapshot.version, job="", preview=False)
    text, spans = mark.before(snapshot.text)
    settings = server.choices.of(snapshot.uri)
    past = changed(snapshot, lines=type(snapshot.lines)(text, snapshot.lines.encoding))
    if order.op == FILL:
        made = _filling(past, order, settings, list(spans))
    else:
        made = _rewriting(server, past, order, settings, list(spans))
    return changed(made, snapshot=snapshot, targets=mark.spans, originals=mark.originals, holes=False)


def choices_of(order: Order, settings: Settings) -> dict[str, Any]:
    """Fields of `InfillOptions`."""
    chosen: dict[str, Any] = {"seed": (settings.seed if order.seed is None else order.seed) % SEEDS}
    if settings.context:
        chosen["context"] = max(16, settings.context)
    return chosen


def _filling(snapshot: Snapshot, order: Order, settings: Settings, spans: list[Span]) -> Plan:
    holes, problems = places.holes_of(snapshot.text, settings.marker)
    if not spans:
        spans = [hole.span for hole in holes]
    if not spans:
        why = str(problems[0]) if problems else ""
        raise DocumentError(why or f'no hole to fill; write "{settings.marker}" where something is missing')
    document = places.document_for(snapshot.text, spans, holes)
    asked = tuple(told(hole, order) if hole.span in spans else hole for hole in document.holes)
    document, choices = changed(document, holes=asked), choices_of(order, settings)
    work = _in_time(order, lambda n, quick: tasks.fillings(document, spans, n, choices, quick=quick))
    title = "Fill 1 place" if len(spans) == 1 else f"Fill {len(spans)} places"
    return _plan(snapshot, order, title, work, spans, holes=True)


def _in_time(order: Order, make: Callable[[int, bool], Proposing]) -> Proposing:
    """The work for an order, made for so many proposals, quickly or not; with a deadline, one quick proposal first."""
    assert order.n is not None
    if order.deadline_ms is None:
        return make(order.n, False)
    if not 1 <= order.deadline_ms <= LONGEST:
        raise OptionError(f"deadlineMs is {order.deadline_ms}; give 1 to {LONGEST}")
    rounds = [make(1, True), make(order.n, False)]
    return until(time.monotonic() + order.deadline_ms / 1000, in_rounds(rounds))


def _writing_anew(server: Session, snapshot: Snapshot, order: Order, settings: Settings, spans: list[Span]) -> Plan:
    text = snapshot.text
    if not spans:
        spans = [passage.span for passage in prose.passages(text, snapshot.language)]
    whole = [_meant(snapshot, span, word=order.op == REWORD) for span in spans]
    found = [span for span in dict.fromkeys(whole) if span.start < span.end]
    if not found:
        raise DocumentError("there is nothing to rewrite here; select some text")
    return _rewriting(server, snapshot, order, settings, found)


def _meant(snapshot: Snapshot, span: Span, *, word: bool) -> Span:
    """A selection without blanks at its ends; for a place, the word or the sentence there."""
    if span.start < span.end:
        return places.trimmed(snapshot.text, span)
    if word:
        return places.word_at(snapshot.text, span.start, snapshot.lines.lines_of(span)) or span
    passage = prose.passage_at(snapshot.text, snapshot.language, span)
    return places.sentence_of(snapshot.text, span, passage.span) if passage else span


def _rewriting(server: Session, snapshot: Snapshot, order: Order, settings: Settings, spans: list[Span]) -> Plan:
    text = snapshot.text
    parts = [part for span in spans for part in prose.editable(text, snapshot.language, span)]
    if not parts:
        raise DocumentError("there is no prose here that may change; select some text outside of markup")
    if order.op == REWORD:
        document, choices = holes_over(text, parts, order), choices_of(order, settings)
        work = _in_time(order, lambda n, quick: tasks.rewordings(document, parts, n, choices, quick=quick))
        return _plan(snapshot, order, "Reword", _gated(work, snapshot), parts)
    operation, tone = _operation(server, order, settings.tone)
    asked = settings.strength if order.strength is None and operation.strength else order.strength
    strength = None if asked is None else operations.strength_of(asked)
    seed = choices_of(order, settings)["seed"]
    keep = (*settings.keep, *server.kept.get(snapshot.uri, ()), *order.keep)

    def make(n: int, quick: bool) -> Proposing:
        wish = Wish(operation.name, strength, keep, n, seed, tone)
        return server.rewriting.work(text, spans, wish, snapshot.language)

    return _plan(snapshot, order, operation.title, _in_time(order, make), spans)


def _operation(server: Session, order: Order, usual: str) -> tuple[Operation, str]:
    """The operation that is asked for, and the tone that it is to have beyond that; of a paraphrase the usual one."""
    if order.must or order.avoid or order.note or order.length:
        raise OptionError("must, avoid, note and length are for fill and reword; name what is to stay in keep")
    known = {operation.name: operation for operation in server.operations}
    if order.op not in known and server.loading:
        raise DocumentError("the model is still loading; ask again when it is ready")
    if order.op not in known:
        raise OptionError(
            f"operation {order.op!r} is not offered by this model; there are {', '.join([FILL, REWORD, *known])}"
        )
    tones = [name for name in operations.TONES if name in known]
    if not order.tone and order.op == "paraphrase" and (usual in tones or known[order.op].tone):
        order = attrs.evolve(order, tone=usual.strip())
    if order.tone in tones:
        return known[order.tone], ""
    if order.tone and not known[order.op].tone:
        raise OptionError(f"tone is {order.tone!r:.40}; {order.op} with this model can sound {' or '.join(tones)}")
    return known[order.op], order.tone


def _gated(work: Proposing, snapshot: Snapshot) -> Proposing:
    """Work without the proposals that would change the markup around them."""

    def gated(editor: Any) -> Generator[Any, None, list[Proposal]]:
        found = yield from work(editor)
        return [
            one for one in found if len(prose.harmless(snapshot.text, snapshot.language, one.edits)) == len(one.edits)
        ]

    return gated


def _plan(
    snapshot: Snapshot, order: Order, title: str, work: Any, spans: Sequence[Span], *, holes: bool = False
) -> Plan:
    originals = tuple(span.of(snapshot.text) for span in spans)
    return Plan(snapshot, order, title, work, tuple(spans), tuple(spans), originals, holes)
