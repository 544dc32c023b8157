"""``llada-edit infill``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llada_edit.arguments import asked_of
from llada_edit.cli.asked import asked, asked_options, warn_of_strain
from llada_edit.cli.common import (
    echo_json,
    file_names,
    hole_markup,
    json_option,
    load_editor,
    model_options,
    read_input,
)
from llada_edit.document import Document
from llada_edit.errors import DocumentError, OptionError
from llada_edit.options import POLICIES, InfillOptions
from llada_edit.textfiles import check_open, write_atomically

if TYPE_CHECKING:
    from llada_edit.edits import Candidate, Fill


def _choices(function: Callable[..., Any]) -> Callable[..., Any]:
    """The fields of `InfillOptions` as options; ranges are checked there."""
    options = [
        click.option("-n", "n", type=int, default=1, show_default=True, help="How many different results."),
        click.option(
            "--seed",
            type=int,
            default=0,
            show_default=True,
            help="Same seed, same text; another one changes only what is drawn: long holes, further candidates.",
        ),
        click.option(
            "--steps", type=int, help="Denoising steps; default: several tokens at once where the model is sure."
        ),
        click.option(
            "--policy",
            type=click.Choice(POLICIES),
            default="factor",
            show_default=True,
            help="Which tokens are written first.",
        ),
        click.option(
            "--temperature", type=float, default=0.7, show_default=True, help="How freely further candidates are drawn."
        ),
        click.option("--top-k", type=int, help="Draw from the k most probable tokens; default: no limit."),
        click.option(
            "--top-p",
            type=float,
            default=0.9,
            show_default=True,
            help="Draw from the most probable tokens with this share of the probability.",
        ),
        click.option(
            "--block", type=int, help="Fill from left to right, so many tokens at a time; default: all together."
        ),
        click.option(
            "--polish",
            type=int,
            default=0,
            show_default=True,
            help="Rounds in which the least sure tokens are filled again.",
        ),
        click.option(
            "--guidance",
            type=float,
            default=0.0,
            show_default=True,
            help="How strongly the context steers; 0: not more than usual.",
        ),
        click.option("--avoid", default="", help="A text that the fill shall not follow from; needs --guidance."),
        click.option("--context", type=int, help="Most tokens of context to look at; default: what fits, at most 768."),
        click.option("--exact", is_flag=True, help="As the reference does: one token per step, nothing cached."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@click.command("infill")
@click.argument("source", required=False, shell_complete=file_names)
@click.option("--left", help="Instead of SOURCE: text before one hole.")
@click.option("--right", help="Instead of SOURCE: text after it.")
@click.option("--marker", default="[?", show_default=True, help="What opens a hole.")
@_choices
@asked_options
@click.option("--show-steps", is_flag=True, help="Show the denoising as it happens (on stderr).")
@click.option("--diff", is_flag=True, help="Print a unified diff instead of the text.")
@click.option("--in-place", is_flag=True, help="Write the best candidate back to the file.")
@json_option
@model_options
def command(
    source: str | None,
    left: str | None,
    right: str | None,
    marker: str,
    show_steps: bool,
    diff: bool,
    in_place: bool,
    as_json: bool,
    model: str,
    device: str,
    **choices: Any,
) -> None:
    """Fill the holes of a text: SOURCE is a text file, a text, or - for standard input.

    A file is taken as plain text, whatever its kind: Markdown, LaTeX, HTML, … Word and other Office files are not.

    A hole is [?], [?name] or [?name: 3-8 words]; all holes are filled together, and nothing else is touched. What the
    options ask of a hole holds always, or an error says why not.
    """
    if as_json and diff:
        raise OptionError("--json and --diff contradict each other; give one of them")
    if choices["n"] > 1 and (diff or (in_place and not as_json)):
        option = "--diff" if diff else "--in-place"
        raise OptionError(f"{option} takes the best candidate alone, and -n asks for {choices['n']}; give one of them")
    constraint = asked(choices)
    # All that is wrong with the call is said before the model is loaded.
    InfillOptions(**choices)
    document = _document(source, left, right, marker)
    if in_place and document.path is None:
        raise OptionError("--in-place needs a file; give one, or drop --in-place")
    if in_place and document.path is not None:
        check_open(document.path)
    if not document.holes:
        raise OptionError(f"the text has no hole; mark one with {hole_markup(marker)}")
    asked_for = asked_of(document, constraint)
    editor = load_editor(model, device)
    frames = editor.stream(document, constraint=constraint, **choices)
    if show_steps:
        from llada_edit.cli.live import show

        fill = show(frames, document)
    else:
        *_, last = frames
        fill = last.fill
    assert fill is not None  # the last frame has it
    warn_of_strain(fill, asked_for)
    if in_place and document.path is not None:
        _write(document, document.path, fill.text)
        click.echo(f"filled {len(fill.holes)} of {len(document.holes)} holes in {document.path}", err=True)
    if as_json:
        echo_json(fill.to_json())
    elif diff:
        click.echo(fill.diff(), nl=False)
    elif not in_place:
        _print(fill)


def _document(source: str | None, left: str | None, right: str | None, marker: str) -> Document:
    if left is None and right is None:
        if source is None:
            raise OptionError("nothing to fill; give a file, a text with a hole, - for stdin, or --left and --right")
        return read_input(source, marker)
    if source is not None:
        raise OptionError("SOURCE excludes --left and --right; give one or the other")
    document = Document.between(left or "", right or "")
    document.encode(document.text)
    return document


def _write(document: Document, path: Path, text: str) -> None:
    """Write the text into the file it was read from, unless somebody has changed that meanwhile."""
    if Document.read(path, None).text != document.text:
        raise DocumentError(f"{path} was changed while it was being filled and is left as it is; run the command again")
    write_atomically(path, text)


def _print(fill: Fill) -> None:
    """The text; with several candidates, each with its rank and score and its fillings in bold."""
    if len(fill.candidates) == 1:
        click.echo(fill.text, nl=not fill.text.endswith("\n"))
        return
    for rank, candidate in enumerate(fill.candidates, 1):
        click.secho(f"--- {rank} of {len(fill.candidates)}, score {candidate.score:.2f}", dim=True)
        text = _highlighted(candidate)
        click.echo(text, nl=not text.endswith("\n"))


def _highlighted(candidate: Candidate) -> str:
    text, done = "", 0
    source = candidate.document.text
    for edit in candidate.holes:
        text += source[done : edit.span.start] + click.style(edit.text, bold=True, fg="green")
        done = edit.span.end
    return text + source[done:]
