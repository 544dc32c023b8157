"""Compiled constraints, kept in memory and on the disk, so that the same one is compiled once.

On the disk: one file of plain arrays for each, named by a hash of all that it depends on; no pickle is ever read. Files
are written aside and renamed, so two processes do no harm to each other; the oldest go when there are too many bytes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.classes import Classes
from llada_edit.constraints.lift import TokenAutomaton, lift, trie_of
from llada_edit.constraints.minimise import Flags
from llada_edit.constraints.paths import Arcs
from llada_edit.constraints.rows import Ints
from llada_edit.models.vocabulary import Vocabulary

VERSION = 5
"""Of what is stored; another one finds none of the old files, nor does another release of the package."""
UNICODE = unicodedata.unidata_version
IN_MEMORY = 64
ON_DISK = 256 * 2**20
"""Bytes that the cache folder may hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A language over the tokens of a vocabulary, with what its dynamic programs need.

    Attributes:
        language: over bytes.
        tokens: over tokens.
        number: (states of `language`,) state of `tokens`, -1 inside a character.
        arcs: of `tokens`.
        classes: of `tokens`.
    """

    language: Automaton
    tokens: TokenAutomaton
    number: Ints
    arcs: Arcs
    classes: Classes


class _Memory:
    """The most recent entries, for all threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Compiled | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: str, value: Compiled) -> None:
        with self._lock:
            self._held[key] = value
            while len(self._held) > IN_MEMORY:
                self._held.popitem(last=False)


_MEMORY = _Memory()


def compiled(
    name: str, build: Callable[[], Automaton], vocabulary: Vocabulary, allowed: Flags, fragments: bool
) -> Compiled:
    """A language over tokens, from memory, from the disk, or newly built.

    Args:
        name: tells the language from all others.
        build: makes it; called only where it is not known.
        vocabulary: of the model.
        allowed: (vocab,) bool, tokens that may be used.
        fragments: whether tokens may end inside a character.
    """
    packed = np.packbits(allowed).tobytes()
    parts = (
        f"{VERSION} {_release()} {UNICODE}".encode(),
        name.encode("utf-8", "surrogatepass"),
        digest(vocabulary),
        packed,
        bytes([fragments]),
    )
    key = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    known = _MEMORY.get(key)
    if known is None:
        known = _read(key)
        if known is None:
            language = build()
            known = _complete(language, *lift(language, trie_of(vocabulary, packed), vocabulary.size, fragments))
            _write(key, known)
        _MEMORY.put(key, known)
    return known


def _complete(language: Automaton, tokens: TokenAutomaton, number: Ints) -> Compiled:
    return Compiled(language, tokens, number, Arcs(tokens.table, tokens.accepting), Classes(tokens.class_of))


@lru_cache(maxsize=1)
def _release() -> str:
    return version("llada-edit")


@lru_cache(maxsize=16)
def digest(vocabulary: Vocabulary) -> bytes:
    """A hash of the bytes of all tokens."""
    pieces = [vocabulary.token_bytes(token) for token in range(vocabulary.size)]
    return hashlib.sha256(b"".join(len(piece).to_bytes(4, "big") + piece for piece in pieces)).digest()


def cache_folder() -> Path | None:
    """Where compiled constraints are kept, None for nowhere; ``LLADA_EDIT_CACHE`` names another place, or none."""
    named = os.environ.get("LLADA_EDIT_CACHE")
    if named is not None:
        return Path(named) / "constraints" if named else None
    try:
        home = Path.home()
    except RuntimeError:  # a user without an entry and without HOME
        return None
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = home / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "llada-edit" / "constraints"


def _read(key: str) -> Compiled | None:
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / f"{key}.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            language = Automaton(held["classes"], held["bytes"], held["ends"])
            tokens = TokenAutomaton(held["table"], held["accepting"], int(held["start"]), held["class_of"])
            found = _complete(language, tokens, held["number"])
        os.utime(path)
    except Exception:  # missing, cut off, of another make: it is built again
        return None
    return found


def _write(key: str, value: Compiled) -> None:
    folder = cache_folder()
    if folder is None:
        return
    language, tokens = value.language, value.tokens
    arrays: dict[str, Any] = {"classes": language.classes, "bytes": language.table, "ends": language.accepting}
    arrays |= {"table": tokens.table, "accepting": tokens.accepting, "start": np.int64(tokens.start)}
    arrays |= {"class_of": tokens.class_of, "number": value.number}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(file, **arrays)
            os.replace(draft, folder / f"{key}.npz")
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        _shrink(folder)
    except OSError:  # a full or read-only disk costs time, not the fill
        return


def _shrink(folder: Path) -> None:
    """Remove the entries that were not used for longest until the rest fits."""
    files = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in folder.iterdir()), reverse=True)
    total = 0
    for _, size, file in files:
        total += size
        if total > ON_DISK:
            file.unlink(missing_ok=True)
