"""``llada-edit models get``: asks before it fetches and shows how far it is; how it is fetched is not known here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llada_edit.cli.common import echo_json, json_option
from llada_edit.errors import OptionError

if TYPE_CHECKING:
    from llada_edit.models.hub import Plan


@click.command("get", short_help="Fetch a model by its id, over the network.")
@click.argument("repository")
@click.option("--revision", help="Branch, tag or commit; default: the newest of the main branch.")
@click.option("--folder", type=click.Path(path_type=Path), help="Put it here, and not into the hub cache.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def get(repository: str, revision: str | None, folder: Path | None, yes: bool, as_json: bool) -> None:
    """Fetch a model by its id: the only command that uses the network. Safetensors only, hashes checked, resumable."""
    from llada_edit.models.disk import human_size
    from llada_edit.models.hub import fetch
    from llada_edit.models.load import find_folder

    plans: list[Plan] = []

    def agreed(plan: Plan) -> bool:
        plans.append(plan)
        size, missing = human_size(plan.size), human_size(plan.missing)
        click.echo(f"{plan.repository} ({plan.family}) at commit {plan.commit}", err=True)
        click.echo(f"{len(plan.files)} files of {size}, {missing} to fetch, into {plan.folder}", err=True)
        if yes or not plan.missing:
            return True
        if not sys.stdin.isatty():
            raise OptionError("nobody is there to be asked; add --yes to fetch it")
        return click.confirm("Fetch it?", err=True)

    with _progress() as advance:
        fetched = fetch(
            repository,
            revision,
            folder,
            on_plan=agreed,
            on_bytes=lambda name, count: advance(name, count, plans[0].missing),
        )
    if fetched is None:
        click.echo("nothing was fetched", err=True)
        raise click.exceptions.Exit(130)
    reference = repository if folder is None and find_folder(repository) == fetched else str(fetched)
    if as_json:
        plan = plans[0]
        echo_json(
            {
                "model": reference,
                "folder": str(fetched),
                "commit": plan.commit,
                "bytes": plan.size,
                "family": plan.family,
            }
        )
    else:
        click.echo(str(fetched))
        click.echo(f"use it with --model {reference}; try it: llada-edit models check {reference}", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """How far a download is, on stderr: a bar on a terminal, a line for every file elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        seen: set[str] = set()

        def line(name: str, count: int, total: int) -> None:
            if name not in seen:
                seen.add(name)
                click.echo(f"fetching {name}", err=True)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None, visible=False)

        def bar(name: str, count: int, total: int) -> None:
            progress.update(task, advance=count, total=total, description=name, visible=True)

        yield bar
