"""Work in rounds and work that must be over in time, on a clock of our own."""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from llada_lsp.rounds import Best, in_rounds, until
from llada_lsp.tasks import Proposal, View

from llada_edit.edits import Edit
from llada_edit.holes import Span


def proposal(text: str) -> Proposal:
    return Proposal((Edit(Span(0, 1), text),), 0.0)


class Clock:
    """Time that goes on by one with every step of the work."""

    now = 0.0

    def rounds(self, *texts: list[str]) -> Any:
        """Two steps a round, and then its proposals."""

        def round_(found: list[str]) -> Any:
            def work(editor: object) -> Generator[View, None, list[Proposal]]:
                for step in range(2):
                    self.now += 1
                    yield View(step, ())
                return [proposal(text) for text in found]

            return work

        return in_rounds([round_(found) for found in texts])


def drained(work: Any) -> tuple[list[Any], list[str]]:
    steps, seen = work(cast(Any, None)), []
    try:
        while True:
            seen.append(next(steps))
    except StopIteration as stop:
        return seen, [one.texts[0] for one in stop.value]


@pytest.mark.parametrize(
    ("end", "found"),
    [(0, []), (2, []), (3, ["quick"]), (4, ["quick"]), (5, ["good", "better"])],
)
def test_the_best_that_is_finished_by_then(monkeypatch: pytest.MonkeyPatch, end: float, found: list[str]) -> None:
    clock = Clock()
    monkeypatch.setattr("llada_lsp.rounds.time", SimpleNamespace(monotonic=lambda: clock.now))
    _, best = drained(until(end, clock.rounds(["quick"], ["good", "better"])))
    assert best == found
    assert clock.now <= end


def test_rounds_say_each_time_what_is_best() -> None:
    seen, best = drained(Clock().rounds(["b"], ["a", "b"], []))
    rounds = [[one.texts[0] for one in step.proposals] for step in seen if isinstance(step, Best)]
    assert rounds == [["b"], ["a", "b"], ["a", "b"]] and best == rounds[-1]


def test_work_that_is_closed_closes_what_it_does() -> None:
    closed = []

    def work(editor: object) -> Generator[View, None, list[Proposal]]:
        try:
            while True:
                yield View(0, ())
        finally:
            closed.append(True)

    rounds: Any = [work]
    steps = until(float("inf"), in_rounds(rounds))(cast(Any, None))
    next(steps)
    steps.close()
    assert closed == [True]
