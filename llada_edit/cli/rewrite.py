"""``llada-edit rewrite``: a text to a text, files and folders to a diff."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llada_edit.cli.common import echo_json, json_option, load_editor, model_options, read_input
from llada_edit.document import write_atomically
from llada_edit.errors import DocumentError, LladaEditError, OptionError
from llada_edit.options import RewriteOptions

if TYPE_CHECKING:
    from llada_edit.editor import Editor
    from llada_edit.formats.base import Format

LARGEST = 10_000_000
"""Bytes of a file that is still read."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@click.command("rewrite")
@click.argument("sources", nargs=-1, metavar="[TEXT|FILE|FOLDER]...")
@click.option("--op", default="paraphrase", show_default=True, help="Operation; `--op list` names them all.")
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
@click.option("--in-place", is_flag=True, help="Write the result back to the one file given.")
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
    in_place: bool,
    as_json: bool,
    model: str,
    device: str,
    **choices: Any,
) -> None:
    """Rewrite a text, standard input (-), files or folders; links, code, numbers, names and quotations stay.

    A text gives the new text. Files and folders give a unified diff, and nothing is written without --in-place.
    """
    from llada_edit.rewriting import operations

    if op == "list":
        for operation in operations.OPERATIONS.values():
            click.echo(f"{operation.name:<12}{operation.summary}")
        return
    choices["keep"] = (*keep, *(_pattern(source) for source in keep_pattern))
    _check(op, choices)
    if not sources:
        raise OptionError("nothing to rewrite; give a text, files, folders, or - for stdin")
    paths = [Path(source) for source in sources if source != "-" and _exists(source)]
    if paths and (len(paths) < len(sources) or span):
        missing = next((source for source in sources if not _exists(source)), f"--span {span}")
        raise OptionError(f"{missing!r} does not go with files; give either files and folders, or one text")
    if in_place and (len(paths) != 1 or not paths[0].is_file()):
        raise OptionError("--in-place needs one file; give one, or drop --in-place")
    if not paths and len(sources) > 1:
        raise OptionError(f"{len(sources)} texts are too many; give one, in quotes, or files")
    editor = load_editor(model, device)
    if paths:
        changed = _files(editor, paths, {"op": op, **choices}, as_json, in_place)
    else:
        changed = _text(editor, sources[0], {"op": op, **choices}, span, as_json, diff)
    if check and changed:
        sys.exit(1)


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


def _files(editor: Editor, paths: list[Path], choices: dict[str, Any], as_json: bool, in_place: bool) -> bool:
    """Rewrite files one after the other; True where one would change. Failures are told, and end in exit code 3."""
    from llada_edit.rewriting.prose import gated, passages

    rewriter = editor.rewriter(**choices)
    for note in rewriter.notes:
        click.echo(f"note: {note}", err=True)
    reports, changed, failed = [], False, 0
    for path, form in _found(paths):
        try:
            prose = form.read(_data(path))
            edits = [edit for passage in passages(rewriter, prose) for edit in passage.edits]
            result = gated(form, prose, edits)
            if in_place and result.edits:
                write_atomically(path, result.data)
        except LladaEditError as error:
            failed += 1
            click.echo(f"error: {path}: {error.args[0] if error.args else error}", err=True)
            continue
        changed = changed or bool(result.edits)
        click.echo(f"{path}: {len(result.edits)} edits, {len(result.rejected)} refused by the gate", err=True)
        after = _applied(prose.text, result.edits)
        reports.append({"path": str(path), "edits": [edit.to_json() for edit in result.edits]})
        if not as_json and not in_place:
            lines = difflib.unified_diff(_LINE.findall(prose.text), _LINE.findall(after), str(path), str(path))
            click.echo(
                "".join(x if x.endswith("\n") else f"{x}\n\\ No newline at end of file\n" for x in lines), nl=False
            )
    if as_json:
        echo_json(reports)
    if failed:
        sys.exit(3)
    return changed


def _applied(text: str, edits: Any) -> str:
    from llada_edit.edits import apply

    return apply(text, edits)


def _found(paths: list[Path]) -> Iterator[tuple[Path, Format]]:
    """Files with their formats: those named, and those in folders whose format is known; links are not followed."""
    from llada_edit.formats.plain import Plain
    from llada_edit.formats.registry import format_of

    for path in paths:
        if path.is_dir():
            for folder, inner, names in os.walk(path):
                inner[:] = sorted(name for name in inner if not name.startswith("."))
                for name in sorted(names):
                    form, file = format_of(name), Path(folder, name)
                    if form is not None and not file.is_symlink() and file.is_file():
                        yield file, form
        else:
            yield path, format_of(path) or Plain()


def _data(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DocumentError(f"the file has {size} bytes; at most {LARGEST} are read, divide it")
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"it cannot be read ({error.strerror}); give a readable file") from error


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


def _pattern(source: str) -> re.Pattern[str]:
    try:
        return re.compile(source)
    except re.error as error:
        raise OptionError(f"--keep-pattern {source!r} is no regular expression ({error})") from error


def _exists(source: str) -> bool:
    try:
        return bool(source) and Path(source).exists()
    except (OSError, ValueError):  # a text too long for a file name
        return False
