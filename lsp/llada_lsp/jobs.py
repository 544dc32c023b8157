"""Orders on their way: named, watched, cancelled; each step is shown to whoever wants to see it."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llada_edit.edits import TokenScore
from llada_edit.holes import Span
from llada_lsp import messages, methods
from llada_lsp.documents import Snapshot
from llada_lsp.messages import Order
from llada_lsp.positions import units
from llada_lsp.session import Session
from llada_lsp.tasks import Proposal, View, masked
from llada_lsp.worker import Job, Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor

PAUSE = 1 / 15
"""Seconds between two `llada/denoise` notifications of a job."""
KEPT = 4
"""Jobs that are remembered after they are done."""

Watcher = Callable[[View], None]
"""Called in the event loop with every step that is not skipped because it came too late."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order means for a document as it stands.

    Attributes:
        snapshot: the document.
        order: what was asked for.
        title: for people.
        work: what the worker does; its edits are for `spans`.
        spans: of the text that the work is done on.
        targets: spans of the present text that the new texts are for; as many as `spans`.
        originals: what `lladaEdit.revert` brings back.
        holes: whether the targets are markup of holes.
        pinned: texts that stay in the new ones, and are to stay in the next ones.
    """

    snapshot: Snapshot
    order: Order
    title: str
    work: Work[Editor, list[Proposal]]
    spans: tuple[Span, ...]
    targets: tuple[Span, ...]
    originals: tuple[str, ...]
    holes: bool
    pinned: tuple[str, ...] = ()


@dataclass(slots=True)
class Running:
    """A job that was begun for a plan.

    Attributes:
        name: by which a client cancels it.
        plan: of the job.
        job: in the worker.
        watchers: see `Watcher`.
        latest: the last step.
        begun: when, by `time.monotonic`.
    """

    name: str
    plan: Plan
    job: Job[list[Proposal]]
    watchers: list[Watcher] = field(default_factory=list)
    latest: View | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def future(self) -> Future[list[Proposal]]:
        """The proposals."""
        return self.job.future

    async def proposals(self) -> list[Proposal]:
        """What was found, for the present text: best first."""
        found = await asyncio.wrap_future(self.future)
        return [retargeted(proposal, self.plan.targets) for proposal in found]


class Jobs:
    """The orders of one session that are under way.

    Args:
        server: whose they are.
    """

    def __init__(self, server: Session) -> None:
        self._server = server
        self._running: dict[str, Running] = {}
        self._requests: dict[int | str, str] = {}
        self.finished: OrderedDict[str, Running] = OrderedDict()
        """The last jobs that are done, for who asks for their results late."""

    def start(self, plan: Plan, kind: str = "fill") -> Running:
        """Begin to work on a plan; a newer one of the same kind takes the place of an older one."""
        loop = asyncio.get_running_loop()
        name = plan.order.job or str(uuid.uuid4())
        last = 0.0

        def step(view: Any) -> None:
            nonlocal last
            now = time.monotonic()
            if isinstance(view, View) and now - last >= PAUSE:
                last = now
                loop.call_soon_threadsafe(lambda: self._show(running, view))

        job = self._server.worker.submit(kind, plan.work, step, plan.snapshot.uri)
        running = self._running[name] = Running(name, plan, job)
        request = self._server.rpc.msg_id
        if request is not None:
            self._requests[request] = name
        job.future.add_done_callback(lambda _: self._soon(loop, running, request))
        if self._server.client.denoise:
            running.watchers.append(lambda view: self._denoised(running, view))
        self._server.tell("busy")
        return running

    def find(self, name: str) -> Running | None:
        """A job that is under way, or one of the last that are done."""
        return self._running.get(name) or self.finished.get(name)

    def cancel(self, name: str) -> None:
        """Stop a job; an empty name stops everything."""
        if not name:
            self._server.worker.cancel_all()
        elif name in self._running:
            self._running[name].future.cancel()

    def cancel_request(self, request: int | str) -> None:
        """Stop the job that a request began: a command is answered before its work is done."""
        self.cancel(self._requests.get(request) or "?")

    def _soon(self, loop: asyncio.AbstractEventLoop, running: Running, request: int | str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._forget, running, request)

    def _forget(self, running: Running, request: int | str | None) -> None:
        if self._running.get(running.name) is running:
            del self._running[running.name]
        self.finished[running.name] = running
        while len(self.finished) > KEPT:
            self.finished.popitem(last=False)
        if request is not None and self._requests.get(request) == running.name:
            del self._requests[request]
        self._server.follow(f"{running.plan.title}: {_end(running)}", f"job {running.name}")
        kind = self._server.status().kind
        # A hover that is still looked up does not count: nobody says when it is done.
        self._server.tell("ready" if kind == "busy" and not self._running else kind)

    def _show(self, running: Running, view: View) -> None:
        if running.future.done():
            return
        running.latest = view
        for watcher in running.watchers:
            watcher(view)

    def _denoised(self, running: Running, view: View) -> None:
        plan, lines = running.plan, running.plan.snapshot.lines
        spans = []
        known = view.tokens or ((),) * len(view.texts)
        for target, text, tokens in zip(plan.targets, view.texts, known, strict=True):
            parts = [[units(text[:at], lines.encoding) for at in part] for part in masked(text)]
            spans.append(messages.Glimpse(lines.range(target), text, parts, _confidence(tokens, lines.encoding)))
        where = plan.snapshot
        params = messages.Denoised(running.name, where.uri, where.version, view.step, spans)
        self._server.protocol.notify(methods.DENOISE, params)


def _confidence(tokens: Sequence[TokenScore], encoding: str) -> list[tuple[int, int, float]]:
    """Where each token that is written stands in its text, in the units of the client, and how sure the model was."""
    found, at = [], 0
    for token in tokens:
        end = at + units(token.text, encoding)
        if token.probability:
            found.append((at, end, token.probability))
        at = end
    return found


def _end(running: Running) -> str:
    """How a job ended, and after what, without a word of its text."""
    steps = 0 if running.latest is None else running.latest.step + 1
    taken = f"after {time.monotonic() - running.begun:.2f} s and {steps} steps seen"
    if running.future.cancelled():
        return f"cancelled {taken}"
    error = running.future.exception()
    if error is not None:
        return f"ended with {type(error).__name__} {taken}"
    return f"{len(running.future.result())} proposals {taken}"


def retargeted(proposal: Proposal, targets: Sequence[Span]) -> Proposal:
    """A proposal with its texts in other places."""
    edits = tuple(replace(edit, span=target) for edit, target in zip(proposal.edits, targets, strict=True))
    return Proposal(edits, proposal.score)
