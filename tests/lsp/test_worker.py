"""The worker: cancelling and replacing between two steps, errors, stopping. Steps are gated, no time is measured."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError

import pytest
from llada_lsp.worker import Stale, Superseded, Unloaded, Work, Worker

GUARD = 180.0


class Gate:
    """Work that says when it has begun a step and waits for leave to end it."""

    def __init__(self) -> None:
        self.begun, self.leave = threading.Semaphore(0), threading.Semaphore(0)
        self.steps, self.closed = 0, threading.Event()

    def __call__(self, editor: str) -> Generator[int, None, str]:
        try:
            while True:
                self.steps += 1
                self.begun.release()
                assert self.leave.acquire(timeout=GUARD)
                yield self.steps
        finally:
            self.closed.set()


def quick(answer: str) -> Work[str, str]:
    def work(editor: str) -> Generator[int, None, str]:
        yield 0
        return f"{editor}: {answer}"

    return work


@pytest.fixture
def worker() -> Iterator[Worker[str]]:
    worker: Worker[str] = Worker(lambda choice, check: "editor")
    worker.use("model")
    yield worker
    worker.stop()


def test_work_is_done_in_one_thread_that_is_not_this_one(worker: Worker[str]) -> None:
    def work(editor: str) -> Generator[int, None, int]:
        yield 0
        return threading.get_ident()

    first, second = worker.submit("fill", work), worker.submit("hover", work)
    assert first.future.result(GUARD) == second.future.result(GUARD) != threading.get_ident()
    assert worker.ready.result(GUARD) is None


def test_cancelling_closes_the_generator_after_the_step_it_is_in(worker: Worker[str]) -> None:
    gate = Gate()
    job = worker.submit("fill", gate)
    assert gate.begun.acquire(timeout=GUARD)
    gate.leave.release()
    assert gate.begun.acquire(timeout=GUARD)
    assert job.future.cancel()
    gate.leave.release(9)
    assert gate.closed.wait(GUARD) and gate.steps == 2
    with pytest.raises(CancelledError):
        job.future.result(GUARD)
    assert worker.submit("fill", quick("next")).future.result(GUARD) == "editor: next"


def test_the_newest_of_a_kind_replaces_what_runs_and_what_waits(worker: Worker[str]) -> None:
    gate = Gate()
    running = worker.submit("fill", gate)
    assert gate.begun.acquire(timeout=GUARD)
    waiting = worker.submit("hover", quick("old"))
    other = worker.submit("completion", quick("other kind"))
    newer = worker.submit("hover", quick("new"))
    with pytest.raises(Superseded):
        waiting.future.result(GUARD)
    assert not running.future.done()
    newest = worker.submit("fill", quick("newest"))
    with pytest.raises(Superseded):
        running.future.result(GUARD)
    gate.leave.release(9)
    assert gate.closed.wait(GUARD) and gate.steps == 1
    answers = [job.future.result(GUARD) for job in (newer, other, newest)]
    assert answers == ["editor: new", "editor: other kind", "editor: newest"]


def test_who_waits_before_the_screen_goes_first(worker: Worker[str]) -> None:
    gate, order = Gate(), list[str]()

    def noting(kind: str) -> Work[str, None]:
        def work(editor: str) -> Generator[int, None, None]:
            order.append(kind)
            yield 0

        return work

    worker.submit("other", gate)
    assert gate.begun.acquire(timeout=GUARD)
    jobs = [worker.submit(kind, noting(kind)) for kind in ("fill", "hover", "completion")]
    worker.submit("other", quick("end the gate"))
    gate.leave.release(9)
    for job in jobs:
        job.future.result(GUARD)
    assert order == ["completion", "hover", "fill"]


def test_an_error_ends_the_job_and_not_the_thread(worker: Worker[str]) -> None:
    def broken(editor: str) -> Generator[int, None, None]:
        yield 0
        raise ZeroDivisionError

    def broken_when_closed(editor: str) -> Generator[int, None, None]:
        try:
            yield 0
            raise KeyError
        finally:
            raise ValueError

    for work, error in ((broken, ZeroDivisionError), (broken_when_closed, ValueError)):
        with pytest.raises(error):
            worker.submit("fill", work).future.result(GUARD)
    assert worker.submit("fill", quick("still here")).future.result(GUARD) == "editor: still here"


def test_steps_are_reported(worker: Worker[str]) -> None:
    seen: list[int] = []
    worker.submit("fill", quick(""), seen.append).future.result(GUARD)
    assert seen == [0]


def test_an_editor_that_cannot_be_had_is_the_error_of_every_job() -> None:
    def load(choice: str, check: object) -> str:
        if choice == "missing":
            raise LookupError("no such model")
        return choice

    worker: Worker[str] = Worker(load)
    worker.use("missing")
    with pytest.raises(LookupError):
        worker.submit("fill", quick("")).future.result(GUARD)
    with pytest.raises(LookupError):
        worker.submit("fill", quick("")).future.result(GUARD)
    assert isinstance(worker.ready.exception(GUARD), LookupError)
    worker.use("missing")  # once more: perhaps the file is there by now
    assert isinstance(worker.ready.exception(GUARD), LookupError)
    worker.use("other")
    assert worker.submit("fill", quick("")).future.result(GUARD) == "other: "
    ready = worker.ready
    assert worker.use("other") is ready
    worker.stop()


def test_a_change_of_the_document_ends_its_jobs_and_no_others(worker: Worker[str]) -> None:
    gate = Gate()
    running = worker.submit("fill", gate, uri="a")
    assert gate.begun.acquire(timeout=GUARD)
    same, other = worker.submit("hover", quick(""), uri="a"), worker.submit("completion", quick(""), uri="b")
    worker.outdate("a")
    for job in (running, same):
        with pytest.raises(Stale):
            job.future.result(GUARD)
    gate.leave.release(9)
    assert gate.closed.wait(GUARD) and gate.steps == 1
    assert other.future.result(GUARD) == "editor: "


def test_work_that_lasts_is_stopped_by_the_check_inside_it(worker: Worker[str]) -> None:
    begun, leave = threading.Event(), threading.Event()

    def long_work(editor: str) -> Generator[int, None, None]:
        yield 0
        begun.set()
        assert leave.wait(GUARD)
        worker.check()  # raises, and nobody inside may take it for an error
        raise AssertionError("unreachable")

    job = worker.submit("hover", long_work)
    assert begun.wait(GUARD)
    worker.check()  # still wanted
    job.future.cancel()
    leave.set()
    assert worker.submit("hover", quick("next")).future.result(GUARD) == "editor: next"


def test_stopping_cancels_all_and_takes_nothing_new(worker: Worker[str]) -> None:
    gate = Gate()
    running = worker.submit("fill", gate)
    assert gate.begun.acquire(timeout=GUARD)
    waiting = worker.submit("hover", quick(""))
    worker.stop()
    gate.leave.release(9)
    assert gate.closed.wait(GUARD)
    assert running.future.cancelled() and waiting.future.cancelled()
    assert worker.submit("hover", quick("")).future.cancelled()


def test_a_model_that_is_sent_away(worker: Worker[str]) -> None:
    assert worker.submit("fill", quick("a")).future.result(GUARD) == "editor: a"
    worker.unload()
    with pytest.raises(Unloaded, match=r"lladaEdit\.load"):
        worker.submit("fill", quick("b")).future.result(GUARD)
    worker.use("model").result(GUARD)
    assert worker.submit("fill", quick("c")).future.result(GUARD) == "editor: c"


def test_a_model_that_was_never_begun_to_load_is_waited_for_by_nobody() -> None:
    begun, leave = threading.Event(), threading.Event()

    def load(choice: str, check: object) -> str:
        begun.set()
        assert leave.wait(GUARD)
        return choice

    worker = Worker(load)
    first = worker.use("first")
    assert begun.wait(GUARD)
    second, third = worker.use("second"), worker.use("third")
    with pytest.raises(Superseded):
        second.result(GUARD)
    leave.set()
    assert first.result(GUARD) is None and third.result(GUARD) is None
    assert worker.submit("fill", quick("x")).future.result(GUARD) == "third: x"
    worker.stop()


def test_memory_is_given_back_when_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Semaphore(0)
    monkeypatch.setattr("llada_lsp.worker.give_back", given.release)
    monkeypatch.setattr("llada_lsp.worker.QUIET", 0.01)
    worker: Worker[str] = Worker(lambda choice, check: "editor")
    worker.use("model")
    assert given.acquire(timeout=GUARD), "after the model was loaded"
    for answer in "ab":
        assert worker.submit("fill", quick(answer)).future.result(GUARD) == f"editor: {answer}"
        assert given.acquire(timeout=GUARD)
    assert not given.acquire(timeout=0.1), "once for each time of work"
    worker.stop()


def test_what_is_loaded_is_not_looked_through_for_garbage_and_still_freed_in_the_end() -> None:
    class Editor:
        """Keeps itself alive, so that only the search for garbage can free it."""

        def __init__(self) -> None:
            self.me = self

    made = list[weakref.ref[Editor]]()

    def load(choice: str, check: object) -> Editor:
        editor = Editor()
        made.append(weakref.ref(editor))
        return editor

    worker: Worker[Editor] = Worker(load)
    try:
        worker.use("one").result(GUARD)
        assert gc.get_freeze_count() > 0 and made[0]() is not None
        gc.collect()
        worker.use("two").result(GUARD)
        assert made[0]() is None and made[1]() is not None
    finally:
        worker.stop()
        gc.unfreeze()


def test_what_is_no_longer_wanted_is_not_kept_while_a_model_loads() -> None:
    gate = threading.Event()
    worker: Worker[str] = Worker(lambda choice, check: str(gate.wait(GUARD)))
    worker.use("slow")
    try:
        jobs = [worker.submit("hover", quick(str(number))) for number in range(50)]
        assert len(worker._jobs) == 1  # every other one holds a text of its own
        gate.set()
        assert jobs[-1].future.result(GUARD) == "True: 49"
    finally:
        gate.set()
        worker.stop()
