"""Undoing what applying wrote: the old bytes of text files, made from the edits and checked against the old hash.

A file is put back whole or not at all. Of archives (docx, odt, epub) a run has the words and not the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llada_edit.batch import files
from llada_edit.batch.apply import Applied, mark_of, token_of
from llada_edit.batch.journal import Lease
from llada_edit.batch.records import DocumentResult, StoredEdit, sha256
from llada_edit.batch.review import Decisions
from llada_edit.batch.run import mend, written
from llada_edit.batch.stored import Stored
from llada_edit.batch.stores import Store
from llada_edit.errors import LladaEditError
from llada_edit.formats.registry import format_named


def undo(run: Stored) -> Iterator[Applied]:
    """Put the files of a run back as they were before its edits were written into them.

    Files that hold none of its edits are passed over; one that was changed since is a conflict, and stays.

    Raises:
        OptionError: another process is at work on this run.
    """
    with Lease(run.lease):
        mend(run.applied)
        done, decisions = written(run.applied), Decisions.read(run.decisions)
        for document in run.documents():
            ours = done.get(document.path)
            if ours is None or document.record.status != "edited":
                continue
            try:
                if _put_back(run, document, ours, decisions.wanted(document)):
                    yield Applied(document.path, "edited", len(document.record.edits))
            except files.Skip as error:
                yield Applied(document.path, "skipped", 0, str(error.args[0]))
            except files.Conflict as error:
                yield Applied(document.path, "conflict", 0, str(error.args[0]))
            except LladaEditError as error:
                yield Applied(document.path, "error", 0, str(error.args[0]))


def _put_back(run: Stored, document: DocumentResult, ours: dict[str, str], wanted: Sequence[StoredEdit]) -> bool:
    """Whether there was something to put back."""
    assert not isinstance(run.root, Store)  # nothing is written into those
    path, record = document.path, document.record
    data = files.read(run.root, path)
    if sha256(data) == record.sha256:
        return False
    which = ours.get(sha256(data))
    if which is None:
        raise files.Conflict(f"{path} changed since its edits were written; take them out by hand")
    text = format_named(record.format).read(data).text
    if text.encode("utf-8", "surrogatepass") != data:
        raise files.Skip(f"{path} is a packed file, of which the run has no copy; take the edits out by hand")
    edits = next((some for some in (wanted, record.edits) if mark_of(some) == which), None)
    old = None if edits is None else _before(text, edits)
    if old is None or sha256(old) != record.sha256:
        raise files.Conflict(f"{path} holds edits that were decided about since, or not all; take them out by hand")
    files.replace(run.root, path, sha256(data), old, token_of(run.root, path))
    return True


def _before(text: str, edits: Sequence[StoredEdit]) -> bytes | None:
    """The bytes in which the old words stand again; None where the new ones do not stand there."""
    parts, done, moved = list[str](), 0, 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        start = edit.start + moved
        if text[start : start + len(edit.new)] != edit.new:
            return None
        parts += [text[done:start], edit.old]
        done, moved = start + len(edit.new), moved + len(edit.new) - (edit.end - edit.start)
    return "".join([*parts, text[done:]]).encode("utf-8", "surrogatepass")
