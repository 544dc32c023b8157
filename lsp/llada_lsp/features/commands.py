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
from llada_lsp import delivery, messages
from llada_lsp.features import diagnostics, marked, preview, scoring, verdicts
from llada_lsp.features.actions import FOLLOW
from llada_lsp.features.inline import ACCEPTED
from llada_lsp.jobs import Running
from llada_lsp.messages import Order
from llada_lsp.planning import FILL, REWORD, Moved, plan
from llada_lsp.server import Server

REWRITE = "rewrite"
PALETTE = ("paraphrase", "shorten", "expand", "formal", "plain", "simplify", "proofread")
"""Operations with a command of their own; those that the model is not good at answer with an error."""


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
        _command(server, name, marked.MarkOrder, marked.anew(name))
    _command(server, "revert", marked.MarkOrder, marked.revert)
    _command(server, "accept", marked.MarkOrder, marked.accept)
    _command(server, "pin", marked.PinOrder, marked.pin)
    _command(server, "unpin", marked.PinOrder, marked.unpin)
    _command(server, "use", marked.MarkOrder, marked.use)
    _command(server, ACCEPTED.removeprefix("lladaEdit."), messages.Verdict, verdicts.accepted)
    _command(server, "keepTerms", Terms, _keep)
    _command(server, "forgetTerms", Terms, _forget)
    _command(server, "score", Order, _score)
    _command(server, "clearMarks", Where, _clear)
    _command(server, FOLLOW.removeprefix("lladaEdit."), Pick, _follow)
    _command(server, "cancel", messages.Named, _cancel, optional=True)
    _command(server, "status", messages.Nothing, lambda ls, _: ls.status(), optional=True)
    _command(server, "unload", messages.Nothing, lambda ls, _: ls.unload(), optional=True)
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
    try:
        made = plan(ls, order)
    except Moved as moved:
        ls.say(str(moved), types.MessageType.Warning)
        return None
    except LladaEditError as error:
        ls.complain(error)
        return None
    running = ls.jobs.start(made)
    if made.order.preview:
        ls.spawn(preview.show(ls, running))
    else:
        ls.spawn(delivery.deliver(ls, running, choose=(made.order.n or 1) > 1))
    return running.name


def _clear(ls: Server, where: Where) -> None:
    ls.marks.drop(where.uri)
    ls.findings.pop(where.uri, None)
    marked.changed(ls, where.uri)


def _keep(ls: Server, terms: Terms) -> list[str]:
    kept = ls.kept.setdefault(terms.uri, [])
    kept += [term for term in dict.fromkeys(terms.terms) if term.strip() and term not in kept]
    diagnostics.show(ls, terms.uri)
    return kept


def _forget(ls: Server, terms: Terms) -> list[str]:
    kept = ls.kept.setdefault(terms.uri, [])
    kept[:] = [term for term in kept if term not in terms.terms]
    diagnostics.show(ls, terms.uri)
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
