"""``llada-edit review``: decide about the edits of a run one by one, without the model."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import click

from llada_edit.batch.journal import Lease, Writer
from llada_edit.batch.refused import AppliedAlready
from llada_edit.batch.review import Answer, Decisions, Question, in_place_of, questions, refusal, visible
from llada_edit.batch.run import mend
from llada_edit.batch.stored import Stored
from llada_edit.errors import DocumentError

_HELP = """y  take this edit
n  leave the old text
e  write something else in its place
s  go on without an answer; it can be given later
b  go back to the edit before and take its answer back
q  leave; the same command goes on here
"""
_SAID = {"accept": ", accepted", "reject": ", rejected", "open": ""}
Move = Literal["on", "back", "leave"]


@click.command("review")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Ask again about what was decided before.")
def command(run: Path, every: bool) -> None:
    """Show the edits of a RUN (its folder, or the file that --edits wrote) and ask about each: y, n, e, s, b, q.

    Nothing is written to the documents; `llada-edit apply` does that with the edits that were accepted.
    """
    stored = Stored.open(run)
    with Lease(stored.lease):
        mend(stored.decisions)
        decisions, notes = Decisions.read(stored.decisions), Writer(stored.decisions)
        try:
            review = _Review(stored, decisions, notes, every, _open(stored, decisions))
            review.ask_all()
        finally:
            notes.close()
        answers = [answer for answer, _ in decisions.answers.values()]
        left = review.left
    taken, name = answers.count("accept"), shlex.quote(str(run))
    advice = f"; to write what was accepted: llada-edit apply {name}" if taken else ""
    advice += f"; to go on: llada-edit review {name}" if left else ""
    click.echo(f"{taken} accepted, {answers.count('reject')} rejected, {left} open{advice}", err=True)


def _open(stored: Stored, decisions: Decisions) -> int:
    """Edits that nothing was decided about."""
    edits = ((document, edit) for document in stored.documents() for edit in document.record.edits)
    return sum(decisions.about(document, edit) == "open" for document, edit in edits)


@dataclass(slots=True)
class _Review:
    """One session; `every`: also about what was decided in an earlier one; `left`: edits that are open."""

    stored: Stored
    decisions: Decisions
    notes: Writer
    every: bool
    left: int

    def ask_all(self) -> None:
        waiting, asked, at = self._questions(), list[Question](), 0
        while True:
            if at == len(asked):
                question = next(waiting, None)
                if question is None:
                    return
                asked.append(question)
            try:
                move = self._ask(asked[at], first=at == 0)
            except DocumentError as error:  # the file has changed since it was shown
                _skipped(error)
                move = "on"
            if move == "leave":
                return
            at += 1 if move == "on" else -1
            if move == "back":
                self._take_back(asked[at])

    def _questions(self) -> Iterator[Question]:
        for document in self.stored.documents():
            try:
                yield from questions(document, self.stored, self.decisions, self.every)
            except DocumentError as error:
                _skipped(error)

    def _take_back(self, question: Question) -> None:
        if self.decisions.about(question.document, question.edit) != "open":
            self._decide(question, "open", "")

    def _decide(self, question: Question, answer: Answer, new: str) -> None:
        about = self.decisions.about(question.document, question.edit)
        self.decisions.add(question.document, question.edit, answer, new, self.notes)
        self.left += (answer == "open") - (about == "open")

    def _ask(self, question: Question, first: bool) -> Move:
        """One edit; what to do next."""
        self._show(question)
        while True:
            try:
                said = click.prompt("take it [y,n,e,s,b,q,?]", default="", show_default=False, prompt_suffix=" ")
                answer = said.strip().lower()[:1]
                if answer == "e" and self._write_own(question):
                    return "on"
            except click.Abort:  # end of the input
                return "leave"
            if answer in ("y", "n"):
                self._decide(question, "accept" if answer == "y" else "reject", question.edit.new)
                return "on"
            if answer in ("s", "q"):
                return "on" if answer == "s" else "leave"
            if answer == "b" and not first:
                return "back"
            if answer == "b":
                click.echo("this is the first; what was decided earlier: llada-edit review --all")
            elif answer != "e":
                click.echo(_HELP, nl=False)

    def _write_own(self, question: Question) -> bool:
        """Ask for words in place of the old ones; False where they cannot stand there."""
        edit = question.edit
        proposed = repr(visible(edit.new.strip())) if edit.new.strip() else "(nothing)"
        place = f"instead of {visible(edit.old.strip())!r}" if edit.old.strip() else "to be put in"
        typed = click.prompt(f"{place} [{proposed}]", default="", show_default=False, prompt_suffix=": ")
        new = in_place_of(edit.old, edit.new, typed) if typed.strip() else edit.new
        reason = refusal(question, new, self.stored)
        if reason is not None:
            click.echo(f"that cannot stand there: {reason}")
            return False
        click.echo(_line("+", question, new, "green"))
        self._decide(question, "accept", new)
        return True

    def _show(self, question: Question) -> None:
        document, edit = question.document, question.edit
        total = len(document.record.edits)
        said = _SAID[self.decisions.about(document, edit)]
        heading = f"\n{visible(document.path)}:{edit.line}  edit {question.number} of {total}{said}"
        click.secho(f"{heading}{f', {self.left} left in all' if self.left > 1 else ''}", bold=True)
        click.echo(_line("-", question, edit.old, "red"))
        click.echo(_line("+", question, edit.new, "green"))


def _line(sign: str, question: Question, words: str, colour: str) -> str:
    return f"{sign} {visible(question.before)}{click.style(visible(words), fg=colour)}{visible(question.after)}"


def _skipped(error: DocumentError) -> None:
    kind = "applied already" if isinstance(error, AppliedAlready) else "skipped"
    click.echo(f"{kind}: {visible(str(error.args[0]))}", err=True)
