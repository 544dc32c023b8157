"""How far a run is, on stderr: a bar with the time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import click

from llada_edit.batch.engines import Done
from llada_edit.batch.run import Run

_EVERY = 10.0
"""Seconds between two lines."""


def shown(work: Iterator[Done], sizes: Mapping[str, int], run: Run) -> None:
    """Drain the work of a run.

    Args:
        work: what gets done.
        sizes: bytes of each file of the run, for the time left.
        run: that does it.
    """
    clock = _Clock(sizes, run.passed)
    try:
        if sys.stderr.isatty():
            _bar(work, clock, run)
        else:
            _lines(work, clock)
    finally:
        work.close()  # type: ignore[attr-defined]  # a generator: stops the workers


def _bar(work: Iterator[Done], clock: _Clock, run: Run) -> None:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class Doing(ProgressColumn):
        """Asked anew with every frame: a long document says its name from its beginning on."""

        def render(self, task: Task) -> Text:
            return Text(doing(run.begun, task.completed == 0))

    columns = (Doing(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[left]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("", total=clock.total, left="")
        for done in work:
            clock.add(done)
            progress.update(line, completed=clock.documents, left=clock.left())


def doing(path: str, first: bool) -> str:
    """What goes on, for a line of a terminal; nothing in it can move a cursor."""
    name = path.rpartition("/")[2].encode("ascii", "replace").decode()
    safe = "".join(c if c.isprintable() else "?" for c in name[:30])
    return " ".join(filter(None, ("loading the model" if first else "", safe)))


def _lines(work: Iterator[Done], clock: _Clock) -> None:
    told = time.monotonic()
    for done in work:
        clock.add(done)
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            edits = f"{clock.edits} edit{'' if clock.edits == 1 else 's'}"
            click.echo(f"{clock.documents} of {clock.total} documents, {edits}{clock.left()}", err=True)


class _Clock:
    """Bytes done and seconds gone since the first document began; what needs no work is not counted as speed.

    Args:
        sizes: bytes of each file.
        passed: files that need no work; grows meanwhile.
    """

    def __init__(self, sizes: Mapping[str, int], passed: Sequence[str] = ()) -> None:
        self._sizes, self._passed = sizes, passed
        self._rest, self._seen = sum(sizes.values()), 0
        self.total, self.documents, self.edits = len(sizes), 0, 0
        self._done = self._bytes = 0
        self._began: float | None = None

    def add(self, done: Done) -> None:
        if self._began is None:
            self._began = time.monotonic() - done.seconds
        for path in self._passed[self._seen :]:
            self._rest -= self._sizes.get(path, 0)
        self._seen = len(self._passed)
        size = self._sizes.get(done.task.path, 0)
        self._done, self.edits = self._done + 1, self.edits + done.edits
        self.documents = self._done + self._seen
        self._bytes, self._rest = self._bytes + size, self._rest - size

    def left(self) -> str:
        """``, 3 min left``, once three documents tell how fast it goes."""
        if self._done < 3 or not self._bytes or self._began is None:
            return ""
        seconds = (time.monotonic() - self._began) / self._bytes * self._rest
        return f", {spelled(seconds)} left"


def spelled(seconds: float) -> str:
    """``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
