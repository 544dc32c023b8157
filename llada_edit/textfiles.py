"""Files, read and written as they are: byte-order marks and line ends stay; texts are UTF-8."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from llada_edit.errors import DocumentError

CLOSED = "may not be written; it is left as it is, give yourself write permission first, or write elsewhere"
"""What is said of a file that is read-only: a new one could take its place all the same."""


def may_write(mode: int, name: str, folder: int | None = None) -> bool:
    """Whether a file may be written into: by anybody at all, even where root is asking, and by this process.

    Args:
        mode: its mode bits.
        name: of the file.
        folder: an open folder that the name is in; None for the working one.
    """
    return bool(mode & 0o222) and os.access(name, os.W_OK, dir_fd=folder)


def check_open(path: str | os.PathLike[str]) -> None:
    """A `DocumentError` where a file is there and may not be written into."""
    target = Path(os.path.realpath(path))
    if target.exists() and not may_write(stat.S_IMODE(target.stat().st_mode), str(target)):
        raise DocumentError(f"{Path(path)} {CLOSED}")


def write_atomically(path: str | os.PathLike[str], text: str | bytes) -> None:
    """Write bytes, or a text as UTF-8, so that readers see the old file or the new one, even after a crash.

    Mode and symbolic links stay.

    Raises:
        DocumentError: it cannot be written, or may not be; the old file is unchanged.
    """
    target = Path(os.path.realpath(path))
    data = text if isinstance(text, bytes) else encode(text, Path(path))
    draft = target.with_name(f".llada-edit-{secrets.token_hex(8)}.tmp")
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        check_open(path)
        # Never readable by more people than the file itself, not even while it is written.
        access = 0o666 if mode is None else 0o600
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, access)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(target)
    except OSError as error:
        raise DocumentError(
            f"{Path(path)} cannot be written ({error.strerror}); the old file is unchanged, check the folder"
        ) from error
    finally:
        # Gone after a successful replace, left over in every other case, Ctrl-C included.
        with suppress(OSError):
            draft.unlink()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content in hexadecimal digits, read piece by piece; raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def decode(data: bytes, where: Path | str) -> str:
    """The text of some bytes; `where` they come from is named in the `DocumentError` if they are no UTF-8 text."""
    zero = data.find(0)
    if zero >= 0:
        raise DocumentError(
            f"{where} looks binary (byte 0x00 at offset {zero}); give a text file, and convert UTF-16 to UTF-8 first"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{where} is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start});"
            f" convert it first, for instance with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


def encode(text: str, path: Path | None) -> bytes:
    """The UTF-8 bytes of a text; `path` is named in the `DocumentError` where it has none."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{path or 'the text'} cannot be written as UTF-8: lone surrogate U+{ord(text[error.start]):04X}"
            f" at code point {error.start}; remove it"
        ) from error
