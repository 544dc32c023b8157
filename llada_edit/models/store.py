"""What a hub lists, and where its files go: the hub cache, laid out as its library lays it out, or a folder.

Knows what a file must be (size and hash), what of it is there already, and that nothing of the user's is overwritten.
Knows no network: the bytes are brought by `hub`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from llada_edit.errors import ModelError, OptionError
from llada_edit.models.disk import human_size
from llada_edit.models.load import hub_cache

COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository: its digest is SHA-256 (64 digits) for large ones, else git's SHA-1 of a blob (40)."""

    name: str
    size: int
    digest: str

    def matches(self, data: bytes | Path) -> bool:
        """Whether bytes, or those of a file, are the ones that the hub lists."""
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        sha256 = len(self.digest) == 64
        state = hashlib.sha256() if sha256 else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        if isinstance(data, Path):
            with data.open("rb") as source:
                while block := source.read(2**20):
                    state.update(block)
        else:
            state.update(data)
        return state.hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Listing:
    """All files of a repository at one commit."""

    commit: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """Where files go: into a folder as they are, or into the hub cache, by digest, with links from a snapshot.

    Attributes:
        snapshot: the folder that the model can be loaded from when all is there.
        cache: of the repository, in the hub cache; None where files go into a folder.
    """

    snapshot: Path
    cache: Path | None

    @classmethod
    def of(cls, repository: str, commit: str, folder: str | Path | None) -> Store:
        """The place of a repository at a commit: a folder of the user's, or None for the hub cache."""
        if folder is not None:
            return cls(Path(folder).expanduser().absolute(), None)
        cache = hub_cache() / f"models--{repository.replace('/', '--')}"
        return cls(cache / "snapshots" / commit, cache)

    def place(self, file: RemoteFile) -> Path:
        """Where a file goes when it is whole and right."""
        return self.snapshot / file.name if self.cache is None else self.cache / "blobs" / file.digest

    def part(self, file: RemoteFile) -> Path:
        """Where its bytes gather until then."""
        place = self.place(file)
        return place.with_name(f"{place.name}.incomplete")

    def begin(self, file: RemoteFile) -> Path:
        """The part of a file, there and not too long."""
        part = self.part(file)
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        if part.stat().st_size > file.size:
            part.unlink()
            part.touch()
        return part

    def find(self, file: RemoteFile) -> Path | None:
        """A file of the right size; its bytes are not looked at."""
        places = (self.snapshot / file.name, self.place(file))
        return next((path for path in places if path.is_file() and path.stat().st_size == file.size), None)

    def fetched(self, file: RemoteFile) -> int:
        """Bytes of a file that need not be fetched."""
        if self.find(file) is not None:
            return file.size
        part = self.part(file)
        return min(part.stat().st_size, file.size) if part.is_file() else 0

    def discard(self, path: Path) -> None:
        """Throw a file away, and the link that led to it."""
        path.resolve().unlink()
        path.unlink(missing_ok=True)

    def check_folder(self, files: tuple[RemoteFile, ...]) -> None:
        """Nothing of the user's may be overwritten."""
        if self.cache is not None or not self.snapshot.exists():
            return
        if not self.snapshot.is_dir():
            raise OptionError(f"{self.snapshot} is a file; give a folder")
        ours = {path.name for file in files for path in (self.place(file), self.part(file))}
        other = sorted(path.name for path in self.snapshot.iterdir() if path.name not in ours)
        if other:
            raise OptionError(f"{self.snapshot} holds other things ({other[0]}); give a new or empty folder")

    def check_room(self, repository: str, missing: int) -> None:
        """The bytes that are still to come must fit."""
        existing = next(path for path in (self.snapshot, *self.snapshot.parents) if path.is_dir())
        free = shutil.disk_usage(existing).free
        if missing > free:
            raise ModelError(
                f"{repository} needs {human_size(missing)} more and {human_size(free)} are free in {existing}; "
                "make room, or give another --folder"
            )

    def finish(self, files: tuple[RemoteFile, ...], revision: str | None) -> None:
        """Make what lies in the cache visible as a snapshot, all of it at once or nothing."""
        if self.cache is None:
            return
        self.snapshot.mkdir(parents=True, exist_ok=True)
        for file in files:
            name = self.snapshot / file.name
            if name.is_file():
                continue
            name.unlink(missing_ok=True)  # a link to nowhere
            try:
                name.symlink_to(Path("..", "..", "blobs", file.digest))
            except OSError:  # Windows without the right to make links
                os.replace(self.place(file), name)
        if revision is None or not COMMIT.fullmatch(revision):
            reference = self.cache / "refs" / (revision or "main")
            reference.parent.mkdir(parents=True, exist_ok=True)
            reference.write_text(self.snapshot.name, encoding="ascii")


def disk_at_fault(error: Exception) -> bool:
    """Whether this disk is at fault and not the network."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT))
