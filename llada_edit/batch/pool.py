"""The engine for several devices on one machine: a process for each, spawned, with a pipe to it.

A worker that dies is replaced; the document it had is done once more, and given up when a worker died over it twice.
A worker whose driver died finishes its document, writes it down, and ends.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from llada_edit.batch.engines import DEATHS, Done, Order, on_device, quarantined, too_slow
from llada_edit.batch.journal import Index, Writer
from llada_edit.batch.records import Status
from llada_edit.batch.serving import serve
from llada_edit.batch.worker import Task
from llada_edit.errors import ModelError

_STILLBORN = 10
"""Workers in a row that die before they have loaded the model, until the run is given up."""


@dataclass(slots=True, eq=False)
class _Hand:
    """A worker as the driver sees it."""

    device: str | None
    process: Any
    pipe: Connection
    ready: bool = False
    task: Task | None = None
    since: float = 0.0


class Pool:
    """Worker processes on this machine.

    Args:
        workers: how many; with devices in the order, they are given out in turn.
        deaths: of workers over one document until it is quarantined.
    """

    def __init__(self, workers: int, deaths: int = DEATHS) -> None:
        self.workers, self.deaths = workers, deaths
        self.notes: tuple[str, ...] = ()
        self.under_way: dict[str, float] = {}
        self._context = multiprocessing.get_context("spawn")

    def run(self, order: Order, tasks: Iterable[Task], index: Index) -> Iterator[Done]:
        """See `Engine`."""
        drive = _Drive(self, order, index, Writer.fresh(order.run))
        try:
            yield from drive.go(iter(tasks))
        finally:
            drive.stop()

    def hire(self, order: Order, device: str | None) -> _Hand:
        """Start a worker."""
        ours, theirs = self._context.Pipe()
        recipe = on_device(order.recipe, device)
        args = (theirs, order, recipe)
        worker = self._context.Process(target=serve, args=args, daemon=True)
        # Blocked while it starts, and inherited: Ctrl-C is the driver's business, and is not lost meanwhile.
        masked = hasattr(signal, "pthread_sigmask")
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masked else set()
        try:
            worker.start()
        finally:
            if masked:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        return _Hand(device, worker, ours, since=time.monotonic())


class _Drive:
    """One run of a pool."""

    def __init__(self, pool: Pool, order: Order, index: Index, journal: Writer) -> None:
        self.pool, self.order, self.journal = pool, order, journal
        self.hands: list[_Hand] = []
        self.again: deque[Task] = deque()
        self.deaths: Counter[str] = Counter(index.strikes)
        self.stillborn = 0

    def go(self, tasks: Iterator[Task]) -> Iterator[Done]:
        """All tasks."""
        waiting = self._next(tasks)
        while waiting is not None or any(hand.task for hand in self.hands):
            if waiting is not None and self.deaths[waiting.key] >= self.pool.deaths:
                yield self._give_up(waiting)
                waiting = self._next(tasks)
                continue
            free = next((hand for hand in self.hands if hand.ready and hand.task is None), None)
            if waiting is not None and free is not None:
                self._send(free, waiting)
                waiting = self._next(tasks)
                continue
            if waiting is not None and len(self.hands) < self.pool.workers:
                self._hire()
                continue
            yield from self._listen()
            waiting = self._next(tasks) if waiting is None else waiting

    def stop(self) -> None:
        """End all workers, also those at work."""
        for hand in self.hands:
            with suppress(OSError):
                hand.pipe.close()
            if hand.task is not None or not hand.ready:
                hand.process.kill()
        for hand in self.hands:
            hand.process.join(5)
            if hand.process.exitcode is None:
                hand.process.kill()
                hand.process.join()
            hand.process.close()
        self.hands.clear()
        self.journal.close()

    def _next(self, tasks: Iterator[Task]) -> Task | None:
        return self.again.popleft() if self.again else next(tasks, None)

    def _hire(self) -> None:
        devices = self.order.devices
        taken = [hand.device for hand in self.hands]
        device = min(devices, key=taken.count) if devices else None
        self.hands.append(self.pool.hire(self.order, device))

    def _send(self, hand: _Hand, task: Task) -> None:
        hand.task, hand.since = task, time.monotonic()
        self.pool.under_way[task.path] = 0.0
        with suppress(OSError):  # it died while idle; seen when we listen
            hand.pipe.send(task)

    def _listen(self) -> Iterator[Done]:
        """Wait for an answer, a death or a deadline."""
        pipes: dict[Any, _Hand] = {hand.pipe: hand for hand in self.hands}
        for ready in wait(list(pipes), self._patience()):
            hand = pipes[ready]
            try:
                said = hand.pipe.recv()
            except (EOFError, OSError):
                yield from self._buried(hand)
                continue
            if isinstance(said, str):
                raise ModelError(said)
            if isinstance(said, float):
                if hand.task is not None:
                    self.pool.under_way[hand.task.path] = said
            elif not hand.ready:
                hand.ready, self.stillborn, self.pool.notes = True, 0, said
            else:
                status, edits = said
                yield self._finished(hand, status, edits)
        limit = self.order.limit
        for hand in list(self.hands):
            if limit is not None and hand.task is not None and time.monotonic() - hand.since > limit:
                yield self._timed_out(hand)

    def _patience(self) -> float | None:
        if self.order.limit is None:
            return None
        starts = [hand.since for hand in self.hands if hand.task is not None]
        return max(0.0, min(starts) + self.order.limit - time.monotonic()) + 0.01 if starts else None

    def _finished(self, hand: _Hand, status: Status, edits: int) -> Done:
        assert hand.task is not None
        done = Done(hand.task, status, time.monotonic() - hand.since, edits)
        del self.pool.under_way[hand.task.path]
        hand.task = None
        return done

    def _buried(self, hand: _Hand) -> Iterator[Done]:
        """A worker died; its document is put back to the front, or given up."""
        self._remove(hand)
        if not hand.ready:
            self.stillborn += 1
            if self.stillborn >= _STILLBORN:
                raise ModelError(f"{_STILLBORN} workers died while they loaded the model; try --workers 1")
        if hand.task is None:
            return
        self.deaths[hand.task.key] += 1
        self.journal.strike(hand.task.key)
        if self.deaths[hand.task.key] >= self.pool.deaths:
            yield self._give_up(hand.task)
        else:
            self.again.append(hand.task)

    def _timed_out(self, hand: _Hand) -> Done:
        task = hand.task
        assert task is not None
        share = self.pool.under_way[task.path]
        hand.process.kill()
        self._remove(hand)
        self.journal.record(too_slow(task, self.order.limit))
        return Done(task, "error", time.monotonic() - hand.since, 0, share)

    def _give_up(self, task: Task) -> Done:
        self.journal.record(quarantined(task))
        return Done(task, "quarantined", 0.0, 0)

    def _remove(self, hand: _Hand) -> None:
        self.hands.remove(hand)
        if hand.task is not None:
            del self.pool.under_way[hand.task.path]
        hand.pipe.close()
        hand.process.join()
        hand.process.close()
