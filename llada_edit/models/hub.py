"""What models lie on this disk, what one of them is, and how another one gets here.

`fetch` is the only code of this package that touches the network, and only when it is called: revision pinned to a
commit, safetensors and tokenizer files alone, nothing placed before its hash is right, resumed where it stopped.
Everything else here reads the disk. Whether a model is any good is not known here.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from safetensors import safe_open

from llada_edit.errors import BrokenModel, LladaEditError, ModelError, OptionError, UnknownModel
from llada_edit.models.base import ModelCard
from llada_edit.models.bundled import bundled_folder
from llada_edit.models.families import read_card, read_config, recognise
from llada_edit.models.load import GROUP, find_folder, hub_cache, load
from llada_edit.models.natives import native_of
from llada_edit.models.tokenizer_files import Json
from llada_edit.models.weights import find_weights

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
TOKENIZERS = (("tokenizer.json",), ("vocab.json", "merges.txt"), ("vocab.txt",))
"""Files that `read_tokenizer` reads, any one group of them."""

_KEPT = re.compile(r"[\w-][\w.-]*\.(json|txt|jinja)|README\.md|(LICEN[CS]E|NOTICE)(\.\w+)?|tokenizer\.model", re.ASCII)
_PICKLE = re.compile(r".*\.(bin|pt|pth|ckpt|pkl|msgpack|h5)")
_IDENTIFIER = re.compile(r"(?!.*(\.\.|--))[\w-][\w.-]*(/[\w-][\w.-]*)?", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SMALL = 2**26
"""Bytes from which a config or an index is not believed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model on the disk: `family` is None where it cannot be used, and then `reason` says why."""

    name: str
    folder: Path
    size: int
    family: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Description:
    """What is known about a model before it runs; None where a plug-in does not say.

    Attributes:
        card: see `ModelCard`.
        folder: of its files.
        size: bytes on the disk.
        parameters: numbers in its tensors.
        page: its model card as a text, if it lies there.
    """

    card: ModelCard
    folder: Path | None
    size: int | None
    parameters: int | None
    page: Path | None

    @property
    def lengths(self) -> str:
        """How the length of a hole is found."""
        if self.card.null_id is not None:
            return "null tokens"
        return "expand and delete tokens" if self.card.expand_id is not None else "calibrated search"

    @property
    def cache(self) -> str:
        """What the context cache is: exact, approximate or none."""
        return {"isolated": "exact", "full": "approximate", "uncached": "none"}[self.card.attention]

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {
            **asdict(self.card),
            "folder": str(self.folder) if self.folder else None,
            "bytes": self.size,
            "parameters": self.parameters,
            "page": str(self.page) if self.page else None,
            "infill": True,
            "lengths": self.lengths,
            "cache": self.cache,
        }


def cached_models() -> list[Found]:
    """Every model repository in the hub cache, usable or not; broken ones are told, never raised."""
    found = []
    for path in sorted(hub_cache().glob("models--*")):
        name = path.name.removeprefix("models--").replace("--", "/")
        try:
            folder = find_folder(name)
        except UnknownModel:
            again = f"fetched in part; go on with: llada-edit models get {name}"
            found.append(Found(name, path, _size(path), None, again))
        except (OSError, ValueError) as error:
            found.append(Found(name, path, _size(path), None, f"cannot be read ({type(error).__name__})"))
        else:
            found.append(look(folder, name, path))
    return found


def look(folder: Path, name: str | None = None, whole: Path | None = None) -> Found:
    """What lies in a folder, by its config and the heads of its weight files; `whole` is what its size is taken of."""
    name, size = name or str(folder), _size(whole or folder)
    try:
        family = _usable(read_config(folder), name)
        find_weights(folder)
    except LladaEditError as error:
        reason = str(error.args[0]).removeprefix(f"{name} ").removeprefix(f"{folder} ").partition("; supported")[0]
        return Found(name, folder, size, None, reason)
    except (OSError, ValueError) as error:
        return Found(name, folder, size, None, f"cannot be read ({type(error).__name__})")
    return Found(name, folder, size, family, None)


def describe(reference: str | Path) -> Description:
    """A model by name or folder, from its files; only a plug-in of others is loaded for it.

    Raises:
        UnknownModel: nothing of this name is on the disk.
        ModelError: it is there, and cannot be used.
    """
    name = str(reference)
    if name != "bundled" and list(entry_points(group=GROUP, name=name)):
        return Description(load(name).card, None, None, None, None)
    folder = bundled_folder() if name == "bundled" else find_folder(reference)
    card = read_card(folder, name)
    weights = find_weights(folder)
    parameters = weights.parameters
    if card.family == "bundled":  # the scales of its rows are not parameters
        with safe_open(weights.files[0], "pt") as file:
            scales = [file.get_slice(key).get_shape()[0] for key in list(file.keys()) if key.endswith(".scale")]
        parameters -= sum(scales)
    page = folder / "README.md"
    return Description(card, folder, _size(folder), parameters, page if page.is_file() else None)


def human_size(size: float) -> str:
    """Bytes in words."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository: its digest is SHA-256 (64 digits) for large ones, else git's SHA-1 of a blob (40)."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Listing:
    """All files of a repository at one commit."""

    commit: str
    files: tuple[RemoteFile, ...]


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
    with _explained(repository, revision):
        hub = hub or _HuggingFace()
        listing = hub.listing(repository, revision)
        if not _COMMIT.fullmatch(listing.commit):
            raise BrokenModel(f"the hub names no commit for {repository}, only {listing.commit!r}; try again later")
        family, files = _choose(hub, repository, listing)
        store = _Store.of(repository, listing.commit, folder)
        store.check_folder(files)
        missing = sum(file.size - store.fetched(file) for file in files)
        plan = Plan(repository, listing.commit, family, store.snapshot, files, missing)
        _check_room(plan)
        if not on_plan(plan):
            return None
        for file in files:
            _bring(hub, plan, store, file, on_bytes)
        store.finish(files, revision)
    return store.snapshot


