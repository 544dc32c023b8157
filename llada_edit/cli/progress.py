"""How far a run is, on stderr: a bar with the time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping

import click

from llada_edit.batch.engines import Done

_EVERY = 10.0
"""Seconds between two lines."""


def shown(work: Iterator[Done], sizes: Mapping[str, int]) -> None:
    """Drain the work of a run.

    Args:
        work: what gets done.
        sizes: bytes of each file of the run, for the time left.
    """
    try:
        if sys.stderr.isatty():
            _bar(work, sizes)
        else:
            _lines(work, sizes)
    finally:
        work.close()  # type: ignore[attr-defined]  # a generator: stops the workers


def _bar(work: Iterator[Done], sizes: Mapping[str, int]) -> None:
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
        line = progress.add_task("loading", total=len(sizes), left="")
        clock = _Clock(sizes)
        for done in work:
            clock.add(done)
            name = done.task.path.rpartition("/")[2][:30].encode("ascii", "replace").decode()
            progress.update(line, advance=1, description=escape(name), left=clock.left())


def _lines(work: Iterator[Done], sizes: Mapping[str, int]) -> None:
    clock, told = _Clock(sizes), time.monotonic()
    for done in work:
        clock.add(done)
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            click.echo(f"{clock.documents} of {len(sizes)} documents, {clock.edits} edits{clock.left()}", err=True)


class _Clock:
    """Bytes done and seconds gone; what a resumed run skips is not counted as speed."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes, self._rest = sizes, sum(sizes.values())
        self.documents = self.edits = self._bytes = 0
        self._began = time.monotonic()

    def add(self, done: Done) -> None:
        size = self._sizes.get(done.task.path, 0)
        self.documents, self.edits = self.documents + 1, self.edits + done.edits
        self._bytes, self._rest = self._bytes + size, self._rest - size

    def left(self) -> str:
        """``, 3 min left``."""
        if self.documents < 3 or not self._bytes:
            return ""
        seconds = (time.monotonic() - self._began) / self._bytes * self._rest
        return f", {seconds / 60:.0f} min left" if seconds >= 90 else f", {seconds:.0f} s left"
