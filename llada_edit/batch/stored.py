"""A finished run as reviews, reports and applying see it: a run folder, or one JSON file of edits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, TextIO

from llada_edit import __version__
from llada_edit.batch import files
from llada_edit.batch.records import DocumentResult, Record, sha256
from llada_edit.batch.refused import AppliedAlready, Conflict
from llada_edit.batch.run import Run, written
from llada_edit.batch.settings import SCHEMA
from llada_edit.batch.stores import Place, place_of
from llada_edit.errors import DocumentError, OptionError


@dataclass(frozen=True, slots=True)
class Stored:
    """The edits of a run, and where what is decided and done about them is written down.

    Attributes:
        root: folder that the paths are below.
        beside: folder for what belongs to the run.
        prefix: of file names there.
        documents: all documents, in order of their paths, each time anew.
        held: by path, hashes of what applying had written when this was opened.
    """

    root: Place
    beside: Path
    prefix: str
    documents: Callable[[], Iterator[DocumentResult]]
    held: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Self:
        """A run folder or a JSON file; an `OptionError` for anything else."""
        if path.is_dir():
            run = Run.open(path)
            found = cls(run.root, run.folder, "", run.documents)
        else:
            root, values = _read(path)
            found = cls(root, path.parent, f"{path.name}.", lambda: map(_document, values))
        return replace(found, held=written(found.applied))

    def read(self, document: DocumentResult) -> bytes:
        """The file as the run read it.

        Raises:
            AppliedAlready: it holds edits of this run already.
            Conflict: it is another one by now.
            DocumentError: it cannot be read.
        """
        data, path = files.read(self.root, document.path), document.path
        if (found := sha256(data)) == document.record.sha256:
            return data
        if found in self.held.get(path, ()):
            raise AppliedAlready(f"{path} holds edits of this run; for more of them, make a new run")
        raise Conflict(f"{path} changed since the run; run again")

    def holds(self, document: DocumentResult) -> bool:
        """Whether the file holds edits that this run wrote there."""
        if document.path not in self.held:
            return False
        try:
            self.read(document)
        except AppliedAlready:
            return True
        except DocumentError:
            return False
        return False

    @property
    def decisions(self) -> Path:
        """File of a review's decisions."""
        return self.beside / f"{self.prefix}decisions.jsonl"

    @property
    def applied(self) -> Path:
        """File of what was written."""
        return self.beside / f"{self.prefix}applied.jsonl"

    @property
    def lease(self) -> Path:
        """Lock file of who reviews or applies."""
        return self.beside / f"{self.prefix}lock"


def write_edits(stored: Stored, file: TextIO) -> None:
    """The run as one JSON document, which `Stored.open` reads; one document in memory at a time."""
    head = {"schema": SCHEMA, "tool": "llada-edit", "version": __version__, "root": str(stored.root)}
    file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "documents": [')
    comma = ""
    for document in stored.documents():
        file.write(f"{comma}\n{json.dumps(document.to_json(), ensure_ascii=False)}")
        comma = ","
    file.write("\n]}\n")


def _read(path: Path) -> tuple[Place, list[Any]]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        root, schema, documents = place_of(value["root"]), value["schema"], value["documents"]
    except OSError as error:
        raise OptionError(f"{path} cannot be read ({error.strerror}); give a run folder or its edits") from error
    except (ValueError, KeyError, TypeError) as error:
        raise OptionError(
            f"{path} holds no edits of a run; give the folder of a run, or the file that --edits wrote"
        ) from error
    if schema != SCHEMA or not isinstance(documents, list):
        raise OptionError(f"{path} is of another version of llada-edit; make the run again")
    return root, documents


def _document(value: Any) -> DocumentResult:
    if not isinstance(value, dict) or not isinstance(value.get("path"), str):
        raise DocumentError(f"{str(value)[:80]!r} is no document of a run; make the run again")
    return DocumentResult(value["path"], Record.from_json(value))