def _usable(config: Json, name: str) -> str:
    """The family of a config that can be loaded."""
    try:
        family = recognise(config, name).name
        if family != "bundled":
            native_of(family, config, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenModel(f"config.json of {name} cannot be understood ({type(error).__name__}: {error})") from error
    return family


def _choose(hub: Hub, repository: str, listing: Listing) -> tuple[str, tuple[RemoteFile, ...]]:
    """The family, and the files that are wanted; only those at the top, for nothing else is ever loaded."""
    there = {file.name: file for file in listing.files if "/" not in file.name and "\\" not in file.name}
    if "config.json" not in there:
        raise BrokenModel(f"{repository} has no config.json, so it is not a model that can be loaded")
    family = _usable(_json(hub, repository, listing.commit, there["config.json"]), repository)
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
    if _digest(data, file) != file.digest:
        raise BrokenModel(_wrong(repository, file))
    try:
        value = json.loads(data)
    except ValueError as error:
        raise BrokenModel(f"{file.name} of {repository} is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise BrokenModel(f"{file.name} of {repository} holds a {type(value).__name__} where an object was expected")
    return value


def _bring(hub: Hub, plan: Plan, store: _Store, file: RemoteFile, on_bytes: Callable[[str, int], None]) -> None:
    """One file, checked, to its place; a connection that breaks is taken up again as long as it brings something."""
    there = store.find(file)
    if there is not None:
        if _digest(there, file) == file.digest:
            return
        store.discard(there)
    part = store.part(file)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.touch()
    if part.stat().st_size > file.size:
        part.unlink()
        part.touch()
    while (start := part.stat().st_size) < file.size:
        try:
            _append(hub.read(plan.repository, plan.commit, file.name, start), part, file, on_bytes)
        except (LladaEditError, MemoryError):
            raise
        except Exception as error:
            if part.stat().st_size <= start or _local(error):
                raise
        else:
            if part.stat().st_size <= start:
                raise BrokenModel(f"{file.name} of {plan.repository} ends after {start} of {file.size} bytes")
    if part.stat().st_size != file.size or _digest(part, file) != file.digest:
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


def _digest(data: bytes | Path, file: RemoteFile) -> str:
    """The digest of bytes or of a file, of the kind that is known of `file`."""
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    sha256 = len(file.digest) == 64
    state = hashlib.sha256() if sha256 else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    if isinstance(data, Path):
        with data.open("rb") as source:
            while block := source.read(2**20):
                state.update(block)
    else:
        state.update(data)
    return state.hexdigest()


@dataclass(frozen=True, slots=True)
class _Store:
    """Where files go: into a folder as they are, or into the hub cache, by digest, with links from a snapshot."""

    snapshot: Path
    cache: Path | None

    @classmethod
    def of(cls, repository: str, commit: str, folder: str | Path | None) -> _Store:
        if folder is not None:
            return cls(Path(folder).expanduser().absolute(), None)
        cache = hub_cache() / f"models--{repository.replace('/', '--')}"
        return cls(cache / "snapshots" / commit, cache)

    def place(self, file: RemoteFile) -> Path:
        return self.snapshot / file.name if self.cache is None else self.cache / "blobs" / file.digest

    def part(self, file: RemoteFile) -> Path:
        place = self.place(file)
        return place.with_name(f"{place.name}.incomplete")

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
        if revision is None or not _COMMIT.fullmatch(revision):
            reference = self.cache / "refs" / (revision or "main")
            reference.parent.mkdir(parents=True, exist_ok=True)
            reference.write_text(self.snapshot.name, encoding="ascii")


def _check_room(plan: Plan) -> None:
    existing = next(path for path in (plan.folder, *plan.folder.parents) if path.is_dir())
    free = shutil.disk_usage(existing).free
    if plan.missing > free:
        raise ModelError(
            f"{plan.repository} needs {human_size(plan.missing)} more and {human_size(free)} are free in {existing}; "
            "make room, or give another --folder"
        )


def _size(folder: Path) -> int:
    """Bytes of all files, each counted once however many links lead to it; what cannot be read counts nothing."""
    found: dict[tuple[int, int], int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                status = os.stat(os.path.join(root, name))
                found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


def _local(error: Exception) -> bool:
    """Whether this disk is at fault and not the network."""
    return isinstance(error, OSError) and (error.filename is not None or error.errno in (errno.ENOSPC, errno.EDQUOT))


@contextmanager
def _explained(repository: str, revision: str | None) -> Iterator[None]:
    """Errors of the network and its library as one line of ours."""
    try:
        yield
    except LladaEditError:
        raise
    except Exception as error:
        rooms = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
        if isinstance(error, OSError) or any(room.startswith(("http", "huggingface_hub")) for room in rooms):
            raise _explain(error, repository, revision) from error
        raise


def _explain(error: Exception, repository: str, revision: str | None) -> ModelError:
    from huggingface_hub import errors

    if isinstance(error, OSError) and _local(error):
        where = f"{error.filename}: " if error.filename else ""
        return ModelError(f"{where}{error.strerror}; what was fetched of {repository} is kept, run it again to go on")
    table: Mapping[type[Exception] | tuple[type[Exception], ...], ModelError] = {
        errors.OfflineModeIsEnabled: ModelError(
            f"{repository} cannot be fetched in offline mode; unset HF_HUB_OFFLINE, or choose from: llada-edit models"
        ),
        errors.GatedRepoError: ModelError(
            f"{repository} is given out on request only; accept its terms on its page, then log in: hf auth login"
        ),
        errors.DisabledRepoError: ModelError(f"{repository} was disabled on the hub"),
        errors.RevisionNotFoundError: UnknownModel(f"{repository} has no revision {revision!r}"),
        (errors.RepositoryNotFoundError, errors.HFValidationError): UnknownModel(
            f"the hub has no public model {repository!r}; check the spelling, or log in if it is private: hf auth login"
        ),
        errors.HfHubHTTPError: ModelError(f"the hub refused {repository} ({_status(error)}); try again later"),
    }
    for kind, said in table.items():
        if isinstance(error, kind):
            return said
    return ModelError(
        f"the hub cannot be reached ({type(error).__name__}); what was fetched of {repository} is kept, run it again"
    )


def _status(error: Exception) -> str:
    return f"status {getattr(getattr(error, 'response', None), 'status_code', 'unknown')}"


class _HuggingFace:
    """The real hub: a thin adapter, and the library behind it is imported with the first call.

    Requests are put together here, on the library's session: its own calls tell the hub what else is installed and
    running, ask for more than a model, and throw away half a download when they are stopped.
    """

    def listing(self, repository: str, revision: str | None) -> Listing:
        from huggingface_hub import constants, get_session, hf_raise_for_status

        url = f"{constants.ENDPOINT}/api/models/{repository}"
        if revision is not None:
            url += f"/revision/{quote(revision, safe='')}"
        response = get_session().get(url, params={"blobs": True}, headers=self._headers(), timeout=30)
        hf_raise_for_status(response)
        try:
            answer: Json = response.json()
            files = []
            for entry in answer["siblings"]:
                digest = (entry.get("lfs") or {}).get("sha256") or entry.get("blobId")
                if digest and entry.get("size") is not None:  # what cannot be checked is as good as absent
                    files.append(RemoteFile(str(entry["rfilename"]), int(entry["size"]), str(digest)))
            return Listing(str(answer["sha"]), tuple(files))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(
                f"the answer for {repository} is not from the hub; is there a login page between?"
            ) from error

    def read(self, repository: str, commit: str, name: str, start: int) -> Iterator[bytes]:
        from huggingface_hub import get_session, hf_hub_url, hf_raise_for_status

        headers = self._headers() | {"Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        url = hf_hub_url(repository, name, revision=commit)
        with get_session().stream("GET", url, headers=headers, follow_redirects=True, timeout=30) as response:
            hf_raise_for_status(response)
            skip = start if response.status_code == 200 else 0  # a server that knows no ranges begins anew
            for chunk in response.iter_bytes():
                yield chunk[skip:]
                skip = max(0, skip - len(chunk))

    def _headers(self) -> dict[str, str]:
        from huggingface_hub import constants, get_token

        token = None if constants.HF_HUB_DISABLE_IMPLICIT_TOKEN else get_token()
        # The session drops the token where a request is sent on to another machine.
        return {"User-Agent": "llada-edit"} | ({"Authorization": f"Bearer {token}"} if token else {})
