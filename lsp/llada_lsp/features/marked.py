"""Commands on text that was just written: another one, further from the original or nearer, back, or settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import attrs
from lsprotocol import types

from llada_edit.errors import DocumentError
from llada_edit.holes import Span
from llada_lsp import delivery, operations, places
from llada_lsp.documents import Snapshot
from llada_lsp.features import diagnostics
from llada_lsp.jobs import Plan, retargeted
from llada_lsp.marks import Mark
from llada_lsp.messages import Order
from llada_lsp.pinning import written_around
from llada_lsp.planning import again, choices_of
from llada_lsp.server import Server
from llada_lsp.settings import MOST
from llada_lsp.tasks import Proposal


@attrs.define
class MarkOrder:
    """A text that was written before; without a number, the newest one of the document."""

    uri: str
    mark: int | None = None
    chosen: int | None = None


@attrs.define
class PinOrder:
    """Parts of a text that was written before; without a number, of the newest one of the document."""

    uri: str
    ranges: list[types.Range] = attrs.field(factory=list)
    mark: int | None = None


def _mark(ls: Server, order: MarkOrder) -> Mark:
    marks = ls.marks.of(order.uri)
    found = (
        max(marks, key=lambda mark: mark.id, default=None)
        if order.mark is None
        else ls.marks.find(order.uri, order.mark)
    )
    if found is None:
        raise DocumentError("this text is not one that was just written, or it has been changed since")
    return found


def anew(name: str) -> Callable[[Server, MarkOrder], None]:
    """The command "another", "stronger" or "weaker"."""

    def do(ls: Server, order: MarkOrder) -> None:
        try:
            mark = _mark(ls, order)
        except DocumentError as error:
            ls.complain(error)
            return
        graded = any(known.strength and known.name == mark.order.op for known in ls.operations)
        if name != "another" and not graded:
            ls.say("there is no more or less of this with the model in use; ask for another one")
        elif name == "another" and mark.chosen + 1 < len(mark.proposals):
            ls.spawn(_put(ls, order.uri, mark, mark.proposals, mark.chosen + 1))
        else:
            ls.spawn(_anew(ls, order.uri, mark, name))

    return do


async def _anew(ls: Server, uri: str, mark: Mark, name: str) -> None:
    """Write a mark's text once more: another one, or one that is further from the original, or nearer."""
    snapshot = ls.snapshot(uri)
    if snapshot is None:
        return
    before: Order = mark.order
    seed = (before.seed or 0) + 1
    changes: dict[str, Any] = {"seed": seed, "n": min(MOST, len(mark.proposals) + 2)}
    if name != "another":
        default = ls.choices.of(uri).strength
        strength = operations.strength_of(default if before.strength is None else before.strength)
        by = operations.STEP if name == "stronger" else -operations.STEP
        changes |= {"strength": round(min(1.0, max(0.05, strength + by)), 2), "n": 1}
    made = again(ls, snapshot, mark, **changes)
    if name == "another" and mark.pins:
        made = _around(ls, made, mark)
    running = ls.jobs.start(made)
    found = await delivery.finished(ls, running)
    if not found:
        return
    known = [] if name != "another" else [retargeted(old, mark.spans) for old in mark.proposals]
    standing = mark.proposals[mark.chosen].texts
    new = [one for one in found if one.texts not in {old.texts for old in known} and one.texts != standing]
    if not new:
        ls.say("the model finds no other wording here")
        return
    await delivery.send(ls, running.plan, [*known, *new], len(known))


def _around(ls: Server, made: Plan, mark: Mark) -> Plan:
    """The plan of writing a mark's present text again, but for what is pinned."""
    where = made.snapshot
    assert made.order.n is not None
    choices = choices_of(made.order, ls.choices.of(where.uri))
    work = written_around(where.text, mark.spans, mark.pins, made.order.n, choices)
    return replace(made, work=work, pinned=tuple(pin.of(where.text) for pin in mark.pins))


