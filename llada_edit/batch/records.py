"""What a run says about documents, as plain data: edits, what became of each document, and their JSON.

No file is opened here, no model is known, and nothing imports torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from llada_edit.errors import DocumentError
from llada_edit.holes import Span

Status = Literal["unchanged", "edited", "skipped", "error", "quarantined", "conflict"]
"""How a document ends. skipped: it cannot be rewritten, by its kind. error: it failed. quarantined: its worker died
over it twice. conflict: it changed between being listed and being read or written."""
STATUSES: tuple[Status, ...] = get_args(Status)
FAILED: frozenset[Status] = frozenset({"error", "quarantined", "conflict"})


@dataclass(frozen=True, slots=True)
class StoredEdit:
    """One edit of a document, enough to review and apply it without the model.

    Attributes:
        start: first code point of the format's text that is replaced.
        end: behind the last one.
        old: what stands there; checked again before anything is written.
        new: what shall stand there.
        score: probability that the model gave the new words, 0 to 1; None where nobody scored them.
        place: the bytes of the file that are replaced, start and end; None where the format's text is not the file.
        line: line of the format's text, from 1.
    """

    start: int
    end: int
    old: str
    new: str
    score: float | None = None
    place: tuple[int, int] | None = None
    line: int = 1

    @property
    def span(self) -> Span:
        """What is replaced, in code points of the format's text."""
        return Span(self.start, self.end)

    @property
    def text(self) -> str:
        """What stands there afterwards."""
        return self.new

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {
            "start": self.start,
            "end": self.end,
            "old": self.old,
            "new": self.new,
            "score": self.score,
            "bytes": None if self.place is None else list(self.place),
            "line": self.line,
        }

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """Read what `to_json` gave; anything else is a `DocumentError`."""
        try:
            place = value["bytes"]
            edit = cls(
                value["start"],
                value["end"],
                value["old"],
                value["new"],
                value["score"],
                None if place is None else (place[0], place[1]),
                value["line"],
            )
        except (KeyError, TypeError, IndexError) as error:
            raise DocumentError(f"{str(value)[:80]!r} is no stored edit ({error}); make the run again") from error
        texts = isinstance(edit.old, str) and isinstance(edit.new, str)
        numbers = all(type(number) is int for number in (edit.start, edit.end, edit.line, *(edit.place or ())))
        if not texts or not numbers or not 0 <= edit.start <= edit.end:
            raise DocumentError(f"{str(value)[:80]!r} is no stored edit; make the run again")
        return edit


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one content, whatever the names of the files that hold it.

    Attributes:
        key: of the content, the format and all settings; see `key_of`.
        sha256: of the content.
        format: name of the format.
        status: see `Status`.
        reason: for people, where the status needs one.
        edits: kept by the gate, in order of the text.
        rejected: edits that the gate refused: old text, new text and the reason.
    """

    key: str
    sha256: str
    format: str
    status: Status
    reason: str = ""
    edits: tuple[StoredEdit, ...] = ()
    rejected: tuple[tuple[str, str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {
            "sha256": self.sha256,
            "format": self.format,
            "status": self.status,
            "reason": self.reason,
            "edits": [edit.to_json() for edit in self.edits],
            "rejected": [{"old": old, "new": new, "reason": reason} for old, new, reason in self.rejected],
        }

    @classmethod
    def from_json(cls, value: Any, key: str = "") -> Self:
        """Read what `to_json` gave; anything else is a `DocumentError`."""
        try:
            edits = tuple(StoredEdit.from_json(edit) for edit in value["edits"])
            rejected = tuple((one["old"], one["new"], one["reason"]) for one in value["rejected"])
            record = cls(key, value["sha256"], value["format"], value["status"], value["reason"], edits, rejected)
        except (KeyError, TypeError) as error:
            raise DocumentError(f"{str(value)[:80]!r} is no record of a run ({error}); make the run again") from error
        if record.status not in STATUSES or not all(isinstance(x, str) for x in (record.sha256, record.format)):
            raise DocumentError(f"{str(value)[:80]!r} is no record of a run; make the run again")
        return record


@dataclass(frozen=True, slots=True)
class DocumentResult:
    """A file and what became of it.

    Attributes:
        path: below the root of the run, with slashes.
        record: of its content.
    """

    path: str
    record: Record

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {"path": self.path, **self.record.to_json()}


def sha256(data: bytes) -> str:
    """Of bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def key_of(digest: str, form: str, fingerprint: str) -> str:
    """The name of a piece of work: content, format and settings; equal keys have equal results."""
    return sha256(f"{digest} {form} {fingerprint}".encode())[:32]


def counts(statuses: Sequence[Status] | Mapping[Status, int]) -> str:
    """``3 edited, 2 unchanged``, for a summary."""
    listed = statuses if isinstance(statuses, Mapping) else {name: list(statuses).count(name) for name in STATUSES}
    return ", ".join(f"{listed[name]} {name}" for name in STATUSES if listed.get(name)) or "no documents"
