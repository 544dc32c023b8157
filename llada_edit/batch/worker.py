"""One document from bytes to a record: read, rewrite, gate. The same wherever it runs, whatever moves the tasks.

Never raises for a document's sake: whatever goes wrong with one is its record. Knows the model only as a callable.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from llada_edit.batch import files
from llada_edit.batch.records import Record, StoredEdit, sha256
from llada_edit.batch.stores import Place
from llada_edit.batch.together import together
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError, LladaEditError
from llada_edit.formats import gate
from llada_edit.formats.base import Format, Prose
from llada_edit.formats.registry import format_named

MAX_BYTES = 10_000_000


class OutOfTime(BaseException):
    """A document took longer than it may; not an Exception, so that nobody below swallows it."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What is proposed for a part of a document.

    Attributes:
        edits: not yet through the gate.
        share: of the document that is read when this part is, 0 to 1.
    """

    edits: Sequence[Edit]
    share: float


class Rewrites(Protocol):
    """What proposes the edits of a document; equal documents must get equal edits, in whatever order they come."""

    @property
    def notes(self) -> Sequence[str]:
        """What people should know about the model at this."""
        ...

    def __call__(self, prose: Prose, form: Format) -> Iterable[Portion]:
        """The document, part by part."""
        ...


_NOT_ITS_FAULT = (KeyboardInterrupt, SystemExit, GeneratorExit, OutOfTime)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a worker process makes its `Rewrites`: a name to import and plain options, so that it travels.

    Attributes:
        target: ``module:function``; the function takes the options by name.
        options: plain JSON types.
    """

    target: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> Rewrites:
        """Import and call it; for a model, this loads the weights."""
        module, _, name = self.target.partition(":")
        function: Callable[..., Rewrites] = getattr(importlib.import_module(module), name)
        return function(**self.options)


@dataclass(frozen=True, slots=True)
class Task:
    """One content to be done.

    Attributes:
        key: see `key_of`.
        path: of a file that holds it, below the root.
        sha256: of the content as it was listed.
        format: name of the format.
    """

    key: str
    path: str
    sha256: str
    format: str


def _unseen(share: float) -> None:
    """Nobody is told."""


def process(
    task: Task, root: Place, rewrites: Rewrites, most: int = MAX_BYTES, seen: Callable[[float], None] = _unseen
) -> Record:
    """What becomes of a document.

    Args:
        task: what to do.
        root: of the run.
        rewrites: proposes the edits.
        most: bytes of the largest file that is read.
        seen: is told which share of the document is read, 0 to 1, now and then.
    """
    try:
        data = files.read(root, task.path, most)
    except files.Conflict as error:
        return _ended(task, "conflict", error)
    except DocumentError as error:
        return _ended(task, "error", error)
    if sha256(data) != task.sha256:
        return _ended(task, "conflict", DocumentError(f"{task.path} changed while the run went on; run again"))
    try:
        form = format_named(task.format)
        prose = form.read(data)
    except DocumentError as error:
        return _ended(task, "skipped", error)
    except LladaEditError as error:
        return _ended(task, "error", error)
    except _NOT_ITS_FAULT:
        raise
    except BaseException as error:  # a parser's panic is no Exception
        return _ended(task, "error", error)
    try:
        proposed: list[Edit] = []
        for portion in rewrites(prose, form):
            proposed += portion.edits
            seen(portion.share)
        kept = _kept(form, prose, proposed)
    except _NOT_ITS_FAULT:
        raise
    except BaseException as error:
        return _ended(task, "error", error)
    rejected = tuple((one.change.span.of(prose.text), one.change.text, one.reason) for one in kept.rejected)
    edits = stored(prose.text, data, kept.changes)
    return Record(task.key, task.sha256, task.format, "edited" if edits else "unchanged", "", edits, rejected)


def _kept(form: Format, prose: Prose, proposed: Sequence[Edit]) -> gate.Kept[Edit]:
    """Through the gate, together what belongs together where that can stand, else apart."""
    whole = list(together(prose, proposed))
    kept = gate.keep(form, prose, [edit for edit, _ in whole])
    refused = {one.change for one in kept.rejected}
    if not any(edit in refused and parts != (edit,) for edit, parts in whole):
        return kept
    return gate.keep(form, prose, [part for edit, parts in whole for part in (parts if edit in refused else (edit,))])


def stored(text: str, data: bytes, edits: Iterable[Edit]) -> tuple[StoredEdit, ...]:
    """Edits of a format's text as they are written down; those that change nothing are left out."""
    found, done, at, line = [], 0, 0, 1
    is_file = text.encode("utf-8", "surrogatepass") == data
    for edit in edits:
        old = edit.span.of(text)
        if old == edit.text:
            continue
        between = text[done : edit.span.start]
        at, line, done = at + len(between.encode("utf-8", "surrogatepass")), line + between.count("\n"), edit.span.start
        place = (at, at + len(old.encode("utf-8", "surrogatepass"))) if is_file else None
        score = edit.probability
        rounded = None if score is None else round(score, 6)
        found.append(StoredEdit(edit.span.start, edit.span.end, old, edit.text, rounded, place, line))
    return tuple(found)


def spliced(data: bytes, form: Format, edits: Iterable[StoredEdit]) -> gate.Kept[StoredEdit]:
    """The file with some of its stored edits, through the gate again: edits that were kept together may not be, apart.

    Raises:
        DocumentError: the file is not the one that the edits were made for.
    """
    prose, wanted = form.read(data), list(edits)
    for edit in wanted:
        if edit.end > len(prose.text) or edit.span.of(prose.text) != edit.old:
            raise files.Conflict(f"line {edit.line} does not read {edit.old[:40]!r}; run again")
    return gate.keep(form, prose, wanted)


def _ended(task: Task, status: Any, error: BaseException) -> Record:
    said = error.args[0] if isinstance(error, LladaEditError) and error.args else f"{type(error).__name__}: {error}"
    return Record(task.key, task.sha256, task.format, status, str(said)[:500])
