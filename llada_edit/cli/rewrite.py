"""``llada-edit rewrite``: a text to a text; for files and folders see `files`."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from llada_edit.batch.stores import is_address
from llada_edit.cli.common import echo_json, json_option, load_editor, model_options, read_input
from llada_edit.cli.file_options import Wishes, file_options
from llada_edit.cli.files import Model, rewrite_files
from llada_edit.errors import OptionError
from llada_edit.options import RewriteOptions

if TYPE_CHECKING:
    from llada_edit.editor import Editor

_MAGIC = frozenset("*?[")
_NAME = re.compile(r"[A-Za-z0-9_.*/-]+")


@click.command("rewrite")
@click.argument("sources", nargs=-1, metavar="[TEXT|FILE|FOLDER]...")
@click.option(
    "--op", default="paraphrase", show_default=True, help="Operation; `--op list` names all, and what was measured."
)
@click.option("--strength", type=float, help="Share of the words that may change, 0 to 1; default: by operation.")
@click.option("--keep", multiple=True, help="A word or phrase that stays as it is; may be repeated.")
@click.option("--keep-pattern", multiple=True, help="A regular expression (RE2) for what stays; may be repeated.")
@click.option("--span", help="START-END in characters: rewrite only this part of a text.")
@click.option("-n", "n", type=int, default=1, show_default=True, help="Distinct candidates for a text.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same text.")
@click.option("--instruction", default="", help="What to do, for custom; the language, for translate.")
@click.option(
    "--trust",
    type=click.Choice(("auto", "listed", "model")),
    default="auto",
    show_default=True,
    help="Take only listed changes and repairs, or also words that the model finds.",
)
@click.option("--diff", is_flag=True, help="Print a unified diff of a text; of files it is printed anyway.")
@click.option("--check", is_flag=True, help="Exit with 1 if something would change.")
@file_options
@json_option
@model_options
def command(
    sources: tuple[str, ...],
    op: str,
    keep: tuple[str, ...],
    keep_pattern: tuple[str, ...],
    span: str | None,
    diff: bool,
    check: bool,
    as_json: bool,
    model: str,
    device: str,
    **given: Any,
) -> None:
    """Rewrite a text, standard input (-), files or folders; links, code, numbers, names and quotations stay.

    A text gives the new text. Files and folders give a unified diff, and nothing is written without --write.
    """
    from llada_edit.rewriting import operations

    if op == "list":
        _list_operations(model, as_json)
        return
    mine = {name: given.pop(name) for name in Wishes.__dataclass_fields__ if name in given}
    wishes, choices = Wishes(**mine, check=check, as_json=as_json), given
    choices["keep"] = (*keep, *(_pattern(source) for source in keep_pattern))
    _check(op, choices)
    if not sources:
        raise OptionError("nothing to rewrite; give a text, files, folders, or - for stdin")
    paths = [source for source in sources if source != "-" and _is_there(source)]
    if paths and (len(paths) < len(sources) or span):
        raise OptionError(_not_with_files(sources, paths, span))
    if not paths and len(sources) > 1:
        raise OptionError(f"{len(sources)} texts are too many; give one, in quotes, or files")
    if not paths and wishes.of_files:
        raise OptionError(
            f"{wishes.of_files[0]} is for files and folders, and {sources[0][:80]!r} is none that is there"
        )
    if not paths and sources[0] != "-" and _is_meant_for_files(sources[0], check):
        raise OptionError(f"there is no file or folder {sources[0][:80]!r}; check its name, or give a text through -")
    if paths and operations.operation_of(op).fills:
        raise OptionError(
            f"--op {op} is for one text; fill the holes of a text file with: llada-edit infill FILE --in-place"
            " (of Office files: copy the paragraph out, and give it as a text)"
        )
    if paths and choices["n"] > 1:
        raise OptionError(f"-n {choices['n']} is for a text; files get the best wording of each place, so drop it")
    if diff and choices["n"] > 1:
        raise OptionError(f"--diff takes the best candidate alone, and -n asks for {choices['n']}; give one of them")
    if paths:
        sys.exit(rewrite_files(sources, wishes, Model(model, device, op, choices)))
    changed = _text(load_editor(model, device), sources[0], {"op": op, **choices}, span, as_json, diff)
    if check and changed:
        sys.exit(1)


def _not_with_files(sources: Sequence[str], paths: Sequence[str], span: str | None) -> str:
    """What is wrong with sources of which some are files."""
    other = next((source for source in sources if source not in paths), None)
    if other is None or other == "-":
        named = "-, standard input," if other else f"--span {span}"
        return f"{named} does not go with files; give either files and folders, or one text"
    return (
        f"there is no file or folder {other[:80]!r}; check its name (a text of its own, without files beside it,"
        " is rewritten as well)"
    )


def _text(editor: Editor, source: str, choices: dict[str, Any], span: str | None, as_json: bool, diff: bool) -> bool:
    document = read_input(source, None)
    result = editor.rewrite(document, span=_span(span), **choices)
    for note in result.notes:
        click.echo(f"note: {note}", err=True)
    if as_json:
        echo_json(result.to_json())
    elif diff:
        click.echo(result.diff(), nl=False)
    else:
        for rank, candidate in enumerate(result.candidates, 1):
            if len(result.candidates) > 1:
                click.secho(f"--- {rank} of {len(result.candidates)}, score {candidate.score:.2f}", dim=True)
            click.echo(candidate.text, nl=not candidate.text.endswith("\n"))
    return result.changed


def _check(op: str, choices: dict[str, Any]) -> None:
    """Refuse bad values before the model loads."""
    from llada_edit.rewriting.keep import check
    from llada_edit.rewriting.operations import operation_of

    operation_of(op)
    check(RewriteOptions(**choices).keep)


def _span(span: str | None) -> tuple[int, int] | None:
    if span is None:
        return None
    found = re.fullmatch(r"(\d{1,9})-(\d{1,9})", span)
    if found is None:
        raise OptionError(f"--span {span} is no range; write START-END, such as 120-260")
    return int(found[1]), int(found[2])


def _list_operations(model: str, as_json: bool) -> None:
    from llada_edit.rewriting.measured import measured
    from llada_edit.rewriting.operations import OPERATIONS

    known = measured(model)
    sentences = {name: known[name].sentence if name in known else "" for name in OPERATIONS}
    if as_json:
        echo_json(
            [{"name": one.name, "summary": one.summary, "measured": sentences[one.name]} for one in OPERATIONS.values()]
        )
        return
    for operation in OPERATIONS.values():
        click.echo(f"{operation.name:<12}{operation.summary}")
        if sentences[operation.name]:
            click.secho(f"{'':<12}{sentences[operation.name]}", dim=True)


def _pattern(source: str) -> re.Pattern[str]:
    try:
        return re.compile(source)
    except re.error as error:
        raise OptionError(f"--keep-pattern {source!r} is no regular expression ({error})") from error


def _is_meant_for_files(source: str, check: bool) -> bool:
    """Whether a source that is no file is a mistyped folder or pattern; under --check, any bare name is."""
    return bool(_NAME.fullmatch(source)) and (check or source.endswith("/") or "*" in source)


def _is_there(source: str) -> bool:
    """Whether a source is a file, a folder, a store, or a pattern that some file matches."""
    try:
        if is_address(source) or (source and os.path.lexists(source)):
            return True
        pattern = bool(_MAGIC & set(source)) and not any(c.isspace() for c in source)
        return pattern and next(glob.iglob(source, recursive=True), None) is not None
    except (OSError, ValueError):  # a text too long for a file name
        return False
