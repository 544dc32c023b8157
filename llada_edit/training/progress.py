"""How a run shows how far it is: a bar on a terminal, a line now and then elsewhere; always on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

EVERY = 50
"""Steps between two lines where there is no terminal."""


class Meter:
    """Counts tokens and time of a run; a context manager around its steps. What is not `shown` says nothing."""

    def __init__(self, done: int, steps: int, shown: bool = True) -> None:
        self._first, self._steps, self._shown = done, steps, shown
        self._tokens, self._began = 0, time.monotonic()
        console = Console(stderr=True)
        columns = "loss {task.fields[loss]:.3f}", "{task.fields[speed]:,.0f} tokens/s"
        self._bar = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            *map(TextColumn, columns),
            TimeRemainingColumn(),
            console=console,
            disable=not (shown and console.is_terminal),
        )
        self._task = self._bar.add_task("train", total=steps, completed=done, loss=float("nan"), speed=0.0)

    def __enter__(self) -> Self:
        self._bar.start()
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    @property
    def seconds(self) -> float:
        """Since the first step."""
        return time.monotonic() - self._began

    @property
    def speed(self) -> float:
        """Tokens a second so far."""
        return self._tokens / max(self.seconds, 1e-9)

    def step(self, done: int, tokens: int) -> None:
        """A step is done; `done` is the number of steps so far."""
        self._tokens += tokens
        self._bar.update(self._task, completed=done)

    def show(self, done: int, loss: float) -> None:
        """Say where the run stands, with the mean loss of the last steps."""
        self._bar.update(self._task, loss=loss, speed=self.speed)
        if self._bar.disable:
            left = self.seconds / max(1, done - self._first) * (self._steps - done)
            self.say(f"step {done}/{self._steps} loss {loss:.3f} {self.speed:,.0f} tokens/s, {_clock(left)} left")

    def say(self, line: str) -> None:
        """A line of its own."""
        if not self._shown:
            return
        if self._bar.disable:
            print(line, file=sys.stderr, flush=True)
        else:
            self._bar.console.print(line, highlight=False)


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
