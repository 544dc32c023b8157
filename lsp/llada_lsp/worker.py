"""One thread for everything that the model computes, so that the protocol always answers at once.

Work is a generator that yields after every denoising step. Between two steps the thread looks whether the job has been
cancelled or replaced; if so it closes the generator, which is how llada-edit stops.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")
EditorT = TypeVar("EditorT")
Work = Callable[[EditorT], Generator[int, None, T]]
"""Work with an editor: yields the number of each step as it is done, and returns the result."""

OnStep = Callable[[int], object]
"""Called in the worker thread with the number of every step."""

RANKS = {"hover": 0, "completion": 0}
"""Kinds that overtake those not named here: someone is looking at the screen and waits."""


class Superseded(Exception):
    """A newer job of the same kind has taken the place of this one."""


class Job(Generic[T]):
    """Work that waits or runs; cancel its future to stop it.

    Args:
        kind: the newest job of a kind replaces the older ones.
        work: see `Work`.
        on_step: see `OnStep`.
    """

    def __init__(self, kind: str, work: Work[Any, T], on_step: OnStep | None) -> None:
        self.kind, self.work, self.on_step = kind, work, on_step
        # Never set running: until there is a result, `cancel` must succeed.
        self.future: Future[T] = Future()


class Worker(Generic[EditorT]):
    """A thread with an editor in it; daemonic, so that it never keeps the process alive.

    Args:
        load: makes the editor, in the thread.
    """

    def __init__(self, load: Callable[[], EditorT]) -> None:
        self._load = load
        self._wake = threading.Condition()
        self._jobs: list[Job[Any]] = []
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.ready: Future[None] = Future()
        """Done when the editor is there, or with the error that it could not be had for."""

    def start(self) -> None:
        """Begin to load; does nothing the second time."""
        with self._wake:
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._main, name="llada-edit inference", daemon=True)
                self._thread.start()

    def submit(self, kind: str, work: Work[EditorT, T], on_step: OnStep | None = None) -> Job[T]:
        """Queue work; older jobs of the same kind end with `Superseded`."""
        job = Job(kind, work, on_step)
        self.start()
        with self._wake:
            for older in self._jobs:
                if older.kind == kind:
                    _settle(older.future.set_exception, Superseded(f"a newer {kind} request has come"))
            if self._stopped:
                job.future.cancel()
            self._jobs.append(job)
            self._wake.notify()
        return job

    def cancel_all(self) -> None:
        """Cancel what waits and what runs."""
        with self._wake:
            for job in self._jobs:
                job.future.cancel()

    def stop(self) -> None:
        """Cancel everything and let the thread end after the step it is in."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self.cancel_all()

    def _main(self) -> None:
        try:
            editor = self._load()
        except Exception as error:
            _settle(self.ready.set_exception, error)
            while job := self._next():
                _settle(job.future.set_exception, error)
                self._forget(job)
            return
        _settle(self.ready.set_result, None)
        while job := self._next():
            _run(job, editor)
            self._forget(job)

    def _next(self) -> Job[Any] | None:
        """The next job, which stays in the list while it runs; None at the end."""
        with self._wake:
            while not self._stopped:
                self._jobs = [job for job in self._jobs if not job.future.done()]
                if self._jobs:
                    return min(self._jobs, key=lambda job: RANKS.get(job.kind, 1))
                self._wake.wait()
        return None

    def _forget(self, job: Job[Any]) -> None:
        with self._wake:
            self._jobs = [other for other in self._jobs if other is not job]


def _run(job: Job[T], editor: Any) -> None:
    steps = job.work(editor)
    try:
        while not job.future.done():
            step = next(steps)
            if job.on_step is not None:
                job.on_step(step)
    except StopIteration as end:
        _settle(job.future.set_result, end.value)
    except Exception as error:
        _settle(job.future.set_exception, error)
    finally:
        with suppress(Exception):
            steps.close()


def _settle(setter: Callable[[Any], None], value: Any) -> None:
    """Set a result or an error, unless someone was quicker."""
    with suppress(InvalidStateError):
        setter(value)
