"""``llada-edit models info`` and ``check``: what is known about one model of this disk, and whether it works."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from llada_edit.cli.common import device_options, echo_json, json_option, load_editor
from llada_edit.errors import LladaEditError, ModelError

SENTENCE, WORD = "She opened the door and walked into the room.", "door"
"""What `check` asks: the word is masked."""


@click.command("info", short_help="What is known about a model.")
@click.argument("reference")
@json_option
def info(reference: str, as_json: bool) -> None:
    """What is known about the model REFERENCE: "bundled", a plug-in's name, a folder, or an id on this disk."""
    with _one_line(reference):
        from llada_edit.models.disk import describe, human_size
        from llada_edit.rewriting.measured import measured

        description = describe(reference)
        known = {} if description.folder is None else measured(description.folder)
    found = description.to_json()
    found["rewriting"] = {name: one.sentence for name, one in known.items()}
    if as_json:
        echo_json(found)
        return
    size = found["bytes"]
    found |= {
        "bytes": None if size is None else f"{size} ({human_size(size)})",
        "infill": "yes, several holes at once",
        "lengths": f"automatic, by {found['lengths']}",
        "context_cache": found.pop("cache"),
        "rewriting": "not measured" if not known else "",
    }
    for key, text in name_and_text(found):
        click.echo(f"{key:<14} {text}")
    for name, one in known.items():
        click.echo(f"{name:<14} {one.sentence}")


def name_and_text(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Facts for people; those that say nothing are left out, and of fitted numbers only that there are some."""
    for key, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        if isinstance(value, dict):
            shown = f"fitted ({', '.join(name for name, part in value.items() if part is not None)})"
        if shown not in (None, ""):
            yield key.replace("_", " "), str(shown)


@click.command("check", short_help="Load a model and see what it writes.")
@click.argument("reference", default="bundled")
@device_options
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
