"""``llada-edit rewrite --estimate``: three documents are done, or begun, and how long all would take is said."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from llada_edit.batch.engines import Done, Inside
from llada_edit.batch.find import Found
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stores import Store
from llada_edit.cli.common import counted
from llada_edit.cli.progress import shown, spelled
from llada_edit.errors import OptionError

_LONG = 20.0
"""Seconds that each document is worked at."""


def sizes_of(found: Found, shard: Shard) -> dict[str, int]:
    """Bytes of each file of a shard."""
    if isinstance(found.root, Store):
        listed = found.root.listed()
        return {path: listed.get(path, 0) for path in found.paths if shard.has(path)}
    sizes = {}
    for path in found.paths:
        if shard.has(path):
            try:
                sizes[path] = (found.root / path).lstat().st_size
            except OSError:
                sizes[path] = 0
    return sizes


def estimate(found: Found, settings: Settings, workers: int) -> None:
    """Do three documents of middling size in this process, and print what follows for all of them."""
    sizes = {path: size for path, size in sizes_of(found, settings.shard).items() if size <= settings.most}
    ordered = sorted(sizes, key=lambda path: sizes[path])
    probe = [ordered[len(ordered) * quarter // 4] for quarter in (1, 2, 3)] if len(ordered) > 3 else ordered
    engine, spent, read = Inside(), 0.0, 0.0

    def timed(work: Iterator[Done]) -> Iterator[Done]:
        nonlocal spent, read
        for done in work:
            spent, read = spent + done.seconds, read + done.share * sizes[done.task.path]
            yield done

    # A long document tells enough after a while.
    settings = replace(settings, limit=min(settings.limit or _LONG, _LONG))
    with tempfile.TemporaryDirectory(prefix="llada-edit-") as folder:
        settings.recipe.make()  # what is loaded once is not counted
        run = Run.resume(Path(folder), settings)
        shown(
            timed(run.work(settings, engine, probe)),
            {path: sizes[path] for path in probe},
            run.passed,
            engine.under_way,
        )
    if spent > _LONG and not read:
        raise OptionError(f"no passage of {probe[0]} was done in {_LONG:g} s; there is nothing to estimate from")
    whole = spent * sum(sizes.values()) / max(1, read) / workers
    left_out = len(found.paths) - len(sizes) if settings.shard.total == 1 else 0
    click.echo(
        f"{counted(len(sizes), 'document')}, {sum(sizes.values())} bytes: about {spelled(whole)}"
        f" with {counted(workers, 'worker')} (measured on {counted(len(probe), 'document')})"
        + (f"; {left_out} larger than --max-bytes left out" if left_out else "")
    )
