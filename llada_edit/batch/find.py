"""Which files a run is about: those named, those in folders, those that git knows or that changed since a commit.

Symbolic links are not followed. Where git keeps a folder, what it ignores is left out. No file's content is read here.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llada_edit.batch import git
from llada_edit.batch.stores import Place, Store, is_address
from llada_edit.errors import DocumentError, OptionError
from llada_edit.formats.registry import format_of

_MAGIC = frozenset("*?[")
MARK = "run.json"
"""The file of a run's settings; a folder with it and a journal is passed over."""


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a run.

    Attributes:
        root: folder that holds them all, without symbolic links in its own path, or one of a store.
        paths: below it, with slashes, sorted, each once.
        closed: folders whose files could not be listed.
        named: those of the paths that were given one by one, not by a folder or a pattern.
    """

    root: Place
    paths: tuple[str, ...]
    closed: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()


def find(sources: Sequence[str], since: str | None = None, apart: Iterable[Path] = ()) -> Found:
    """Files by name, folders and patterns such as ``docs/**/*.md``, or one folder or object of a store.

    Args:
        sources: as the user gave them; files named are taken whatever their kind, of folders those of a known format.
        since: a commit; only files that differ from it are taken.
        apart: what this run writes itself, which is none of its documents: files, and folders with all in them.

    Raises:
        DocumentError: a source that is not there, or may not be looked at.
        OptionError: `since` without git, or no commit; a store beside other sources.
    """
    if any(is_address(source) for source in sources):
        return _stored(sources, since)
    named = [path for source in sources for path in _expanded(source)]
    root = _root(named)
    paths: set[str] = set()
    closed: set[str] = set()
    own = {_place(path) for path in apart}
    for path in named:
        inside = _inside(path, root)
        if path.is_dir() and not path.is_symlink():
            whole = root / inside
            inner = own - {whole, *whole.parents}  # what is named is meant
            listed = _folder(root, inside, closed)
            paths.update(one for one in listed if inner.isdisjoint((root / one, *(root / one).parents)))
        else:
            paths.add(inside)
    if since is not None:
        paths &= git.changed(root, since)
    literal = set(map(Path, sources))
    given = frozenset(_inside(path, root) for path in named if path in literal)
    return Found(root, tuple(sorted(paths)), tuple(sorted(closed)), given & paths)


def _stored(sources: Sequence[str], since: str | None) -> Found:
    if len(sources) > 1 or since is not None:
        raise OptionError(f"{sources[0]}: one store at a time, and no --changed-since; give its folder alone")
    store = Store(sources[0].rstrip("/"))
    paths = [path for path in store.listed() if not any(name.startswith(".") for name in path.split("/"))]
    if paths == [""]:
        folder, _, name = store.url.rpartition("/")
        return Found(Store(folder), (name,))
    return Found(store, tuple(sorted(path for path in paths if format_of(path) is not None)))


def _expanded(source: str) -> list[Path]:
    path = Path(source)
    try:
        if path.is_symlink() or path.exists():
            return [path]
    except OSError as error:
        raise DocumentError(f"{source!r} cannot be looked at ({error.strerror}); check its permissions") from error
    if not _MAGIC & set(source):
        raise DocumentError(f"{source!r} is not there; give files, folders or patterns")
    matches = [Path(match) for match in sorted(glob.glob(source, recursive=True))]
    files = [match for match in matches if not match.is_dir()]
    if not files:
        raise DocumentError(f"no file matches {source!r}; quote the pattern, and use ** for folders in folders")
    ignored = git.ignored(Path.cwd(), [str(file) for file in files])
    known = [file for file in files if format_of(file) is not None and not file.is_symlink()]
    return [file for file in known if str(file) not in ignored]


def _root(paths: Iterable[Path]) -> Path:
    """The working folder where it holds everything, else the nearest folder that does."""
    here = Path.cwd().resolve()
    places = [_place(path) for path in paths]
    if all(place == here or here in place.parents for place in places):
        return here
    folders = [place if place.is_dir() and not place.is_symlink() else place.parent for place in places]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError as error:
        raise OptionError("the files lie on several drives; run for each on its own") from error


def _place(path: Path) -> Path:
    """Absolute, links on the way resolved, but for the last name."""
    whole = Path(os.path.abspath(path))
    return whole.parent.resolve() / whole.name if whole.name else whole


def _inside(path: Path, root: Path) -> str:
    return _place(path).relative_to(root).as_posix()


def _folder(root: Path, folder: str, closed: set[str]) -> set[str]:
    listed = git.listed(root, folder, closed)
    found = _walked(root, folder, closed) if listed is None else listed
    return {path for path in found if format_of(path) is not None and _plain(root / path)}


def _plain(path: Path) -> bool:
    """Whether it is no link, folder or device; what may not be looked at is one, and reading it says why not."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _walked(root: Path, folder: str, closed: set[str]) -> set[str]:
    def note(error: OSError) -> None:
        closed.add(Path(error.filename).relative_to(root).as_posix())

    found: set[str] = set()
    for place, folders, names in os.walk(root / folder, onerror=note):
        if MARK in names and "journal" in folders:  # a run; its lists and journal are no documents
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.update(Path(place, name).relative_to(root).as_posix() for name in names if not name.startswith("."))
    return found
