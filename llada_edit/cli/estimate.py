"""``llada-edit rewrite --estimate``: three documents are done, and how long all would take is said."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from llada_edit.batch.engines import Done, Inside
from llada_edit.batch.find import Found
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stores import Store
from llada_edit.cli.progress import shown, spelled


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
    spent: list[float] = []

    def timed(work: Iterator[Done]) -> Iterator[Done]:
        for done in work:
            spent.append(done.seconds)
            yield done

    with tempfile.TemporaryDirectory(prefix="llada-edit-") as folder:
        settings.recipe.make()  # what is loaded once is not counted
        began, run = time.monotonic(), Run.resume(Path(folder), settings)
        shown(timed(run.work(settings, Inside(), probe)), {path: sizes[path] for path in probe}, run)
        seconds = max(sum(spent), time.monotonic() - began)
    share = max(1, sum(sizes[path] for path in probe))
    whole = seconds * sum(sizes.values()) / share / workers
    left_out = len(found.paths) - len(sizes) if settings.shard.total == 1 else 0
    click.echo(
        f"{len(sizes)} documents, {sum(sizes.values())} bytes: about {spelled(whole)} with {workers}"
        f" worker{'s' if workers > 1 else ''} (measured on {len(probe)} documents)"
        + (f"; {left_out} larger than --max-bytes left out" if left_out else "")
    )
