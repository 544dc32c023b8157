"""How a model that is not on this disk gets here.

`fetch` is the only door of this package to the network, and only when it is called: revision pinned to a commit,
safetensors and tokenizer files alone, nothing placed before its hash is right, resumed where it stopped. How a hub is
spoken to is behind `Hub`, and where the files lie is behind `Store`; neither is known here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from llada_edit.errors import BrokenModel, LladaEditError, UnknownModel
from llada_edit.models.disk import human_size, usable_family
from llada_edit.models.huggingface import HuggingFace, explained
from llada_edit.models.store import COMMIT, Listing, RemoteFile, Store, disk_at_fault
from llada_edit.models.tokenizer_files import Json

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
TOKENIZERS = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",))
"""Files that `read_tokenizer` reads, any one group of them."""

_KEPT = re.compile(r"[\w-][\w.-]*\.(json|txt|jinja)|README\.md|(LICEN[CS]E|NOTICE)(\.\w+)?|tokenizer\.model", re.ASCII)
_PICKLE = re.compile(r".*\.(bin|pt|pth|ckpt|pkl|msgpack|h5)")
_IDENTIFIER = re.compile(r"(?!.*(\.\.|--))[\w-][\w.-]*(/[\w-][\w.-]*)?", re.ASCII)
_SMALL = 2**26
"""Bytes from which a config or an index is not believed."""


class Hub(Protocol):
    """Where models are fetched from."""

    def listing(self, repository: str, revision: str | None) -> Listing:
        """The commit that a branch, tag or commit stands for (None: the default branch), and its files."""
        ...

    def read(self, repository: str, commit: str, name: str, start: int) -> Iterator[bytes]:
        """The bytes of one file, from offset `start` to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a fetch is going to do.

    Attributes:
        repository: its id.
        commit: the pinned revision.
        family: of the model.
        folder: where the model can be loaded from afterwards.
        files: those that are wanted, the large ones last.
        missing: bytes of them that are not on the disk yet.
    """

    repository: str
    commit: str
    family: str
    folder: Path
    files: tuple[RemoteFile, ...]
    missing: int

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def fetch(
    repository: str,
    revision: str | None = None,
    folder: str | Path | None = None,
    *,
    on_plan: Callable[[Plan], bool],
    on_bytes: Callable[[str, int], None] = lambda name, count: None,
    hub: Hub | None = None,
) -> Path | None:
    """Bring a model onto this disk.

    Args:
        repository: id such as ``GSAI-ML/LLaDA-8B-Instruct``.
        revision: branch, tag or commit; None is the default branch.
        folder: new, empty, or begun by an earlier call; None puts the model into the hub cache.
        on_plan: asked before anything is written; False ends it.
        on_bytes: told the file and how many more bytes of it have come.
        hub: None is the real one.

    Returns:
        The folder of the model; None if `on_plan` declined.

    Raises:
        UnknownModel: no such id or revision.
        UnsupportedModel: a family that cannot infill.
        BrokenModel: no safetensors, or bytes that are not those the hub lists.
        ModelError: no network, no access, no room on the disk.
    """
    if not _IDENTIFIER.fullmatch(repository) or repository == "bundled":
        raise UnknownModel(f"{repository!r} is no id of a repository on the hub; give one such as GSAI-ML/LLaDA-1.5")
    if revision is not None and (not revision.strip() or ".." in revision or revision.startswith("/")):
        raise UnknownModel(f"{revision!r} is no revision; give a branch, a tag or a commit")
    with explained(repository, revision):
        hub = hub or HuggingFace()
        listing = hub.listing(repository, revision)
        if not COMMIT.fullmatch(listing.commit):
            raise BrokenModel(f"the hub names no commit for {repository}, only {listing.commit!r}; try again later")
        family, files = _choose(hub, repository, listing)
        store = Store.of(repository, listing.commit, folder)
        store.check_folder(files)
        missing = sum(file.size - store.fetched(file) for file in files)
        plan = Plan(repository, listing.commit, family, store.snapshot, files, missing)
        store.check_room(repository, missing)
        if not on_plan(plan):
            return None
        for file in files:
            _bring(hub, plan, store, file, on_bytes)
        store.finish(files, revision)
    return store.snapshot


def _choose(hub: Hub, repository: str, listing: Listing) -> tuple[str, tuple[RemoteFile, ...]]:
    """The family, and the files that are wanted; only those at the top, for nothing else is ever loaded."""
    there = {file.name: file for file in listing.files if "/" not in file.name and "\\" not in file.name}
    if "config.json" not in there:
        raise BrokenModel(f"{repository} has no config.json, so it is not a model that can be loaded")
    family = usable_family(_json(hub, repository, listing.commit, there["config.json"]), repository)
    weights = {SINGLE}
    if SINGLE not in there:
        if INDEX not in there:
            pickle = next((name for name in sorted(there) if _PICKLE.fullmatch(name)), None)
            what = f"only pickles ({pickle}), which can run code and are" if pickle else "no safetensors, and is"
            raise BrokenModel(f"{repository} has {what} refused; choose a repository with {SINGLE}")
        listed = _json(hub, repository, listing.commit, there[INDEX]).get("weight_map")
        weights = set(map(str, listed.values())) if isinstance(listed, dict) else set()
        lost = sorted(name for name in weights if name not in there or not name.endswith(".safetensors"))
        if lost or not weights:
            raise BrokenModel(f"{repository} lacks {lost[0] if lost else 'shards'} that its {INDEX} names")
    if not any(all(name in there for name in group) for group in TOKENIZERS):
        raise BrokenModel(f"{repository} has no tokenizer: expected {' or '.join(map(' with '.join, TOKENIZERS))}")
    small = {name for name in there if _KEPT.fullmatch(name) and not name.endswith(".index.json")}
    wanted = small | weights | ({INDEX} if SINGLE not in there else set())
    return family, tuple(sorted((there[name] for name in wanted), key=lambda file: (file.size, file.name)))


def _json(hub: Hub, repository: str, commit: str, file: RemoteFile) -> Json:
    """A small file, read without touching the disk."""
    if file.size > _SMALL:
        raise BrokenModel(f"{file.name} of {repository} has {human_size(file.size)}; that is no config")
    data = b"".join(hub.read(repository, commit, file.name, 0))
    if not file.matches(data):
        raise BrokenModel(_wrong(repository, file))
    try:
        value = json.loads(data)
    except ValueError as error:
        raise BrokenModel(f"{file.name} of {repository} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BrokenModel(f"{file.name} of {repository} holds a {type(value).__name__} where an object was expected")
    return value


def _bring(hub: Hub, plan: Plan, store: Store, file: RemoteFile, on_bytes: Callable[[str, int], None]) -> None:
    """One file, checked, to its place; a connection that breaks is taken up again as long as it brings something."""
    there = store.find(file)
    if there is not None:
        if file.matches(there):
            return
        store.discard(there)
    part = store.begin(file)
    while (start := part.stat().st_size) < file.size:
        try:
            _append(hub.read(plan.repository, plan.commit, file.name, start), part, file, on_bytes)
        except (LladaEditError, MemoryError):
            raise
        except Exception as error:
            if part.stat().st_size <= start or disk_at_fault(error):
                raise
        else:
            if part.stat().st_size <= start:
                raise BrokenModel(f"{file.name} of {plan.repository} ends after {start} of {file.size} bytes")
    if part.stat().st_size != file.size or not file.matches(part):
        part.unlink()
        raise BrokenModel(_wrong(plan.repository, file))
    os.replace(part, store.place(file))


def _append(chunks: Iterator[bytes], part: Path, file: RemoteFile, on_bytes: Callable[[str, int], None]) -> None:
    with part.open("ab") as out:
        for chunk in chunks:
            out.write(chunk)
            on_bytes(file.name, len(chunk))
            if out.tell() > file.size:
                return


def _wrong(repository: str, file: RemoteFile) -> str:
    return (
        f"{file.name} of {repository} is not the file that the hub lists (wrong size or hash); it was thrown away, "
        "try again"
    )