def pin(ls: Server, order: PinOrder) -> list[str]:
    """Keep the words in some ranges of a mark in its next texts; what is pinned now."""
    mark, where, wanted = _pinnable(ls, order)
    return _pinned(ls, where, mark, [*mark.pins, *wanted])


def unpin(ls: Server, order: PinOrder) -> list[str]:
    """Let go of the pins that some ranges touch, or of all where there are none; what is pinned now."""
    mark, where, wanted = _pinnable(ls, order)
    left = [own for own in mark.pins if order.ranges and not any(own.overlaps(span) for span in wanted)]
    return _pinned(ls, where, mark, left)


def _pinnable(ls: Server, order: PinOrder) -> tuple[Mark, Snapshot, list[Span]]:
    """A mark, and the parts of it that some ranges mean: for a place, the word there."""
    mark, where = _mark(ls, MarkOrder(order.uri, order.mark)), ls.snapshot(order.uri)
    assert where is not None  # it has a mark
    wanted = []
    for range_ in order.ranges:
        span = where.lines.span(range_)
        if span.start == span.end:
            span = places.word_at(where.text, span.start, where.lines.lines_of(span)) or span
        span = places.trimmed(where.text, span)
        inside = [Span(max(own.start, span.start), min(own.end, span.end)) for own in mark.spans if own.overlaps(span)]
        if not inside:
            raise DocumentError("this is no part of the text that was just written; select some words in it")
        wanted += inside
    return mark, where, wanted


def _pinned(ls: Server, where: Snapshot, mark: Mark, pins: Sequence[Span]) -> list[str]:
    joined: list[Span] = []
    for one in sorted(pins):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(one.end, joined[-1].end))
        else:
            joined.append(one)
    # What was found without them is not what is wanted next.
    tried = mark.proposals[: mark.chosen + 1]
    ls.marks.put(where.uri, replace(mark, proposals=tried, pins=tuple(joined)))
    changed(ls, where.uri)
    return [one.of(where.text) for one in joined]


async def _put(ls: Server, uri: str, mark: Mark, proposals: tuple[Proposal, ...], chosen: int) -> None:
    """Replace a mark's text by another one of its proposals."""
    snapshot = ls.snapshot(uri)
    if snapshot is None:
        return
    made = again(ls, snapshot, mark)
    await delivery.send(ls, made, [retargeted(one, mark.spans) for one in proposals], chosen)


def use(ls: Server, order: MarkOrder) -> None:
    """Put another proposal of a mark in its place."""
    mark = _mark(ls, order)
    if order.chosen is None or not 0 <= order.chosen < len(mark.proposals):
        raise DocumentError(f"chosen is {order.chosen}; give 0 to {len(mark.proposals) - 1}")
    ls.spawn(_put(ls, order.uri, mark, mark.proposals, order.chosen))


def revert(ls: Server, order: MarkOrder) -> None:
    """Bring back what stood there before."""
    try:
        mark = _mark(ls, order)
    except DocumentError as error:
        ls.complain(error)
        return
    ls.spawn(_reverted(ls, order.uri, mark))


async def _reverted(ls: Server, uri: str, mark: Mark) -> None:
    snapshot = ls.snapshot(uri)
    if snapshot is None:
        return
    made = again(ls, snapshot, mark)
    edit = delivery.edit_of(ls, made, Proposal(mark.back(), 0.0))
    await delivery.push(ls, edit, "Revert")


def accept(ls: Server, order: MarkOrder) -> None:
    """Forget that the model wrote it."""
    ls.marks.drop(order.uri, _mark(ls, order).id)
    changed(ls, order.uri)


def changed(ls: Server, uri: str) -> None:
    """The marks of a document have changed."""
    ls.refresh("codeLens", "inlayHint", "semanticTokens")
    diagnostics.show(ls, uri)
