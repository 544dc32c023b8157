"""How far a run is, on stderr: a bar with the time left on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from llada_edit.batch.engines import Done
from llada_edit.cli.common import counted

_EVERY = 10.0
"""Seconds between two lines."""
_TELLING = 0.01
"""Share of a document from which on it tells how fast it goes."""


def shown(
    work: Iterator[Done], sizes: Mapping[str, int], passed: Sequence[str], under_way: Mapping[str, float]
) -> None:
    """Drain the work of a run.

    Args:
        work: what gets done.
        sizes: bytes of each file of the run, for the time left.
        passed: files that need no work; grows meanwhile.
        under_way: see `Engine`.
    """
    clock = _Clock(sizes, passed, under_way)
    try:
        if sys.stderr.isatty():
            _bar(work, clock)
        else:
            _lines(work, clock)
    finally:
        work.close()  # type: ignore[attr-defined]  # a generator: stops the workers


def _bar(work: Iterator[Done], clock: _Clock) -> None:
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    class Bar(Progress):
        """Asked anew with every frame: a long document moves it from its beginning on."""

        def get_renderables(self) -> Iterable[RenderableType]:
            clock.look()
            for task in self.task_ids:
                self.update(task, completed=clock.position, doing=clock.doing(), left=clock.left())
            return super().get_renderables()

    fields = (TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("doing", "left"))
    columns = (next(fields), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), *fields)
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task("", total=clock.total, doing="", left="")
        for done in work:
            clock.add(done)


def doing(paths: Sequence[str], first: bool) -> str:
    """What goes on, for a line of a terminal; nothing in it can move a cursor."""
    if not paths:
        return "loading the model" if first else ""
    name = paths[0].rpartition("/")[2].encode("ascii", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in name[:30])


def _lines(work: Iterator[Done], clock: _Clock) -> None:
    told = time.monotonic()
    for done in work:
        clock.add(done)
        if time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            parts = (
                f"{clock.documents} of {counted(clock.total, 'document')}",
                counted(clock.edits, "edit"),
                clock.left(),
            )
            click.echo(", ".join(filter(None, parts)), err=True)


class _Clock:
    """Bytes done and seconds gone since the first document began; what needs no work is not counted as speed.

    Args:
        sizes: bytes of each file.
        passed: files that need no work; grows meanwhile.
        under_way: see `Engine`.
    """

    def __init__(self, sizes: Mapping[str, int], passed: Sequence[str], under_way: Mapping[str, float]) -> None:
        self._sizes, self._passed, self._under_way = sizes, passed, under_way
        self._rest, self._seen = sum(sizes.values()), 0
        self.total, self.documents, self.edits = len(sizes), 0, 0
        self._done = self._bytes = 0
        self._began: float | None = None

    def look(self) -> None:
        """The clock starts when the first document does."""
        if self._began is None and self._under_way:
            self._began = time.monotonic()

    def add(self, done: Done) -> None:
        """A document is done."""
        if self._began is None:
            self._began = time.monotonic() - done.seconds
        for path in self._passed[self._seen :]:
            self._rest -= self._sizes.get(path, 0)
        self._seen = len(self._passed)
        size = self._sizes.get(done.task.path, 0)
        self._done, self.edits = self._done + 1, self.edits + done.edits
        self.documents = self._done + self._seen
        self._bytes, self._rest = self._bytes + size, self._rest - size

    @property
    def position(self) -> float:
        """Documents that are done, and the shares of those under way."""
        return min(self.total, self.documents + sum(list(self._under_way.values())))

    def doing(self) -> str:
        """See `doing`."""
        return doing(list(self._under_way), self.documents == 0)

    def left(self) -> str:
        """``3 min left``, once three documents, or a part of a long one, tell how fast it goes."""
        shares = dict(self._under_way)
        partly = sum(self._sizes.get(path, 0) * share for path, share in shares.items())
        told = self._done >= 3 or max(shares.values(), default=0) >= _TELLING
        if self._began is None or not told or not self._bytes + partly:
            return ""
        seconds = (time.monotonic() - self._began) / (self._bytes + partly) * (self._rest - partly)
        return f"{spelled(seconds)} left"


def spelled(seconds: float) -> str:
    """``40 s``, ``12 min`` or ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
