"""Engines move tasks to workers and say when one is done; what is done to a document they do not know.

`Inside` works in this process, `Pool` in processes of its own (spawned, one for each device). Both write what came
out to the journal before they say so.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Protocol

from llada_edit.batch.journal import Index, Writer
from llada_edit.batch.records import Record, Status
from llada_edit.batch.stores import Place
from llada_edit.batch.worker import MAX_BYTES, OutOfTime, Recipe, Task, process

DEATHS = 2
"""A document over which its worker died so often is quarantined."""


@dataclass(frozen=True, slots=True)
class Done:
    """A task that has its record in the journal now.

    Attributes:
        task: what was done.
        status: how it ended.
        seconds: that it took.
        edits: that it has.
        share: of the document that was read, 0 to 1; less than 1 where it was given up.
    """

    task: Task
    status: Status
    seconds: float
    edits: int
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What an engine is to do, apart from the tasks.

    Attributes:
        run: folder with the journal.
        root: folder that the paths are below.
        recipe: what each worker loads.
        devices: one worker for each, by the name that replaces the recipe's device; empty: as the recipe says.
        most: bytes of the largest file.
        limit: seconds that a document may take; None for no limit.
    """

    run: Path
    root: Place
    recipe: Recipe
    devices: tuple[str, ...] = ()
    most: int = MAX_BYTES
    limit: float | None = None


class Engine(Protocol):
    """Does tasks, in any order.

    Attributes:
        notes: what people should know about the model, once it is loaded.
        under_way: paths of documents that a worker of this machine is at, and which share of each is read, 0 to 1.
    """

    notes: tuple[str, ...]
    under_way: dict[str, float]

    def run(self, order: Order, tasks: Iterable[Task], index: Index) -> Iterator[Done]:
        """Do the tasks; closing the iterator stops the workers and loses only what is under way.

        Args:
            order: where, and what with.
            tasks: taken one by one, as workers get free.
            index: says how often a worker died over a task in earlier runs.
        """
        ...


class Inside:
    """One document after the other, in this process."""

    def __init__(self) -> None:
        self.notes: tuple[str, ...] = ()
        self.under_way: dict[str, float] = {}

    def run(self, order: Order, tasks: Iterable[Task], index: Index) -> Iterator[Done]:
        """See `Engine`."""
        rewrites, journal = None, Writer.fresh(order.run)
        try:
            for task in tasks:
                began, share = time.monotonic(), 1.0
                if index.strikes[task.key] >= DEATHS:
                    record = quarantined(task)
                else:
                    if rewrites is None:
                        rewrites = order.recipe.make()
                        self.notes = tuple(rewrites.notes)
                        began = time.monotonic()
                    # Taken back below: what stays was written by a process that died.
                    journal.strike(task.key)
                    self.under_way[task.path] = 0.0
                    seen = partial(self.under_way.__setitem__, task.path)
                    try:
                        with _deadline(order.limit):
                            record = process(task, order.root, rewrites, order.most, seen)
                    except OutOfTime:
                        record, share = too_slow(task, order.limit), self.under_way[task.path]
                    except BaseException:
                        journal.strike(task.key, -1)
                        raise
                    finally:
                        del self.under_way[task.path]
                journal.record(record)
                yield Done(task, record.status, time.monotonic() - began, len(record.edits), share)
        finally:
            journal.close()


def quarantined(task: Task) -> Record:
    """The record of a document that is not tried again."""
    reason = f"its worker died {DEATHS} times over it; look at the file, then run with --retry"
    return Record(task.key, task.sha256, task.format, "quarantined", reason)


def too_slow(task: Task, limit: float | None) -> Record:
    """The record of a document that was given up."""
    reason = f"it took longer than {limit:g} s; divide it, or raise --time-limit"
    return Record(task.key, task.sha256, task.format, "error", reason)


def on_device(recipe: Recipe, device: str | None) -> Recipe:
    """The recipe for one worker's own device."""
    return recipe if device is None else replace(recipe, options={**recipe.options, "device": device})


@contextmanager
def _deadline(limit: float | None) -> Iterator[None]:
    """Raise `OutOfTime` inside after some seconds, where the platform has timers; not inside a call into C."""
    if limit is None or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
