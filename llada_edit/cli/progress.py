"""How far a run is, on stderr: a bar with the time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence

import click

from llada_edit.batch.engines import Done

_EVERY = 10.0
"""Seconds between two lines."""


def shown(work: Iterator[Done], sizes: Mapping[str, int], passed: Sequence[str] = ()) -> None:
    """Drain the work of a run.

    Args:
        work: what gets done.
        sizes: bytes of each file of the run, for the time left.
        passed: files that needed no work, as they become known.
    """
    clock = _Clock(sizes, passed)
    try:
        if sys.stderr.isatty():
            _bar(work, clock)
        else:
            _lines(work, clock)
    finally:
        work.close()  # type: ignore[attr-defined]  # a generator: stops the workers


def _bar(work: Iterator[Done], clock: _Clock) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("loading the model", total=clock.total, left="")
        for done in work:
            clock.add(done)
            name = done.task.path.rpartition("/")[2][:30].encode("ascii", "replace").decode()
            progress.update(line, completed=clock.documents, description=escape(name), left=clock.left())


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
