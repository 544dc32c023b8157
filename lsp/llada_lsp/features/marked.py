"""Commands on text that was just written: another one, further from the original or nearer, back, or settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from llada_edit.errors import DocumentError
from llada_lsp import delivery, operations
from llada_lsp.jobs import retargeted
from llada_lsp.marks import Mark
from llada_lsp.messages import Order
from llada_lsp.planning import again
from llada_lsp.server import Server
from llada_lsp.settings import MOST
from llada_lsp.tasks import Proposal


@attrs.define
class MarkOrder:
    """A text that was written before; without a number, the newest one of the document."""

    uri: str
    mark: int | None = None
    chosen: int | None = None


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
    running = ls.jobs.start(again(ls, snapshot, mark, **changes))
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
    changed(ls)


def changed(ls: Server) -> None:
    """Marks have changed."""
    ls.refresh("codeLens", "inlayHint", "semanticTokens", "diagnostics")
