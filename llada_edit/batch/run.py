"""A run: a folder that holds the settings, the journal, which file had which content, and what was written back.

``run.json`` settings · ``journal/`` records, see `journal` · ``inputs*.jsonl`` files and their contents, one list for
each shard · ``decisions.jsonl`` of a review · ``applied.jsonl`` what was written. Knows no engine and no model.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from llada_edit.batch import files
from llada_edit.batch.engines import Done, Engine, Order
from llada_edit.batch.find import MARK
from llada_edit.batch.journal import Index, Lease, Writer, lines
from llada_edit.batch.records import FAILED, DocumentResult, Record, Status, key_of, sha256
from llada_edit.batch.settings import SCHEMA, Settings, difference
from llada_edit.batch.stores import Place, place_of
from llada_edit.batch.worker import Task
from llada_edit.errors import DocumentError, OptionError
from llada_edit.formats.registry import format_of


@dataclass(frozen=True, slots=True)
class Input:
    """A file of the run and what it held: a key of the journal, or why it has none."""

    path: str
    key: str
    record: Record | None = None


class Run:
    """A run folder, open for work, a review, or reading.

    Attributes:
        folder: of the run.
        root: folder that the paths are below.
        index: of the journal.
        passed: files that `work` came by and had nothing to do about, since they are done or cannot be.
    """

    def __init__(self, folder: Path, root: Place) -> None:
        self.folder, self.root = folder, root
        self.index = Index(folder)
        self.passed: list[str] = []

    @classmethod
    def resume(cls, folder: Path, settings: Settings) -> Self:
        """Begin a run, or go on with the one that the folder holds.

        Raises:
            OptionError: the folder holds another run, or something else.
        """
        file = folder / MARK
        wanted = settings.to_json()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                # A draft of the settings may be there, from a process that was killed just then.
                if any(not entry.name.startswith(".run-") for entry in folder.iterdir()):
                    raise OptionError(f"{folder} is not empty and holds no run; give a new folder")
                draft = folder / f".run-{secrets.token_hex(4)}.tmp"
                draft.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
                draft.replace(file)
                (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # it holds words of the documents
        except OSError as error:
            raise OptionError(f"{folder} cannot hold a run ({error.strerror}); give another folder") from error
        if other := difference(_manifest(folder), wanted):
            raise OptionError(
                f"{folder} holds a run with other settings ({other}); give a new folder, or the settings of that run"
            )
        return cls(folder, settings.root)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """A run as it is, for reports, reviews and applying."""
        return cls(folder, place_of(_manifest(folder)["root"]))

    def work(self, settings: Settings, engine: Engine, paths: Iterable[str], again: bool = False) -> Iterator[Done]:
        """Do what is not done yet; closing the iterator stops, and the run can be resumed.

        Args:
            settings: as given to `resume`.
            engine: who does it.
            paths: below the root; those of other shards are left out.
            again: also what failed before.

        Raises:
            OptionError: another process is at work on this shard.
            ModelError: the model does not load.
        """
        order = Order(self.folder, self.root, settings.recipe, settings.devices, settings.most, settings.limit)
        suffix = settings.shard.suffix
        with Lease(self.folder / f"lease{suffix}"):
            inputs = Writer(self.folder / f"inputs{suffix}.jsonl")
            mend(inputs.path)
            try:
                mine = (path for path in paths if settings.shard.has(path))
                if again:  # also those whose driver died before it could write down that they are given up
                    self.index.strikes.clear()
                yield from engine.run(order, self._tasks(settings, inputs, mine, again), self.index)
            finally:
                inputs.close()
                self.index.refresh()

    def _tasks(self, settings: Settings, inputs: Writer, paths: Iterable[str], again: bool) -> Iterator[Task]:
        known, ours, asked = self._inputs(), written(self.folder / "applied.jsonl"), set[str]()
        for path in paths:
            task = self._listed(settings, path)
            if path in known and isinstance(task, Task) and task.sha256 in ours.get(path, ()):
                self.passed.append(path)  # it holds what this run wrote there
                continue
            if isinstance(task, Record):
                inputs.append({"path": path, "record": task.to_json()})
                self.passed.append(path)
                continue
            if known.get(path) is None or known[path].key != task.key:
                inputs.append({"path": path, "key": task.key})
            if task.key in asked or (task.key in self.index and not self._forgotten(task.key, again)):
                self.passed.append(path)
                continue
            asked.add(task.key)
            yield task

    def _forgotten(self, key: str, again: bool) -> bool:
        status = self.index[key].status
        if status == "conflict" or (again and status in FAILED):
            self.index.forget(key)
            return True
        return False

    def _listed(self, settings: Settings, path: str) -> Task | Record:
        """A file as a task, or the record that says why it is none."""
        form = format_of(path)
        name = form.name if form else "text"
        try:
            digest = sha256(files.read(self.root, path, settings.most))
        except files.Skip as error:
            return Record("", "", name, "skipped", str(error.args[0]))
        except files.Conflict as error:
            return Record("", "", name, "conflict", str(error.args[0]))
        except DocumentError as error:
            return Record("", "", name, "error", str(error.args[0]))
        return Task(key_of(digest, name, settings.fingerprint), path, digest, name)

    def _inputs(self) -> dict[str, Input]:
        """The files by path, as they were listed last."""
        found: dict[str, Input] = {}
        for file in sorted(self.folder.glob("inputs*.jsonl")):
            for _, line in lines(file):
                record = Record.from_json(line["record"]) if "record" in line else None
                found[line["path"]] = Input(line["path"], line.get("key", ""), record)
        return found

    def documents(self) -> Iterator[DocumentResult]:
        """All files that are done, in order of their paths."""
        for path, entry in sorted(self._inputs().items()):
            if entry.record is not None:
                yield DocumentResult(path, entry.record)
            elif entry.key in self.index:
                yield DocumentResult(path, self.index[entry.key])

    def summary(self) -> Counter[Status]:
        """How many files ended in which way."""
        return Counter(result.record.status for result in self.documents())


def written(path: Path) -> dict[str, dict[str, str]]:
    """What a file of applied edits says: by path, hashes of what was written or about to be, and of which edits."""
    found: dict[str, dict[str, str]] = {}
    for _, line in lines(path):
        found.setdefault(line["path"], {})[line["after"]] = line["edits"]
    return found


def mend(path: Path) -> None:
    """Cut a torn last line off a file that is appended to by one process after the other."""
    try:
        with path.open("rb+") as file:
            data = file.read()
            file.truncate(data.rfind(b"\n") + 1)
    except FileNotFoundError:
        return


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(f"{folder} holds no run ({error.strerror}); give the folder of a run") from error
    except ValueError as error:
        raise OptionError(f"{folder / MARK} is damaged ({error}); make the run again in a new folder") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not isinstance(found.get("root"), str):
        raise OptionError(f"{folder / MARK} is of another version of llada-edit; make the run again")
    return found
