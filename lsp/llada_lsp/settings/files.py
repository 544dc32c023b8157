"""Settings in the files of a project: ``llada-edit.toml``, and ``[tool.llada-edit]`` of ``pyproject.toml``.

The nearest folder that has one wins alone; within a folder, ``llada-edit.toml`` comes first. Nothing else is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pygls.uris import to_fs_path

NAMES = ("llada-edit.toml", "pyproject.toml")
LARGEST = 1 << 20
"""Bytes of a file that are read: a settings file is never longer."""

Found = tuple[Path, Any, str]
"""The file, what stands in it (None where nothing usable), and a complaint."""


def path_of(uri: str) -> Path | None:
    """The path of a file on this disk; None for all other URIs."""
    try:
        found = to_fs_path(uri) if uri.startswith("file:///") else None
    except ValueError:
        found = None
    return Path(found) if found and "\0" not in found else None


def folder_of(uri: str) -> Path | None:
    """The folder of a document on this disk; None for one that is not."""
    path = path_of(uri)
    return None if path is None else path.parent


def nearest(folder: Path) -> Found | None:
    """The settings that hold in a folder: its own, or those of the nearest folder above."""
    for place in (folder, *folder.parents):
        for found in _in_folder(place):
            return found
    return None


def _in_folder(folder: Path) -> Iterator[Found]:
    for name in NAMES:
        path = folder / name
        try:
            if not path.is_file():
                continue
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
            table = tomllib.loads(data.decode()) if len(data) <= LARGEST else None
        except (OSError, ValueError) as error:
            if name == NAMES[0]:
                yield path, None, f"{path} cannot be read ({_reason(error)}); it is left aside"
            continue  # a pyproject.toml that is broken is the business of other tools
        if name == NAMES[0]:
            yield path, table, "" if table is not None else f"{path} is longer than {LARGEST} bytes; it is left aside"
        else:
            tools = (table or {}).get("tool")
            if isinstance(tools, dict) and "llada-edit" in tools:
                yield path, tools["llada-edit"], ""


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
