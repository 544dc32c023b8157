"""Files below a root, read and replaced without following a symbolic link, even one that appears meanwhile.

Every folder on the way is opened by its name inside the one before, so that no renamed folder or link leads elsewhere.
Replacing compares the hash of the old content first and is atomic. Knows nothing of formats.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from llada_edit.batch.records import sha256
from llada_edit.batch.refused import Conflict as Conflict
from llada_edit.batch.refused import Skip as Skip
from llada_edit.batch.refused import parts_of
from llada_edit.batch.stores import Place, Store
from llada_edit.errors import DocumentError
from llada_edit.textfiles import CLOSED, may_write

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BY_FD = os.open in os.supports_dir_fd
_LOOPS = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)


def read(root: Place, path: str, most: int | None = None) -> bytes:
    """The content of a plain file, or of an object.

    Args:
        root: a folder, or one of a store.
        path: below it, with slashes.
        most: bytes; a larger file is not read. None for no limit.

    Raises:
        Skip: a link, a device or a file that is too large.
        DocumentError: it cannot be read, or is not below the root.
    """
    if isinstance(root, Store):
        return root.read(path, most)
    with _parent(root, path) as (folder, name):
        return _read(folder, name, path, most)[0]


def replace(root: Path, path: str, expected: str, data: bytes, token: str) -> None:
    """Put new content in place of the old one; readers see one or the other, and mode bits stay.

    Args:
        root: a folder.
        path: below it.
        expected: sha256 of the content that may be replaced.
        data: the new content.
        token: names the draft beside the file, so that the next try overwrites what a crash left behind.

    Raises:
        Conflict: the content is another one by now.
        Skip: as for `read`, or the file has other hard links that would be parted from it.
        DocumentError: it cannot be written, or may not be; the old file is unchanged.
    """
    with _parent(root, path) as (folder, name):
        old, info = _read(folder, name, path, None)
        if sha256(old) != expected:
            raise Conflict(f"{path} changed since it was read; run again")
        if info.st_nlink > 1:
            raise Skip(f"{path} has {info.st_nlink} hard links, which writing would part; copy it first")
        if not may_write(info.st_mode, name, folder):
            raise DocumentError(f"{path} {CLOSED}")
        draft = os.path.join(os.path.dirname(name), f".llada-edit-{token}.tmp")
        try:
            _draft(folder, draft, data, stat.S_IMODE(info.st_mode))
            if sha256(_read(folder, name, path, None)[0]) != expected:
                raise Conflict(f"{path} changed while it was written; run again")
            os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
            if folder is not None:
                os.fsync(folder)
        except OSError as error:
            raise DocumentError(f"{path} cannot be written ({error.strerror}); the old file is unchanged") from error
        finally:
            with suppress(OSError):
                os.unlink(draft, dir_fd=folder)


def create(root: Place, path: str, data: bytes, token: str) -> None:
    """Write a file below a root whose folders are made as needed; an old file of this name is replaced.

    Raises:
        DocumentError: a link is on the way, or it cannot be written.
    """
    if isinstance(root, Store):
        root.create(path, data)
        return
    parts = parts_of(path)
    try:
        root.mkdir(parents=True, exist_ok=True)
        for depth in range(1, len(parts)):
            with _parent(root, "/".join(parts[:depth])) as (folder, name), suppress(FileExistsError):
                os.mkdir(name, dir_fd=folder)
        with _parent(root, path) as (folder, name):
            draft = os.path.join(os.path.dirname(name), f".llada-edit-{token}.tmp")
            _draft(folder, draft, data, 0o644)
            os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        raise DocumentError(f"{root / path} cannot be written ({error.strerror}); check the folder") from error


@contextmanager
def _parent(root: Path, path: str) -> Iterator[tuple[int | None, str]]:
    """The folder that holds a file, opened, and the file's name in it; without such calls, None and the whole path."""
    *folders, name = parts_of(path)
    if "\\" in path and os.sep == "\\":
        raise DocumentError(f"{path!r} has a backslash; paths of a run have slashes")
    if not _BY_FD:
        place = root.joinpath(*folders).resolve()
        if place != root.resolve().joinpath(*folders):
            raise Skip(f"{path} lies behind a symbolic link; links are not followed")
        yield None, str(place / name)
        return
    handle = _opened(root, folders, path)
    try:
        yield handle, name
    finally:
        os.close(handle)


def _opened(root: Path, folders: list[str], path: str) -> int:
    handle = -1
    try:
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW, dir_fd=handle)
            os.close(handle)
            handle = inner
    except OSError as error:
        if handle >= 0:
            os.close(handle)
        raise _refused(path, error) from error
    return handle


def _read(folder: int | None, name: str, path: str, most: int | None) -> tuple[bytes, os.stat_result]:
    # O_NONBLOCK: opening a pipe must not wait for its other end.
    flags = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if folder is None and os.path.islink(name):
            raise Skip(f"{path} is a symbolic link; links are not followed")
        handle = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise _refused(path, error) from error
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)
        raise Skip(f"{path} is not a plain file")
    with open(handle, "rb") as file:
        if most is not None and info.st_size > most:
            raise Skip(f"{path} has {info.st_size} bytes, more than {most}; divide it, or raise --max-bytes")
        data = file.read() if most is None else file.read(most + 1)
    if most is not None and len(data) > most:
        raise Skip(f"{path} grew beyond {most} bytes; divide it, or raise --max-bytes")
    return data, info


def _draft(folder: int | None, draft: str, data: bytes, mode: int) -> None:
    with suppress(FileNotFoundError):
        os.unlink(draft, dir_fd=folder)
    # Never readable by more people than the file itself, not even while it is written.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | getattr(os, "O_BINARY", 0)
    handle = os.open(draft, flags, 0o600, dir_fd=folder)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        if hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)


def _refused(path: str, error: OSError) -> DocumentError:
    if error.errno in _LOOPS:
        return Skip(f"{path} is, or lies behind, a symbolic link; links are not followed")
    if error.errno == errno.ENOENT:
        return Conflict(f"{path} is gone; run again")
    return DocumentError(f"{path} cannot be read ({error.strerror}); check its permissions")
