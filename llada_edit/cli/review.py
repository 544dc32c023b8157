"""``llada-edit review``: decide about the edits of a run one by one, without the model."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from llada_edit.batch.journal import Lease, Writer
from llada_edit.batch.review import Decisions, Question, questions, refusal, visible
from llada_edit.batch.run import mend
from llada_edit.batch.stored import Stored
from llada_edit.errors import DocumentError

_HELP = """y  take this edit
n  leave the old text
e  write something else in its place
s  decide later
q  leave; the same command goes on here
"""


@click.command("review")
@click.argument("run", type=click.Path(path_type=Path))
def command(run: Path) -> None:
    """Show the edits of a RUN (its folder, or the file that --edits wrote) and ask about each: y, n, e, s, q.

    Nothing is written to the documents; `llada-edit apply` does that with the edits that were accepted.
    """
    stored = Stored.open(run)
    with Lease(stored.lease):
        mend(stored.decisions)
        decisions, notes = Decisions.read(stored.decisions), Writer(stored.decisions)
        try:
            _ask_all(stored, decisions, notes)
        finally:
            notes.close()
        answers = [answer for answer, _ in decisions.answers.values()]
        left = _open(stored, decisions)
    taken, name = answers.count("accept"), shlex.quote(str(run))
    advice = f"; to write what was accepted: llada-edit apply {name}" if taken else ""
    advice += f"; to go on: llada-edit review {name}" if left else ""
    click.echo(f"{taken} accepted, {answers.count('reject')} rejected, {left} open{advice}", err=True)


def _open(stored: Stored, decisions: Decisions) -> int:
    """Edits that nothing was decided about."""
    edits = ((document, edit) for document in stored.documents() for edit in document.record.edits)
    return sum(decisions.about(document, edit) is None for document, edit in edits)


def _ask_all(stored: Stored, decisions: Decisions, notes: Writer) -> None:
    left = _open(stored, decisions)
    for document in stored.documents():
        try:
            for question in questions(document, stored.root, decisions):
                if not _ask(question, left, stored, decisions, notes):
                    return
                left -= 1
        except DocumentError as error:
            click.echo(f"skipped: {visible(str(error.args[0]))}", err=True)


def _ask(question: Question, left: int, stored: Stored, decisions: Decisions, notes: Writer) -> bool:
    """One edit of `left` that are open; False to leave."""
    document, edit = question.document, question.edit
    _show(question, left)
    while True:
        try:
            said = click.prompt("take it [y,n,e,s,q,?]", default="", show_default=False, prompt_suffix=" ")
        except click.Abort:  # end of the input
            return False
        answer = said.strip().lower()[:1]
        if answer == "q":
            return False
        if answer == "s":
            return True
        if answer in ("y", "n"):
            decisions.add(document, edit, "accept" if answer == "y" else "reject", edit.new, notes)
            return True
        if answer == "e":
            new = click.prompt("instead", default=edit.new, prompt_suffix=": ")
            reason = refusal(question, new, stored.root)
            if reason is None:
                decisions.add(document, edit, "accept", new, notes)
                return True
            click.echo(f"that cannot stand there: {reason}")
        else:
            click.echo(_HELP, nl=False)


def _show(question: Question, left: int) -> None:
    document, edit = question.document, question.edit
    total = len(document.record.edits)
    heading = f"\n{visible(document.path)}:{edit.line}  edit {question.number} of {total}"
    click.secho(f"{heading}{f', {left} left in all' if left > 1 else ''}", bold=True)
    before, after = visible(question.before), visible(question.after)
    click.echo(f"- {before}{click.style(visible(edit.old), fg='red')}{after}")
    click.echo(f"+ {before}{click.style(visible(edit.new), fg='green')}{after}")
