"""Applying the edits of a run: a function of bytes and edits, and a write that replaces only what the run read.

No model, no torch. Which edits: all of them, or those that a review accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llada_edit.batch import files
from llada_edit.batch.journal import Lease, Writer
from llada_edit.batch.records import DocumentResult, Status, StoredEdit, sha256
from llada_edit.batch.review import Decisions
from llada_edit.batch.run import mend, written
from llada_edit.batch.stored import Stored
from llada_edit.batch.stores import Place, Store
from llada_edit.batch.worker import spliced
from llada_edit.errors import LladaEditError, OptionError
from llada_edit.formats.registry import format_named


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying did to a file.

    Attributes:
        path: of the file, below the root.
        status: edited: it holds the edits now. unchanged: none was wanted. Otherwise why not, as in a run.
        edits: how many it holds.
        reason: for people.
        before: whether it held them already, from an earlier call.
    """

    path: str
    status: Status
    edits: int = 0
    reason: str = ""
    before: bool = False


def result(data: bytes, document: DocumentResult, edits: Sequence[StoredEdit]) -> tuple[bytes, str]:
    """The file with edits, and what to say about those that could not be kept; pure.

    Raises:
        Conflict: the file is not the one that the run read.
        DocumentError: it cannot be read by its format.
    """
    if sha256(data) != document.record.sha256:
        raise files.Conflict(f"{document.path} changed since the run; run again")
    kept = spliced(data, format_named(document.record.format), edits)
    dropped = "; ".join(f"{one.change.new!r} not kept: {one.reason}" for one in kept.rejected)
    return kept.data, dropped


def apply(run: Stored, output: Place | None = None) -> Iterator[Applied]:
    """Write the edits of a run into the files, or into copies in another folder.

    What is about to be written is noted first, so that a run that is killed meanwhile can be resumed, and this be
    called again: a file that has its edits already counts as edited.

    Args:
        run: a run folder, or a file of edits.
        output: where copies go, with the same names below it; None for the files themselves.

    Raises:
        OptionError: another process is at work on this run, or the files of a store are to be replaced, or copies are
            to take the place of the files.
    """
    if output is None and isinstance(run.root, Store):
        raise OptionError(f"{run.root} is a store, where nothing is replaced; give a folder for copies, --output-dir")
    if output is not None:
        refuse_same(run.root, output)
    with Lease(run.lease):
        mend(run.applied)
        writing = _Writing(run, output, Writer(run.applied), written(run.applied))
        decisions = Decisions.read(run.decisions)
        try:
            for document in run.documents():
                if document.record.status == "edited":
                    yield writing.document(document, decisions.wanted(document))
                elif output is not None and document.record.status == "unchanged":
                    yield writing.document(document, [])
        finally:
            writing.notes.close()


def token_of(root: Place, path: str) -> str:
    """Names the draft of a file, so that the next try overwrites what a crash left behind."""
    return sha256(f"{root}\0{path}".encode("utf-8", "surrogateescape"))[:16]


def mark_of(edits: Sequence[StoredEdit]) -> str:
    """Tells one choice of edits of a file from another."""
    return sha256(repr([(edit.start, edit.end, edit.new) for edit in edits]).encode("utf-8", "surrogatepass"))


def refuse_same(root: Place, output: Place) -> None:
    """An `OptionError` where copies would take the place of the files that they are made of."""
    same = str(root) == str(output)
    if isinstance(root, Path) and isinstance(output, Path):
        same = output.resolve() == root.resolve()
    if same:
        raise OptionError(
            f"--output-dir {output} is the folder of the documents, which copies would replace; give another folder"
        )


@dataclass(frozen=True, slots=True)
class _Writing:
    run: Stored
    output: Place | None
    notes: Writer
    done: dict[str, dict[str, str]]

    def document(self, document: DocumentResult, edits: Sequence[StoredEdit]) -> Applied:
        try:
            return self._written(document, edits)
        except files.Skip as error:
            return Applied(document.path, "skipped", 0, str(error.args[0]))
        except files.Conflict as error:
            return Applied(document.path, "conflict", 0, str(error.args[0]))
        except LladaEditError as error:
            return Applied(document.path, "error", 0, str(error.args[0]))

    def _written(self, document: DocumentResult, edits: Sequence[StoredEdit]) -> Applied:
        path, root = document.path, self.run.root
        token, which = token_of(root, path), mark_of(edits)
        data = files.read(root, path)
        before = self.done.get(path, {}).get(sha256(data))
        if before == which and self.output is None:
            return Applied(path, "edited", len(edits), before=True)
        if before is not None:
            kind = "" if before == which else "other "
            raise files.Conflict(f"{path} holds {kind}edits of this run already; for more of them, make a new run")
        after, reason = result(data, document, edits)
        if self.output is not None:
            files.create(self.output, path, after, token)
        elif after != data:
            self.notes.append({"path": path, "before": sha256(data), "after": sha256(after), "edits": which})
            assert not isinstance(root, Store)  # see `apply`
            files.replace(root, path, document.record.sha256, after, token)
        return Applied(path, "edited" if after != data else "unchanged", len(edits) if after != data else 0, reason)
