"""``llada-edit models``: what is on this disk, what it can do, whether it works, and how to get another one."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llada_edit.cli.common import echo_json, json_option, load_editor
from llada_edit.errors import LladaEditError, ModelError, OptionError

if TYPE_CHECKING:
    from llada_edit.models.hub import Found, Plan

SENTENCE, WORD = "She opened the door and walked into the room.", "door"
"""What `check` asks: the word is masked."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A model worth having, and what for; parameters as published."""

    name: str
    parameters: int
    purpose: str


LADDER = (
    Rung("bundled", 17_300_000, "any CPU, nothing to fetch: words and short phrases"),
    Rung("dllm-hub/ModernBERT-base-chat-v0.1", 150_000_000, "any CPU: better words, English"),
    Rung("dllm-hub/ModernBERT-large-chat-v0.1", 396_000_000, "a CPU with some patience"),
    Rung("dllm-hub/Qwen3-0.6B-diffusion-mdlm-v0.1", 752_000_000, "a good CPU: phrases, many languages (A2D)"),
    Rung("GSAI-ML/LLaDA-8B-Instruct", 8_020_000_000, "a GPU: sentences and paragraphs"),
)


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, inspect, check and fetch models; without a subcommand, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@command.command("list")
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
        echo_json({"models": rows, "ladder": [_judged(rung) for rung in LADDER]})
        return
    from llada_edit.models.hub import human_size

    click.secho("On this disk", bold=True)
    for row in rows:
        size = "" if row["bytes"] is None else human_size(row["bytes"])
        said = row["family"] or click.style(f"not usable: {row['reason']}", fg="yellow")
        click.echo(f"  {row['name']:<40} {row['source']:<8} {size:>10}  {said}")
    click.secho("\nWhat to take, from small to large", bold=True)
    here = {row["name"] for row in rows if row["family"]}
    for judged in map(_judged, LADDER):
        name, size = str(judged["name"]), f"{judged['parameters'] / 1e9:.2f}B"
        mark = "here" if name in here else judged["note"]
        click.echo(f"  {name:<40} {size:>6}  {judged['purpose']}  [{mark}]")
    click.echo("\nTo fetch one: llada-edit models get NAME; to use it: --model NAME")


@command.command("info")
@click.argument("reference")
@json_option
def info(reference: str, as_json: bool) -> None:
    """What is known about the model REFERENCE: "bundled", a plug-in's name, a folder, or an id on this disk."""
    with _one_line(reference):
        from llada_edit.models.hub import describe, human_size

        found = describe(reference).to_json()
    if as_json:
        echo_json(found)
        return
    size = found["bytes"]
    found |= {
        "bytes": None if size is None else f"{size} ({human_size(size)})",
        "infill": "yes, several holes at once",
        "lengths": f"automatic, by {found['lengths']}",
        "context_cache": found.pop("cache"),
    }
    for key, value in found.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        if shown not in (None, ""):
            click.echo(f"{key.replace('_', ' '):<14} {shown}")


@command.command("check")
@click.argument("reference", default="bundled")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@json_option
def check(reference: str, device: str, as_json: bool) -> None:
    """Load a model, mask a word of a sentence, and print what the model says."""
    with _one_line(reference):
        import llada_edit.editor  # noqa: F401  # torch is not part of the time to load

        start = time.perf_counter()
        editor = load_editor(reference, device)
        loaded = time.perf_counter()
        found = editor.alternatives(SENTENCE, at=SENTENCE.index(WORD), k=5)
        answered = time.perf_counter()
    seconds = {"load": loaded - start, "answer": answered - loaded}
    where = str(editor.model.device)
    if as_json:
        words = [word.to_json() for word in found]
        echo_json({"model": reference, "device": where, "sentence": SENTENCE, "words": words, "seconds": seconds})
        return
    click.echo(SENTENCE.replace(WORD, "[?]"))
    width = max((len(word.text) for word in found), default=0)
    for word in found:
        click.echo(f"  {word.text:<{width}}  {word.probability:6.1%}")
    if not found:
        click.echo("  (no single word)")
    click.echo(f"loaded in {seconds['load']:.2f} s on {where}, answered in {seconds['answer']:.2f} s")


@command.command("get")
@click.argument("repository")
@click.option("--revision", help="Branch, tag or commit; default: the newest of the main branch.")
@click.option("--folder", type=click.Path(path_type=Path), help="Put it here, and not into the hub cache.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def get(repository: str, revision: str | None, folder: Path | None, yes: bool, as_json: bool) -> None:
    """Fetch a model by its id: the only command that uses the network. Safetensors only, hashes checked, resumable."""
    from llada_edit.models import hub
    from llada_edit.models.load import find_folder

    plans: list[Plan] = []

    def agreed(plan: Plan) -> bool:
        plans.append(plan)
        size, missing = hub.human_size(plan.size), hub.human_size(plan.missing)
        click.echo(f"{plan.repository} ({plan.family}) at commit {plan.commit}", err=True)
        click.echo(f"{len(plan.files)} files of {size}, {missing} to fetch, into {plan.folder}", err=True)
        if yes or not plan.missing:
            return True
        if not sys.stdin.isatty():
            raise OptionError("nobody is there to be asked; add --yes to fetch it")
        return click.confirm("Fetch it?", err=True)

    with _progress() as advance:
        fetched = hub.fetch(
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


def _rows(folders: tuple[Path, ...]) -> Iterator[dict[str, Any]]:
    """All models of this disk, as plain types; plug-ins of others are named and not loaded."""
    from llada_edit.models import hub
    from llada_edit.models.bundled import bundled_folder
    from llada_edit.models.load import GROUP

    try:
        yield _row("package", hub.look(bundled_folder(), "bundled"))
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
                yield _row("folder", hub.look(path))
    for found in hub.cached_models():
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


def _judged(rung: Rung) -> dict[str, Any]:
    """A rung with a verdict: whether its weights go into the memory that is free now, on the GPU or beside the CPU."""
    from llada_edit.models import devices, hub

    row = {"name": rung.name, "parameters": rung.parameters, "purpose": rung.purpose}
    best, cpu = devices.choose_device(), devices.choose_device("cpu")
    needed = free = 0
    for device in dict.fromkeys((best, cpu)):
        needed = rung.parameters * devices.choose_dtype(device, rung.parameters).itemsize
        available = devices.free_memory(device)
        if available is None:
            return row | {"fits": None, "note": f"needs {hub.human_size(needed)} of memory"}
        if needed <= available:
            slow = device.type == "cpu" and rung.parameters >= devices.LARGE
            return row | {"fits": True, "note": f"fits the {device.type}{', but slow there' if slow else ''}"}
        free = available
    return row | {"fits": False, "note": f"too large: {hub.human_size(needed)} needed, {hub.human_size(free)} free"}


@contextmanager
def _one_line(reference: str) -> Iterator[None]:
    """Whatever goes wrong with a model is one line, also where it goes wrong in a library."""
    try:
        yield
    except LladaEditError as error:
        raise type(error)(" ".join(str(error.args[0] if error.args else error).split())) from error
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise ModelError(f"{reference} does not work here ({type(error).__name__}: {said})") from error


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
