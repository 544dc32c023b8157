"""One thread for everything that the model computes, so that the protocol always answers at once.

Work is a generator that yields after every denoising step. The thread looks whether the job has been cancelled or
replaced between two steps, and in every pass through the network that the editor was made to announce; if so it
closes the generator, which is how llada-edit stops.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Generic, TypeVar

from llada_edit.errors import LladaEditError
from llada_lsp.heap import give_back, hold, let_go

T = TypeVar("T")
EditorT = TypeVar("EditorT")
Work = Callable[[EditorT], Generator[Any, None, T]]
"""Work with an editor: yields what can be said of each step as it is done, and returns the result."""

OnStep = Callable[[Any], object]
"""Called in the worker thread with what the work yields."""
Check = Callable[[], None]
"""Raises `Stopped` where the running job is no longer wanted."""

RANKS = {"inline": 0, "completion": 1, "hover": 2, "fill": 3}
"""Whose turn it is first: someone is looking at the screen and waits. Kinds not named here come last."""


OFFERS = "offers"
"""Kind of the job that asks what the model is good at: the session waits for it, and nobody would ask again."""

QUIET = 2.0
"""Seconds without work after which free memory goes back to the system; that takes some 50 ms."""
LONG = 30.0
"""Seconds after which it does in any case, between two jobs."""


class _Rest:
    """A turn in which nothing is computed."""


class Superseded(Exception):
    """A newer job of the same kind has taken the place of this one."""


class Stale(Exception):
    """The document has changed, so the result would be for another text."""


class Unloaded(LladaEditError):
    """The user has sent the model away."""


class Stopped(BaseException):
    """Unwinds the work of a job that nobody waits for; no error, and not to be caught as one."""


class Job(Generic[T]):
    """Work that waits or runs; cancel its future to stop it.

    Args:
        kind: the newest job of a kind replaces the older ones.
        work: see `Work`.
        on_step: see `OnStep`.
        uri: of the document that the result is for; empty where a change of a text does not matter.
    """

    def __init__(self, kind: str, work: Work[Any, T], on_step: OnStep | None, uri: str) -> None:
        self.kind, self.work, self.on_step, self.uri = kind, work, on_step, uri
        # Never set running: until there is a result, `cancel` must succeed.
        self.future: Future[T] = Future()


class Worker(Generic[EditorT]):
    """A thread with an editor in it; daemonic, so that it never keeps the process alive.

    Args:
        load: makes the editor in the thread, from what `use` was given last; its second argument is for work that
            lasts between two steps.
    """

    def __init__(self, load: Callable[[Any, Check], EditorT]) -> None:
        self._load = load
        self._wake = threading.Condition()
        self._jobs: list[Job[Any]] = []
        self._running: Job[Any] | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._worked, self._rested = False, time.monotonic()
        self._choice: Any = None
        self._wanted: tuple[Any, Future[None]] | None = None
        self.ready: Future[None] = Future()
        """Done when the editor is there, or with the error that it could not be had for; `use` makes a new one."""

    def use(self, choice: Any) -> Future[None]:
        """Load the editor for a choice, if it is not the one in use; done when it is there."""
        with self._wake:
            if self._thread is not None and choice == self._choice and not self._failed():
                return self.ready
            self._want(choice, Future())
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._main, name="llada-edit inference", daemon=True)
                self._thread.start()
            self._wake.notify()
            return self.ready

    def unload(self) -> None:
        """Let go of the editor, once the running step is over; what is asked for then ends with `Unloaded`."""
        with self._wake:
            gone: Future[None] = Future()
            gone.set_exception(Unloaded("the model is unloaded; lladaEdit.load brings it back"))
            self._want(None, gone)
            self._wake.notify()
        self.cancel_all()

    def _want(self, choice: Any, ready: Future[None]) -> None:
        """Have the thread make another editor; whoever waits for one that was not yet begun is told so."""
        if self._wanted is not None:
            _settle(self._wanted[1].set_exception, Superseded("another model is wanted"))
        self._choice, self.ready, self._wanted = choice, ready, (choice, ready)

    def _failed(self) -> bool:
        return self.ready.done() and (self.ready.cancelled() or self.ready.exception() is not None)

    def submit(self, kind: str, work: Work[EditorT, T], on_step: OnStep | None = None, uri: str = "") -> Job[T]:
        """Queue work; older jobs of the same kind end with `Superseded`."""
        job = Job(kind, work, on_step, uri)
        with self._wake:
            for older in self._jobs:
                if older.kind == kind:
                    _settle(older.future.set_exception, Superseded(f"a newer {kind} request has come"))
            # While a model loads nothing is taken from the list, and each job holds a text.
            self._jobs = [older for older in self._jobs if not older.future.done()]
            if self._stopped:
                job.future.cancel()
            self._jobs.append(job)
            self._wake.notify()
        return job

    def outdate(self, uri: str) -> None:
        """End all jobs for a document with `Stale`: its text is another one now."""
        with self._wake:
            for job in self._jobs:
                if job.uri == uri:
                    _settle(job.future.set_exception, Stale("the document has changed"))

    def cancel_all(self) -> None:
        """Cancel what waits and what runs, but for `OFFERS`."""
        with self._wake:
            for job in self._jobs:
                if job.kind != OFFERS:
                    job.future.cancel()

    def stop(self) -> None:
        """Cancel everything and let the thread end after the step it is in."""
        with self._wake:
            self._stopped = True
            for job in self._jobs:
                job.future.cancel()
            self._wake.notify()

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        with self._wake:
            return any(not job.future.done() for job in self._jobs)

    def check(self) -> None:
        """For the editor, in the worker thread: raise `Stopped` where the running job is no longer wanted."""
        if self._stopped or (self._running is not None and self._running.future.done()):
            raise Stopped

    def _main(self) -> None:
        editor: EditorT | None = None
        problem: Exception | None = None
        while (turn := self._next()) is not None:
            if isinstance(turn, _Rest):
                give_back()
                self._worked, self._rested = False, time.monotonic()
                continue
            if not isinstance(turn, Job):
                choice, ready = turn
                editor, problem = None, None  # free the old model before the new one comes
                let_go()
                try:
                    if ready.done():
                        ready.result()  # raises: the editor was sent away
                    editor = self._load(choice, self.check)
                except Exception as error:
                    problem = error
                    _settle(ready.set_exception, error)
                else:
                    hold()
                    _settle(ready.set_result, None)
                self._worked = True
                continue
            self._running, self._worked = turn, True
            if problem is not None:
                _settle(turn.future.set_exception, problem)
            else:
                _run(turn, editor)
            self._running = None
            with self._wake:
                self._jobs = [other for other in self._jobs if other is not turn]

    def _next(self) -> Job[Any] | tuple[Any, Future[None]] | _Rest | None:
        """An editor to be loaded, the next job, which stays in the list while it runs, or a rest; None at the end."""
        with self._wake:
            while not self._stopped:
                if self._wanted is not None:
                    wanted, self._wanted = self._wanted, None
                    return wanted
                self._jobs = [job for job in self._jobs if not job.future.done()]
                if self._worked and time.monotonic() - self._rested > LONG:
                    return _Rest()
                if self._jobs:
                    return min(self._jobs, key=lambda job: RANKS.get(job.kind, len(RANKS)))
                if not self._wake.wait(QUIET if self._worked else None):
                    return _Rest()
        return None


def _run(job: Job[T], editor: Any) -> None:
    steps = job.work(editor)
    try:
        while not job.future.done():
            step = next(steps)
            if job.on_step is not None:
                job.on_step(step)
    except StopIteration as end:
        _settle(job.future.set_result, end.value)
    except Stopped:
        pass
    except Exception as error:
        _settle(job.future.set_exception, error)
    finally:
        with suppress(Exception, Stopped):
            steps.close()


def _settle(setter: Callable[[Any], None], value: Any) -> None:
    """Set a result or an error, unless someone was quicker."""
    with suppress(InvalidStateError):
        setter(value)
