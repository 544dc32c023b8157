"""Large files in pieces, for ways that carry small files only: ``python -m llada_edit.training.pieces split|join``.

The pieces of ``model.safetensors`` are ``model.safetensors.000``, …, beside ``model.safetensors.json`` with their
number and the hash of the whole.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from llada_edit.errors import LladaEditError, OptionError
from llada_edit.textfiles import file_sha256, write_atomically


def split(path: Path, folder: Path, megabytes: float) -> list[Path]:
    """Write pieces of at most so many MB (10⁶ bytes) into `folder`, and what `join` needs to know."""
    folder.mkdir(parents=True, exist_ok=True)
    size, pieces = int(megabytes * 1e6), list[Path]()
    with path.open("rb") as file:
        while data := file.read(size):
            pieces.append(folder / f"{path.name}.{len(pieces):03}")
            pieces[-1].write_bytes(data)
    note = {"pieces": len(pieces), "sha256": file_sha256(path)}
    write_atomically(folder / f"{path.name}.json", json.dumps(note) + "\n")
    return pieces


def join(note: Path, folder: Path) -> Path:
    """Put the file whose note is ``NAME.json`` together again, in `folder`.

    Raises:
        OptionError: no such note, a piece is missing, or the whole is not what was split.
    """
    name = note.name.removesuffix(".json")
    try:
        known = json.loads(note.read_bytes())
        pieces, wanted = [note.with_name(f"{name}.{number:03}") for number in range(known["pieces"])], known["sha256"]
    except (ValueError, TypeError, KeyError) as error:
        raise OptionError(f"{note} is no note of pieces; give NAME.json, which lies beside NAME.000") from error
    missing = [piece.name for piece in pieces if not piece.is_file()]
    if missing:
        raise OptionError(f"{note.parent} lacks {missing[0]}; copy all {len(pieces)} pieces")
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{name}.part"  # too large for memory, perhaps
    with draft.open("wb") as out:
        for piece in pieces:
            out.write(piece.read_bytes())
    if file_sha256(draft) != wanted:
        draft.unlink()
        raise OptionError(f"the pieces of {name} in {note.parent} are not those that were split; copy them again")
    return draft.replace(folder / name)


@click.command()
@click.argument("task", type=click.Choice(["split", "join"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--megabytes", type=click.FloatRange(0, min_open=True), default=15, show_default=True)
def main(task: str, file: Path, folder: Path, megabytes: float) -> None:
    """Split FILE into pieces in FOLDER, or join the pieces named by FILE (NAME.json) there."""
    try:
        found = split(file, folder, megabytes) if task == "split" else [join(file, folder)]
    except LladaEditError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(map(str, found)))


if __name__ == "__main__":
    main()
