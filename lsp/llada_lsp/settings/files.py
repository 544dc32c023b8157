"""Settings in files: the user's own, and those of a project.

A user has ``llada-edit/config.toml`` in the folder for settings (``$XDG_CONFIG_HOME``, else ``~/.config``; on Windows
``%APPDATA%``). A project has ``llada-edit.toml``, or ``[tool.llada-edit]`` in ``pyproject.toml``: the nearest folder
that has one wins alone; within a folder, ``llada-edit.toml`` comes first. Nothing else is read.
"""

from __future__ import annotations

import os
import sys
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


def of_user() -> Found | None:
    """The settings that hold for the user everywhere; None where there are none."""
    variable, usual = ("APPDATA", "~/AppData/Roaming") if sys.platform == "win32" else ("XDG_CONFIG_HOME", "~/.config")
    named = Path(os.environ.get(variable, ""))
    # The specification of the XDG folders: a relative path is not valid, and to be ignored.
    folder = named if named.is_absolute() else Path(os.path.expanduser(usual))
    return next(_in_file(folder / "llada-edit" / "config.toml"), None)


def nearest(folder: Path) -> Found | None:
    """The settings that hold in a folder: its own, or those of the nearest folder above."""
    for place in (folder, *folder.parents):
        for found in _in_folder(place):
            return found
    return None


def _in_folder(folder: Path) -> Iterator[Found]:
    ours, shared = (folder / name for name in NAMES)
    yield from _in_file(ours)
    for path, table, complaint in _in_file(shared):
        tools = None if complaint else table.get("tool")
        # A pyproject.toml that is broken is the business of other tools.
        if isinstance(tools, dict) and "llada-edit" in tools:
            yield path, tools["llada-edit"], ""


def _in_file(path: Path) -> Iterator[Found]:
    """What stands in a file of TOML; nothing where there is no such file."""
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            yield path, None, f"{path} is longer than {LARGEST} bytes; it is left aside"
        else:
            yield path, tomllib.loads(data.decode()), ""
    except (OSError, ValueError) as error:
        yield path, None, f"{path} cannot be read ({_reason(error)}); it is left aside"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0] or type(error).__name__
