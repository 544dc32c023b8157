"""``llada-edit models list``: the models of this disk, and what to take on this machine; nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llada_edit.cli.common import echo_json, json_option
from llada_edit.cli.models.ladder import LADDER, judged
from llada_edit.errors import LladaEditError, OptionError

if TYPE_CHECKING:
    from llada_edit.models.disk import Found


@click.command("list")
@click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Look into this folder too: a model, or models one level below. May be repeated.",
)
@json_option
def list_models(folders: tuple[Path, ...], as_json: bool) -> None:
    """What is on this disk, and what to take on this machine."""
    rows = list(_rows(folders))
    if as_json:
        echo_json({"models": rows, "ladder": [judged(rung) for rung in LADDER]})
        return
    from llada_edit.models.disk import human_size

    click.secho("On this disk", bold=True)
    for row in rows:
        size = "" if row["bytes"] is None else human_size(row["bytes"])
        said = row["family"] or click.style(f"not usable: {row['reason']}", fg="yellow")
        click.echo(f"  {row['name']:<40} {row['source']:<8} {size:>10}  {said}")
    click.secho("\nWhat to take, from small to large", bold=True)
    here = {row["name"] for row in rows if row["family"]}
    for rung in map(judged, LADDER):
        name, size = str(rung["name"]), f"{rung['parameters'] / 1e9:.2f}B"
        mark = "here" if name in here else rung["note"]
        click.echo(f"  {name:<40} {size:>6}  {rung['purpose']}  [{mark}]")
    click.echo("\nTo fetch one: llada-edit models get NAME; to use it: --model NAME")


def _rows(folders: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """All models of this disk, as plain types; plug-ins of others are named and not loaded."""
    from llada_edit.models import disk
    from llada_edit.models.bundled import bundled_folder
    from llada_edit.models.load import GROUP

    try:
        yield _row("package", disk.look(bundled_folder(), "bundled"))
    except LladaEditError as error:
        yield {
            "name": "bundled",
            "source": "package",
            "folder": None,
            "bytes": None,
            "family": None,
            "reason": error.args[0],
        }
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.name != "bundled":
            row = {"name": point.name, "source": "plug-in", "folder": None, "bytes": None}
            yield {**row, "family": f"plug-in {point.value}", "reason": None}
    for folder in folders:
        if not folder.is_dir():
            raise OptionError(f"{folder} is no folder")
        inside = [folder] if (folder / "config.json").is_file() else sorted(folder.iterdir())
        for path in inside:
            if (path / "config.json").is_file():
                yield _row("folder", disk.look(path))
    for found in disk.cached_models():
        yield _row("cache", found)


def _row(source: str, found: Found) -> dict[str, Any]:
    return {
        "name": found.name,
        "source": source,
        "folder": str(found.folder),
        "bytes": found.size,
        "family": found.family,
        "reason": found.reason,
    }
