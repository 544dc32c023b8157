"""Reviewing the edits of a run one by one: what is shown, what was decided. Without the model.

Decisions are appended as they are made, so that a review can be left at any time and gone on with.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self

from llada_edit.batch.journal import Writer, lines
from llada_edit.batch.records import DocumentResult, StoredEdit, sha256
from llada_edit.batch.stored import Stored
from llada_edit.batch.worker import spliced
from llada_edit.formats.registry import format_named

Answer = Literal["accept", "reject", "open"]
"""open: an answer that was taken back."""
_AROUND = 160
_CLOSING = ",.;:!?)]}"


@dataclass(slots=True)
class Decisions:
    """What a review decided.

    Attributes:
        path: file of the decisions, a line each; later ones replace earlier ones.
        answers: by edit, the answer and the new text.
    """

    path: Path
    answers: dict[str, tuple[Answer, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The decisions so far; none where there is no such file."""
        answers = {line["edit"]: (line["answer"], line["new"]) for _, line in lines(path)}
        return cls(path, answers)

    def add(self, document: DocumentResult, edit: StoredEdit, answer: Answer, new: str, notes: Writer) -> None:
        """Note an answer; it is on the disk when this returns."""
        name = _name(document, edit)
        notes.append({"edit": name, "path": document.path, "line": edit.line, "answer": answer, "new": new})
        self.answers[name] = (answer, new)

    def about(self, document: DocumentResult, edit: StoredEdit) -> Answer:
        """The answer for an edit; open where there is none."""
        return self.answers.get(_name(document, edit), ("open", ""))[0]

    def wanted(self, document: DocumentResult) -> list[StoredEdit]:
        """The edits to be applied: all of them where nothing was ever decided in the whole run, else those accepted."""
        if not self.answers:
            return list(document.record.edits)
        found = ((edit, self.answers.get(_name(document, edit))) for edit in document.record.edits)
        return [replace(edit, new=said[1]) for edit, said in found if said is not None and said[0] == "accept"]


@dataclass(frozen=True, slots=True)
class Question:
    """One edit to be decided.

    Attributes:
        document: that it belongs to.
        edit: the edit.
        number: of the edit in the document, from 1.
        before: text on its left, of the same line where it is long.
        after: text on its right.
    """

    document: DocumentResult
    edit: StoredEdit
    number: int
    before: str
    after: str


def questions(
    document: DocumentResult, stored: Stored, decisions: Decisions, every: bool = False
) -> Iterator[Question]:
    """The edits of a document that nothing was decided about; with `every`, all of them.

    Raises:
        AppliedAlready: the file holds edits of the run already.
        Conflict: it is not the one that the run read.
        DocumentError: it cannot be read.
    """
    asked = [
        (number, edit)
        for number, edit in enumerate(document.record.edits, 1)
        if every or decisions.about(document, edit) == "open"
    ]
    if not asked:
        return
    text = format_named(document.record.format).read(stored.read(document)).text
    for number, edit in asked:
        before = text[max(0, edit.start - _AROUND) : edit.start].rpartition("\n")[2]
        after = text[edit.end : edit.end + _AROUND].partition("\n")[0].removesuffix("\r")
        yield Question(document, edit, number, before, after)


def in_place_of(old: str, new: str, typed: str) -> str:
    """Words of the reviewer's own with the blanks at the ends of the old words, of the new ones where nothing goes.

    A comma, or another sign that closes, gets no blank before it.
    """
    shape, words = (old if old.strip() else new), typed.strip()
    if not shape.strip():
        return typed
    before = shape[: len(shape) - len(shape.lstrip())]
    return ("" if words.startswith(tuple(_CLOSING)) else before) + words + shape[len(shape.rstrip()) :]


def refusal(question: Question, new: str, stored: Stored) -> str | None:
    """Why a text of the reviewer's own cannot stand there; None where it can.

    Raises:
        DocumentError: the file cannot be read, or is another one by now.
    """
    document = question.document
    data = stored.read(document)
    kept = spliced(data, format_named(document.record.format), [replace(question.edit, new=new)])
    return kept.rejected[0].reason if kept.rejected else None


def visible(text: str) -> str:
    """A text for a terminal: control, bidirectional and other invisible characters are written out.

    The line ends of Windows are shown as all others.
    """
    lines = text.replace("\r\n", "\n")
    shown = (c if c in "\n\t" or unicodedata.category(c)[0] != "C" else f"<U+{ord(c):04X}>" for c in lines)
    return "".join(shown)


def _name(document: DocumentResult, edit: StoredEdit) -> str:
    parts: Sequence[object] = (document.path, document.record.sha256, edit.start, edit.end, edit.new)
    return sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass"))[:32]
