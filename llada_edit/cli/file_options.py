"""The options of ``llada-edit rewrite`` that speak of files, and which of them go together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from llada_edit.batch.stores import Place, place_of
from llada_edit.batch.worker import MAX_BYTES
from llada_edit.errors import OptionError

F = TypeVar("F", bound=Callable[..., Any])


def as_place(context: click.Context, option: click.Parameter, value: str | None) -> Place | None:
    """For options that take a folder or the address of a store."""
    return None if value is None else place_of(value)


_OPTIONS = (
    click.option("--write", is_flag=True, help="Files: write the edits into the files."),
    click.option("--output-dir", callback=as_place, help="Files: write copies into this folder, or store."),
    click.option(
        "--run", "run_folder", type=click.Path(path_type=Path), help="Files: keep the run here, or resume it."
    ),
    click.option("--edits", type=click.Path(path_type=Path), help="Files: write the edits to this file, as JSON."),
    click.option("--sarif", type=click.Path(path_type=Path), help="Files: write a SARIF 2.1.0 report."),
    click.option("--html", type=click.Path(path_type=Path), help="Files: write a page to read side by side."),
    click.option("--changed-since", metavar="REF", help="Files: only those that differ from a commit."),
    click.option("--allow-dirty", is_flag=True, help="Files: write also where git has no copy of the old text."),
    click.option("--max-bytes", type=click.IntRange(1), default=MAX_BYTES, show_default=True, help="Largest file."),
    click.option("--time-limit", type=click.FloatRange(0, min_open=True), help="Seconds that a document may take."),
    click.option("--workers", type=click.IntRange(1, 64), help="Processes; default: one for each CUDA device, or 1."),
    click.option("--threads", type=click.IntRange(1, 1024), default=1, show_default=True, help="CPU threads of each."),
    click.option(
        "--engine", type=click.Choice(("local", "ray")), default="local", show_default=True, help="Who works."
    ),
    click.option("--ray-address", help="A Ray cluster that runs already; default: one on this machine."),
    click.option("--shard", metavar="I/N", help="Files: only the I-th of N parts, for job arrays."),
    click.option("--retry", is_flag=True, help="Files: try again what failed in this run before."),
    click.option("--estimate", is_flag=True, help="Files: do three documents, say how long all would take, and stop."),
)


def file_options(function: F) -> F:
    """The options that speak of files."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of `file_options`, ``--check`` and ``--json``; see their help texts."""

    write: bool
    output_dir: Place | None
    run_folder: Path | None
    edits: Path | None
    sarif: Path | None
    html: Path | None
    changed_since: str | None
    allow_dirty: bool
    max_bytes: int
    time_limit: float | None
    workers: int | None
    threads: int
    engine: str
    ray_address: str | None
    shard: str | None
    retry: bool
    estimate: bool
    check: bool
    as_json: bool

    def __post_init__(self) -> None:
        if self.write and self.check:
            raise OptionError("--write and --check contradict each other; give one of them")
        if self.write and self.output_dir is not None:
            raise OptionError("--write and --output-dir contradict each other; give one of them")
        if self.shard is not None and (self.write or self.output_dir is not None):
            raise OptionError("--shard does not write; when all parts are done, give: llada-edit apply FOLDER")
        if self.ray_address is not None and self.engine != "ray":
            raise OptionError(f"--ray-address {self.ray_address} is for --engine ray; give both, or neither")
        if self.ray_address is not None and self.run_folder is None:
            raise OptionError("a cluster needs a folder that all its machines share; give --run FOLDER")
        if self.shard is not None and self.run_folder is None:
            raise OptionError(f"--shard {self.shard} needs a folder that all parts share; give --run FOLDER")
        for path in (self.edits, self.sarif, self.html):
            if path is not None and (path.is_dir() or not path.parent.is_dir()):
                raise OptionError(f"{path} cannot be written (no such folder, or a folder itself); give a file")

    @property
    def of_files(self) -> list[str]:
        """Options that were given and mean nothing to a text."""
        names = (
            "write output_dir run_folder edits sarif html changed_since allow_dirty shard retry estimate ray_address "
            "workers time_limit"
        )
        given = (name for name in names.split() if getattr(self, name))
        return [f"--{name.removesuffix('_folder').replace('_', '-')}" for name in given]

    @property
    def places(self) -> tuple[Path, ...]:
        """What the run writes besides the documents."""
        named = (self.output_dir, self.run_folder, self.edits, self.sarif, self.html)
        return tuple(path for path in named if isinstance(path, Path))
