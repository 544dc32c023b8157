"""Commands: everything that a code action does, for palettes and keys, and what has no place of its own in a text.

All but a few answer at once with the name of a job; see `delivery`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from llada_edit.errors import DocumentError, LladaEditError
from llada_lsp import delivery, messages, operations
from llada_lsp.features import preview, scoring
from llada_lsp.features.actions import FOLLOW
from llada_lsp.jobs import Plan, Running, retargeted
from llada_lsp.marks import Mark
from llada_lsp.messages import Order
from llada_lsp.planning import FILL, REWORD, Moved, again, plan
from llada_lsp.server import Server
from llada_lsp.settings import MOST
from llada_lsp.tasks import Proposal

REWRITE = "rewrite"
PALETTE = ("paraphrase", "shorten", "expand", "formal", "plain", "simplify", "proofread")
"""Operations with a command of their own; those that the model is not good at answer with an error."""


@attrs.define
class MarkOrder:
    """A text that was written before; without a number, the newest one of the document."""

    uri: str
    mark: int | None = None
    chosen: int | None = None


@attrs.define
class Terms:
    """Words and phrases of a document."""

    uri: str
    terms: list[str]


@attrs.define
class Pick:
    """A job, and which of its proposals is wanted."""

    job: str
    chosen: int = 0


@attrs.define
class Where:
    """A document."""

    uri: str


def register(server: Server) -> None:
    """Add all commands."""
    for name, op in ((FILL, FILL), ("reword", REWORD), *((op, op) for op in PALETTE)):
        _command(server, name, Order, _writing(op))
    _command(server, REWRITE, Order, _writing(""))
    _command(server, "preview", Order, _previewing)
    _command(server, "choose", Order, _choosing)
    for name in ("another", "stronger", "weaker"):
        _command(server, name, MarkOrder, _again(name))
    _command(server, "revert", MarkOrder, _revert)
    _command(server, "accept", MarkOrder, _accept)
    _command(server, "use", MarkOrder, _use)
    _command(server, "keepTerms", Terms, _keep)
    _command(server, "forgetTerms", Terms, _forget)
    _command(server, "score", Order, _score)
    _command(server, "clearMarks", Where, _clear)
    _command(server, FOLLOW.removeprefix("lladaEdit."), Pick, _follow)
    _command(server, "cancel", messages.Named, _cancel, optional=True)
    _command(server, "status", messages.Nothing, lambda ls, _: ls.status(), optional=True)
    _command(server, "load", messages.Nothing, lambda ls, _: ls.spawn(ls.load()), optional=True)


def _command(
    server: Server, name: str, kind: type[Any], do: Callable[[Server, Any], Any], *, optional: bool = False
) -> None:
    """Register a command with one argument of a type; pygls fails on commands without a list of arguments."""
    converter = server.rpc._converter

    def run(ls: Server, *arguments: Any) -> Any:
        if len(arguments) > 1 or not (arguments or optional):
            raise JsonRpcInvalidParams(f"lladaEdit.{name} takes one object")
        try:
            argument = converter.structure(arguments[0] if arguments else {}, kind)
        except Exception as error:
            raise JsonRpcInvalidParams(f"the argument does not fit ({type(error).__name__})") from None
        return do(ls, argument)

    server.command(f"lladaEdit.{name}")(run)


def _writing(op: str) -> Callable[[Server, Order], str | None]:
    def write(ls: Server, order: Order) -> str | None:
        return begin(ls, attrs.evolve(order, op=op or order.op, n=1 if order.n is None else order.n))

    return write


def _previewing(ls: Server, order: Order) -> str | None:
    return begin(ls, attrs.evolve(order, preview=True))


def _choosing(ls: Server, order: Order) -> str | None:
    return begin(ls, order)


def begin(ls: Server, order: Order) -> str | None:
    """Begin an order, and say so at once: the name of its job, or None and a message to the user."""
    return _started(ls, lambda: plan(ls, order))


def _started(ls: Server, planned: Callable[[], Plan]) -> str | None:
    try:
        made = planned()
    except Moved as moved:
        ls.say(str(moved), types.MessageType.Warning)
        return None
    except LladaEditError as error:
        ls.complain(error)
        return None
    running = ls.jobs.start(made)
    order = made.order
    if order.preview:
        ls.spawn(preview.show(ls, running))
    else:
        ls.spawn(delivery.deliver(ls, running, choose=(order.n or 1) > 1))
    return running.name


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


def _again(name: str) -> Callable[[Server, MarkOrder], None]:
    def do(ls: Server, order: MarkOrder) -> None:
        try:
            mark = _mark(ls, order)
        except DocumentError as error:
            ls.complain(error)
            return
        if name == "another" and mark.chosen + 1 < len(mark.proposals):
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


def _use(ls: Server, order: MarkOrder) -> None:
    mark = _mark(ls, order)
    if order.chosen is None or not 0 <= order.chosen < len(mark.proposals):
        raise DocumentError(f"chosen is {order.chosen}; give 0 to {len(mark.proposals) - 1}")
    ls.spawn(_put(ls, order.uri, mark, mark.proposals, order.chosen))


def _revert(ls: Server, order: MarkOrder) -> None:
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


def _accept(ls: Server, order: MarkOrder) -> None:
    ls.marks.drop(order.uri, _mark(ls, order).id)
    changed(ls)


def _clear(ls: Server, where: Where) -> None:
    ls.marks.drop(where.uri)
    scoring.clear(ls, where.uri)
    changed(ls)


def changed(ls: Server) -> None:
    """Marks have changed."""
    ls.refresh("codeLens", "inlayHint", "semanticTokens", "diagnostics")


def _keep(ls: Server, terms: Terms) -> list[str]:
    kept = ls.kept.setdefault(terms.uri, [])
    kept += [term for term in dict.fromkeys(terms.terms) if term.strip() and term not in kept]
    return kept


def _forget(ls: Server, terms: Terms) -> list[str]:
    kept = ls.kept.setdefault(terms.uri, [])
    kept[:] = [term for term in kept if term not in terms.terms]
    return kept


def _score(ls: Server, order: Order) -> None:
    ls.spawn(scoring.check(ls, order))


def _follow(ls: Server, pick: Pick) -> None:
    running = ls.jobs.find(pick.job)
    if running is None:
        raise DocumentError("this job is not known any more; ask again")
    ls.spawn(_followed(ls, running, pick.chosen))


async def _followed(ls: Server, running: Running, chosen: int) -> None:
    if not chosen:
        await delivery.deliver(ls, running, choose=False)
    elif found := await delivery.finished(ls, running):
        await delivery.send(ls, running.plan, found, min(chosen, len(found) - 1))


def _cancel(ls: Server, named: messages.Named) -> None:
    ls.jobs.cancel(named.job)
