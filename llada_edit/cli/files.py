"""``llada-edit rewrite`` for files and folders: from options to a run, and from the run to diffs, reports and files.

What is done to a document is known to `llada_edit.batch` alone.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any

import click

from llada_edit.batch import git
from llada_edit.batch.apply import refuse_same
from llada_edit.batch.engines import Engine, Inside
from llada_edit.batch.find import Found, find
from llada_edit.batch.journal import Index
from llada_edit.batch.model import fingerprint, model_hash, recipe
from llada_edit.batch.records import sha256
from llada_edit.batch.review import visible
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stored import Stored
from llada_edit.batch.stores import Store, place_of
from llada_edit.cli.estimate import estimate, sizes_of
from llada_edit.cli.file_options import Wishes
from llada_edit.cli.outcome import outcome
from llada_edit.cli.progress import shown
from llada_edit.errors import OptionError


@dataclass(frozen=True, slots=True)
class Model:
    """Which model, on which device, and what it is to do."""

    name: str
    device: str
    op: str
    choices: dict[str, Any]


def rewrite_files(sources: tuple[str, ...], wishes: Wishes, model: Model) -> int:
    """Do it; the exit code."""
    found = find(sources, wishes.changed_since, wishes.places)
    for folder in found.closed:
        click.echo(visible(f"error: {folder}: cannot be listed; check its permissions"), err=True)
    unseen = 3 if found.closed else 0
    if not found.paths:
        click.echo(_nothing(sources, wishes), err=True)
        return unseen
    if wishes.write and isinstance(found.root, Store):
        raise OptionError(f"{found.root} is a store, where nothing is replaced; give --output-dir instead of --write")
    if wishes.output_dir is not None:
        for place in (found.root, *map(place_of, sources)):
            refuse_same(place, wishes.output_dir)
    workers, devices = _places(wishes, model.device, len(found.paths))
    settings = _settings(found, wishes, model, devices)
    if wishes.estimate:
        estimate(found, settings, workers)
        return unseen
    return _run(found, settings, wishes, workers) or unseen


def _run(found: Found, settings: Settings, wishes: Wishes, workers: int) -> int:
    kept = wishes.run_folder is not None
    folder = wishes.run_folder or Path(tempfile.mkdtemp(prefix="llada-edit-"))
    try:
        run = Run.resume(folder, settings)
        if wishes.write and not wishes.allow_dirty and isinstance(found.root, Path):
            _refuse_dirty(found.root, found.paths, Stored.open(folder))
        engine = _engine(wishes, workers)
        work = run.work(settings, engine, found.paths, wishes.retry)
        shown(work, sizes_of(found, settings.shard), run.passed, engine.under_way)
        for note in engine.notes:
            click.echo(f"note: {note}", err=True)
        return outcome(Stored.open(folder), wishes, found.named)
    except BaseException:
        if not kept and len(Index(folder)):
            kept = True
            click.echo(f"stopped; to go on, give the same command with: --run {shlex.quote(str(folder))}", err=True)
        raise
    finally:
        if not kept:
            rmtree(folder, ignore_errors=True)


def _nothing(sources: tuple[str, ...], wishes: Wishes) -> str:
    places = ", ".join(map(repr, sources[:3])) + (", …" if len(sources) > 3 else "")
    if wishes.changed_since is not None:
        return f"no documents to rewrite: nothing in {places} differs from {wishes.changed_since}"
    return f"no documents to rewrite: {places} holds no file of a known format that git does not ignore"


def _settings(found: Found, wishes: Wishes, model: Model, devices: tuple[str, ...]) -> Settings:
    work = recipe(model.name, model.device, wishes.threads, model.op, model.choices)
    mark = fingerprint(work, model_hash(model.name))
    return Settings(found.root, work, mark, _shard(wishes.shard), wishes.max_bytes, wishes.time_limit, devices)


def _places(wishes: Wishes, device: str, documents: int) -> tuple[int, tuple[str, ...]]:
    """How many workers, and the devices they get in turn."""
    import torch

    cuda = device in ("auto", "cuda") and torch.cuda.is_available()
    devices = tuple(f"cuda:{index}" for index in range(torch.cuda.device_count())) if cuda else ()
    workers = min(wishes.workers or len(devices) or 1, documents)
    return workers, devices if workers > 1 else ()


def _engine(wishes: Wishes, workers: int) -> Engine:
    from llada_edit.batch.cluster import Ray
    from llada_edit.batch.pool import Pool

    if wishes.engine == "ray":
        return Ray(workers, wishes.ray_address)
    return Inside() if workers == 1 else Pool(workers)


def _shard(value: str | None) -> Shard:
    if value is None:
        return Shard()
    index, _, total = value.partition("/")
    if not (index.isascii() and index.isdigit() and total.isascii() and total.isdigit() and len(value) < 16):
        raise OptionError(f"--shard {value} is no part; write I/N, such as 2/8")
    return Shard(int(index), int(total))


def _refuse_dirty(root: Path, paths: Sequence[str], stored: Stored) -> None:
    from llada_edit.batch.run import written

    ours = written(stored.applied)
    unsaved = sorted(git.dirty(root, paths))
    foreign = [path for path in unsaved if _hash(root / path) not in ours.get(path, {})]
    if foreign:
        rest = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise OptionError(
            f"{foreign[0]}{rest}: git has no copy of the present text; commit it first, have copies written with"
            " --output-dir, or give --allow-dirty to overwrite it"
        )


def _hash(path: Path) -> str:
    try:
        return sha256(path.read_bytes()) if not path.is_symlink() else ""
    except OSError:
        return ""
