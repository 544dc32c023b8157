"""What a run ends with: diffs on stdout, reports, files, and a summary on stderr that says what to do next."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path
from typing import TextIO

import click

from llada_edit.batch.page import write_page
from llada_edit.batch.records import FAILED, DocumentResult, counts
from llada_edit.batch.reports import diff, text_of, write_sarif
from llada_edit.batch.review import visible
from llada_edit.batch.stored import Stored, write_edits
from llada_edit.cli.apply import ending, print_applied
from llada_edit.cli.common import counted
from llada_edit.cli.file_options import Wishes
from llada_edit.errors import DocumentError, OptionError

_WORD = re.compile(r"\s+|\w+|\W")
_MOST_PIECES = 4000
"""Pieces of a line whose changes are looked for, to colour them: the search takes quadratic time."""


def outcome(stored: Stored, wishes: Wishes, named: Set[str] = frozenset()) -> int:
    """Diffs, reports, files; the exit code. Of what is skipped, files that were `named` one by one count as failed."""
    failed, edits, held = False, 0, 0
    statuses = []
    for document in stored.documents():
        record = document.record
        statuses.append(record.status)
        failed = failed or record.status in FAILED or (record.status == "skipped" and document.path in named)
        # What --write finds done already, it says itself.
        if record.edits and not (wishes.write or wishes.output_dir) and stored.holds(document):
            held += 1
            continue
        edits += len(record.edits)
        if record.reason:
            click.echo(ending(record.status, document.path, record.reason), err=True)
        if record.edits and not (wishes.as_json or wishes.write or wishes.output_dir):
            failed = not _print_diff(stored, document) or failed
    for path, write in ((wishes.edits, write_edits), (wishes.sarif, write_sarif), (wishes.html, write_page)):
        if path is not None:
            _save(path, stored, write)
    if wishes.as_json:
        write_edits(stored, sys.stdout)
    if wishes.write or wishes.output_dir:
        failed = not print_applied(stored, wishes.output_dir) or failed
    number = f"; {counted(edits, 'edit')}" if edits else ""
    number += f"; {counted(held, 'document')} applied already" if held else ""
    click.echo(f"{counts(statuses)}{number}{_advice(wishes) if edits else ''}", err=True)
    if failed:
        return 3
    return 1 if wishes.check and edits else 0


def _advice(wishes: Wishes) -> str:
    """What can be done with edits that were written nowhere."""
    if wishes.write or wishes.output_dir or wishes.check or wishes.as_json:
        return ""
    if wishes.shard is not None:
        return f"; when all parts are done: llada-edit apply {_quoted(wishes.run_folder)}"
    kept = wishes.run_folder or wishes.edits
    if kept is not None:
        return f"; to decide: llada-edit review {_quoted(kept)}; to write them: llada-edit apply {_quoted(kept)}"
    return "; nothing was written (--write writes them, --run FOLDER keeps them to be reviewed)"


def _quoted(path: Path | None) -> str:
    return shlex.quote(str(path))


def _print_diff(stored: Stored, document: DocumentResult) -> bool:
    try:
        text = diff(document.path, text_of(stored, document), document.record.edits)
    except DocumentError as error:
        click.echo(f"conflict: {error.args[0]}", err=True)
        return False
    # A pipe gets the exact bytes, for patch; a terminal gets nothing that could move its cursor.
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
    elif os.environ.get("NO_COLOR"):
        click.echo(visible(text), nl=False)
    else:
        click.echo("".join(f"{line}\n" for line in coloured(visible(text).splitlines())), nl=False)
    return True


def coloured(lines: Sequence[str]) -> Iterator[str]:
    """A unified diff for a terminal, words that changed in colour."""
    at = 0
    while at < len(lines):
        if lines[at].startswith(("---", "+++")) and at < 2:
            yield click.style(lines[at], bold=True)
        elif lines[at].startswith("@@"):
            yield click.style(lines[at], fg="cyan")
        elif lines[at][:1] in ("-", "+"):
            old = _run(lines, at, "-")
            new = _run(lines, at + len(old), "+")
            yield from _pair("\n".join(old), "\n".join(new))
            at += len(old) + len(new)
            continue
        else:
            yield lines[at]
        at += 1


def _run(lines: Sequence[str], at: int, sign: str) -> list[str]:
    """The text of the lines from a place on that begin with a sign."""
    found = []
    while at < len(lines) and lines[at].startswith(sign):
        found.append(lines[at][1:])
        at += 1
    return found


def _pair(old: str, new: str) -> Iterator[str]:
    """Lines that went and lines that came; each a text with line breaks."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    steps = [("replace", 0, len(before), 0, len(after))]
    if max(len(before), len(after)) <= _MOST_PIECES:
        steps = list(difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes())
    for sign, colour, pieces, first in (("-", "red", before, 1), ("+", "green", after, 3)):
        shown = ""
        for kind, *places in steps:
            part = "".join(pieces[places[first - 1] : places[first]])
            # Each line has colours of its own, for pagers.
            shown += (
                part
                if kind == "equal"
                else "\n".join(click.style(line, fg=colour, bold=True) if line else "" for line in part.split("\n"))
            )
        if pieces:
            yield from (f"{click.style(sign, fg=colour)}{line}" for line in shown.split("\n"))


def _save(path: Path, stored: Stored, write: Callable[[Stored, TextIO], None]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        # A file name that is no UTF-8 becomes a JSON escape.
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            write(stored, file)
        draft.replace(path)
    except OSError as error:
        raise OptionError(f"{path} cannot be written ({error.strerror}); give another place") from error
    finally:
        draft.unlink(missing_ok=True)
