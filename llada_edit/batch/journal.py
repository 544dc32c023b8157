"""The journal of a run: lines of JSON that are only ever appended, one file for each process that writes.

A process that dies leaves at most one torn line, at the end of its own file; it is not read. A line is on the disk
before the work it tells of counts as done. Knows nothing of documents but their keys.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from llada_edit.batch.records import Record
from llada_edit.errors import DocumentError, OptionError

_FOLDER = "journal"


class Writer:
    """Appends to a journal file of its own.

    Args:
        path: made with its first line; nobody else writes to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = -1

    @classmethod
    def fresh(cls, run: Path) -> Self:
        """A new file in the journal of a run; its name is nobody else's."""
        folder = run / _FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder / f"{os.getpid()}-{secrets.token_hex(6)}.jsonl")

    def append(self, line: dict[str, Any]) -> None:
        """Write a line; it is on the disk when this returns.

        Raises:
            DocumentError: the disk is full or gone; the run can be resumed.
        """
        data = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            if self._handle < 0:
                self._handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            while data:
                data = data[os.write(self._handle, data) :]
            os.fsync(self._handle)
        except OSError as error:
            raise DocumentError(
                f"{self.path} cannot be written ({error.strerror}); make room and run the same command again"
            ) from error

    def record(self, record: Record) -> None:
        """Write down what became of a content."""
        self.append({"key": record.key, **record.to_json()})

    def strike(self, key: str, count: int = 1) -> None:
        """Write down that a worker died over a content; -1 takes one back."""
        self.append({"key": key, "strike": count})

    def close(self) -> None:
        """Close the file."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1


def lines(path: Path, start: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Offsets and contents of the whole lines of a journal file; a torn one at its end is left out."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            while (line := file.readline()).endswith(b"\n"):
                try:
                    value = json.loads(line)
                except ValueError:
                    value = None  # what a full disk left; the document is done again
                if isinstance(value, dict):
                    yield start, value
                start += len(line)
    except FileNotFoundError:
        return


class Index:
    """Where the record of each key stands, in all journal files of a run; records themselves stay on the disk.

    Attributes:
        strikes: how often a worker died over a key that has no record.
    """

    def __init__(self, run: Path) -> None:
        self._folder = run / _FOLDER
        self._places: dict[str, tuple[str, int]] = {}
        self._seen: dict[str, int] = {}
        self.strikes: Counter[str] = Counter()
        self.refresh()

    def refresh(self) -> None:
        """Read what was appended since."""
        for path in sorted(self._folder.glob("*.jsonl")):
            start = self._seen.get(path.name, 0)
            for at, value in lines(path, start):
                key = value.get("key")
                if not isinstance(key, str):
                    continue
                if "strike" in value:
                    self.strikes[key] += int(value["strike"])
                else:
                    self._places[key] = (path.name, at)
            self._seen[path.name] = _whole(path, start)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def forget(self, key: str) -> None:
        """Do a content again."""
        self._places.pop(key, None)
        self.strikes.pop(key, None)

    def __getitem__(self, key: str) -> Record:
        name, at = self._places[key]
        _, value = next(lines(self._folder / name, at))
        return Record.from_json(value, key)


def _whole(path: Path, start: int) -> int:
    """The end of the last whole line."""
    end = start
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            end += len(line) if line.endswith(b"\n") else 0
    return end


class Lease:
    """A lock on a run, so that two drivers do not share it; gone with the process that holds it, however it ends.

    Args:
        path: of the lock file, which stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1

    def __enter__(self) -> Self:
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise OptionError(
                f"{self._path.parent} is in use by another process; wait for it, or give another folder"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        # Types know this module on Windows only.
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
