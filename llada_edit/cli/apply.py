"""``llada-edit apply``: the edits of a run into the files, without the model."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from llada_edit.batch.apply import apply
from llada_edit.batch.records import FAILED, Status
from llada_edit.batch.review import visible
from llada_edit.batch.stored import Stored
from llada_edit.batch.stores import Place
from llada_edit.batch.undo import undo
from llada_edit.cli.common import counted
from llada_edit.cli.file_options import as_place
from llada_edit.errors import OptionError


@click.command("apply")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--output-dir", callback=as_place, help="Write copies into this folder, or store, instead.")
@click.option("--undo", "back", is_flag=True, help="Put text files back as they were before.")
def command(run: Path, output_dir: Place | None, back: bool) -> None:
    """Apply the edits of a RUN (its folder, or the file that --edits wrote) to the files they were made for.

    After a review, those that were accepted; without one, all. A file that changed since the run is left alone. What
    was applied before stays applied, so the command can be given again after a crash.
    """
    if back and output_dir is not None:
        raise OptionError(f"--undo and --output-dir {output_dir} contradict each other; give one of them")
    if back:
        sys.exit(0 if print_undone(Stored.open(run)) else 3)
    if not print_applied(Stored.open(run), output_dir):
        sys.exit(3)


def ending(status: Status, path: str, reason: str) -> str:
    """How a document ended, in one line; some reasons begin with its name."""
    return visible(f"{status}: {reason}" if reason.startswith(path) else f"{status}: {path}: {reason}")


def print_undone(stored: Stored) -> bool:
    """Undo a run and say what came of it on stderr; whether all was put back."""
    files = 0
    good = True
    for done in undo(stored):
        files, good = files + (done.status == "edited"), good and done.status == "edited"
        if done.reason:
            click.echo(ending(done.status, done.path, done.reason), err=True)
    click.echo(f"put {counted(files, 'file')} back as {'it was' if files == 1 else 'they were'}", err=True)
    return good


def print_applied(stored: Stored, output: Place | None) -> bool:
    """Apply a run and say what came of it on stderr; whether nothing failed."""
    good, edits, files, before = True, 0, 0, 0
    for done in apply(stored, output):
        good = good and done.status not in FAILED
        if done.before:
            before += 1
        else:
            edits, files = edits + done.edits, files + (done.status == "edited")
        if done.reason:
            click.echo(ending(done.status, done.path, done.reason), err=True)
    kind = ("copy" if files == 1 else "copies") if output else ("file" if files == 1 else "files")
    had = f"; {before} had {'its' if before == 1 else 'their'} edits already" if before else ""
    click.echo(f"wrote {counted(edits, 'edit')} into {files} {kind}{had}", err=True)
    return good
