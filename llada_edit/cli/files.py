"""``llada-edit rewrite`` for files and folders: from options to a run, and from the run to diffs, reports and files.

What is done to a document is known to `llada_edit.batch` alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, TextIO

import click

from llada_edit.batch import git
from llada_edit.batch.engines import Engine, Inside
from llada_edit.batch.find import Found, find
from llada_edit.batch.model import fingerprint, model_hash, recipe
from llada_edit.batch.page import write_page
from llada_edit.batch.records import FAILED, DocumentResult, counts, sha256
from llada_edit.batch.reports import diff, text_of, write_sarif
from llada_edit.batch.review import visible
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stored import Stored, write_edits
from llada_edit.batch.stores import Store
from llada_edit.cli.apply import print_applied
from llada_edit.cli.file_options import Wishes
from llada_edit.cli.progress import shown
from llada_edit.errors import DocumentError, OptionError


@dataclass(frozen=True, slots=True)
class Model:
    """Which model, on which device, and what it is to do."""

    name: str
    device: str
    op: str
    choices: dict[str, Any]


def rewrite_files(sources: tuple[str, ...], wishes: Wishes, model: Model) -> int:
    """Do it; the exit code."""
    found = find(sources, wishes.changed_since)
    if not found.paths:
        click.echo("no documents to rewrite", err=True)
        return 0
    if wishes.write and isinstance(found.root, Store):
        raise OptionError(f"{found.root} is a store, where nothing is replaced; give --output-dir instead of --write")
    workers, devices = _places(wishes, model.device, len(found.paths))
    settings = _settings(found, wishes, model, devices)
    if wishes.estimate:
        return _estimate(found, settings, workers)
    folder = wishes.run_folder or Path(tempfile.mkdtemp(prefix="llada-edit-"))
    run = Run.resume(folder, settings)
    if wishes.write and not wishes.allow_dirty and isinstance(found.root, Path):
        _refuse_dirty(found.root, found.paths, Stored.open(folder))
    kept = wishes.run_folder is not None
    try:
        engine = _engine(wishes, workers)
        shown(run.work(settings, engine, found.paths, wishes.retry), _sizes(found, settings.shard))
        for note in engine.notes:
            click.echo(f"note: {note}", err=True)
        code = _after(Stored.open(folder), wishes)
    except BaseException:
        if not kept and isinstance(sys.exc_info()[1], KeyboardInterrupt):
            kept = True
            click.echo(f"stopped; to go on, give the same command with: --run {folder}", err=True)
        raise
    finally:
        if not kept:
            rmtree(folder, ignore_errors=True)
    return code


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
            f"{foreign[0]}{rest}: git has no copy of the present text; commit first, or give --allow-dirty"
        )


def _hash(path: Path) -> str:
    try:
        return sha256(path.read_bytes()) if not path.is_symlink() else ""
    except OSError:
        return ""


def _sizes(found: Found, shard: Shard) -> dict[str, int]:
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


def _estimate(found: Found, settings: Settings, workers: int) -> int:
    """Three documents of middling size, in this process."""
    import time

    sizes = {path: size for path, size in _sizes(found, settings.shard).items() if size <= settings.most}
    ordered = sorted(sizes, key=lambda path: sizes[path])
    probe = [ordered[len(ordered) * quarter // 4] for quarter in (1, 2, 3)] if len(ordered) > 3 else ordered
    with tempfile.TemporaryDirectory(prefix="llada-edit-") as folder:
        settings.recipe.make()  # what is loaded once is not counted
        began, run = time.monotonic(), Run.resume(Path(folder), settings)
        seconds = sum(done.seconds for done in run.work(settings, Inside(), probe))
        seconds = max(seconds, time.monotonic() - began)
    share = max(1, sum(sizes[path] for path in probe))
    whole = seconds * sum(sizes.values()) / share / workers
    click.echo(
        f"{len(sizes)} documents, {sum(sizes.values())} bytes: about {_spell(whole)} with {workers}"
        f" worker{'s' if workers > 1 else ''} (measured on {len(probe)} documents)"
    )
    return 0


def _spell(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _after(stored: Stored, wishes: Wishes) -> int:
    """Diffs, reports, files; the exit code."""
    failed = changed = False
    statuses = []
    for document in stored.documents():
        record = document.record
        statuses.append(record.status)
        failed = failed or record.status in FAILED
        changed = changed or bool(record.edits)
        if record.reason:
            click.echo(visible(f"{record.status}: {document.path}: {record.reason}"), err=True)
        if record.edits and not (wishes.as_json or wishes.write or wishes.output_dir):
            failed = not _print_diff(stored, document) or failed
    for path, write in ((wishes.edits, write_edits), (wishes.sarif, write_sarif), (wishes.html, write_page)):
        if path is not None:
            _save(path, stored, write)
    if wishes.as_json:
        write_edits(stored, sys.stdout)
    if wishes.write or wishes.output_dir:
        failed = not print_applied(stored, wishes.output_dir) or failed
    click.echo(counts(statuses), err=True)
    if failed:
        return 3
    return 1 if wishes.check and changed else 0


def _print_diff(stored: Stored, document: DocumentResult) -> bool:
    try:
        text = diff(document.path, text_of(stored, document), document.record.edits)
    except DocumentError as error:
        click.echo(f"conflict: {error.args[0]}", err=True)
        return False
    # A pipe gets the exact bytes, for patch; a terminal gets nothing that could move its cursor.
    click.echo(visible(text) if sys.stdout.isatty() else text, nl=False)
    return True


def _save(path: Path, stored: Stored, write: Callable[[Stored, TextIO], None]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # A file name that is no UTF-8 becomes a JSON escape.
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            write(stored, file)
        draft.replace(path)
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); give another place") from error
    finally:
        draft.unlink(missing_ok=True)
