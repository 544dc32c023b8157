"""Why a file is left alone; nothing is read or written here."""

from __future__ import annotations

from pathlib import PurePosixPath

from llada_edit.errors import DocumentError


class Conflict(DocumentError):
    """A file is not what it was when the run read it."""


class AppliedAlready(Conflict):
    """A file holds edits of the run already, so it is not what the run read."""


class Skip(DocumentError):
    """A file that is left alone by its kind: too large, a link, not a plain file."""


def parts_of(path: str) -> tuple[str, ...]:
    """The names of a path below a root; one that leaves the root is a `DocumentError`."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or not pure.parts or ".." in pure.parts or "\0" in path:
        raise DocumentError(f"{path!r} is not below the root of the run; give paths without '..'")
    return pure.parts
