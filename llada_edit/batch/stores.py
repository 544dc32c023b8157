"""Documents in an object store, through fsspec: listed, read, and written as copies elsewhere.

Needs the extra ``stores``.

An object is written whole, so that a reader sees the old or the new one. None is replaced where it lies: stores have no
common way to do that only if nobody has changed it meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llada_edit.batch.refused import Conflict, Skip, parts_of
from llada_edit.errors import DocumentError, LladaEditError, OptionError

_ADDRESS = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*://\S+")


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of an object store.

    Attributes:
        url: its address, such as ``s3://bucket/docs``, without a slash at the end.
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def as_uri(self) -> str:
        """As `Path.as_uri`."""
        return self.url

    def listed(self) -> dict[str, int]:
        """Paths below the folder, with slashes, and the bytes of each; the folder may also be one object, named ""."""
        files, root = self._connected()
        with _refusing(self.url):
            found = files.find(root, detail=True)
        return {name[len(root) :].lstrip("/"): int(about["size"] or 0) for name, about in found.items()}

    def read(self, path: str, most: int | None = None) -> bytes:
        """As `files.read`."""
        files, root = self._connected()
        place = "/".join((root, *parts_of(path)))
        with _refusing(f"{self.url}/{path}"):
            data = bytes(files.cat_file(place, None, None if most is None else most + 1))
        if most is not None and len(data) > most:
            raise Skip(f"{path} has more than {most} bytes; divide it, or raise --max-bytes")
        return data

    def create(self, path: str, data: bytes) -> None:
        """As `files.create`."""
        files, root = self._connected()
        *folders, name = root, *parts_of(path)
        with _refusing(f"{self.url}/{path}"):
            files.makedirs("/".join(folders), exist_ok=True)
            files.pipe_file("/".join((*folders, name)), data)

    def _connected(self) -> tuple[Any, str]:
        """The file system, kept by fsspec, and the folder in its own words."""
        try:
            import fsspec
        except ImportError as error:
            raise OptionError(f"{self.url} needs fsspec; install it with: pip install 'llada-edit[stores]'") from error
        try:
            files, root = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise OptionError(f"{self.url} cannot be reached ({error}); check the address") from error
        return files, str(root).rstrip("/")


Place = Path | Store
"""The root of a run: a folder, or one of an object store."""


def place_of(text: str) -> Place:
    """A root as it was written down."""
    return Store(text.rstrip("/")) if is_address(text) else Path(text)


def is_address(text: str) -> bool:
    """Whether a text is the address of a store; those of web pages are not."""
    return _ADDRESS.fullmatch(text) is not None and "::" not in text


@contextmanager
def _refusing(address: str) -> Iterator[None]:
    """Whatever a store raises is a `DocumentError`; each has exceptions of its own."""
    try:
        yield
    except LladaEditError:
        raise
    except FileNotFoundError as error:
        raise Conflict(f"{address} is gone; run again") from error
    except Exception as error:
        raise DocumentError(f"{address} cannot be read or written ({error}); check address and rights") from error
