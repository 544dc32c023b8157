"""What models lie on this disk, and what one of them is.

Known from configs, the heads of weight files and model cards; nothing is fetched, and nothing is loaded but the
plug-ins of others, which cannot be described otherwise. Whether a model is any good is not known here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from safetensors import safe_open

from llada_edit.errors import BrokenModel, LladaEditError, UnknownModel
from llada_edit.models.adapters import CONFIG, base_of
from llada_edit.models.base import ModelCard
from llada_edit.models.families import read_card, read_config, recognise
from llada_edit.models.load import GROUP, find_folder, folder_of, hub_cache, load
from llada_edit.models.natives import native_of
from llada_edit.models.tokenizer_files import Json
from llada_edit.models.weights import find_weights


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
        family = usable_family(read_config(folder), name)
        find_weights(folder)
    except LladaEditError as error:
        reason = str(error.args[0]).removeprefix(f"{name} ").removeprefix(f"{folder} ").partition("; supported")[0]
        return Found(name, folder, size, None, reason)
    except (OSError, ValueError) as error:
        return Found(name, folder, size, None, f"cannot be read ({type(error).__name__})")
    return Found(name, folder, size, family, None)


def describe(reference: str | Path) -> Description:
    """A model by name or folder, from its files; only a plug-in of others is loaded for it.

    Adapters are the model that they stand on, but for folder, size and page.

    Raises:
        UnknownModel: nothing of this name is on the disk.
        ModelError: it is there, and cannot be used.
    """
    name = str(reference)
    if name != "bundled" and list(entry_points(group=GROUP, name=name)):
        return Description(load(name).card, None, None, None, None)
    folder = folder_of(reference)
    below = find_folder(base_of(folder)) if (folder / CONFIG).is_file() else folder
    card, weights = read_card(below, name), find_weights(below)
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


def usable_family(config: Json, name: str) -> str:
    """The family of a config; raises a `ModelError` where it is none that can be loaded."""
    try:
        family = recognise(config, name).name
        if family != "bundled":
            native_of(family, config, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenModel(f"config.json of {name} cannot be understood ({type(error).__name__}: {error})") from error
    return family


def _size(folder: Path) -> int:
    """Bytes of all files, each counted once however many links lead to it; what cannot be read counts nothing."""
    found: dict[tuple[int, int], int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                status = os.stat(os.path.join(root, name))
                found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())
