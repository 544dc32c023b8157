"""Models by name, from the disk only: the bundled one, a plug-in's, a folder, or a repository in the local hub cache.

No network, no remote code, no question on standard input; every failure is one line that says what to do.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from llada_edit.errors import LladaEditError, OptionError, PluginError, UnknownModel
from llada_edit.models.adapters import CONFIG, base_of, with_adapters
from llada_edit.models.base import ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import DeviceMap, check_memory, choose_device, choose_dtype
from llada_edit.models.families import read_card, read_config, recognise
from llada_edit.models.model import Model
from llada_edit.models.natives import native_of
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.models.weights import find_weights

if TYPE_CHECKING:
    from llada_edit.models.hf import TransformersNetwork

GROUP = "llada_edit.models"
"""Entry points of this group are of the kind `Loader`."""


class Loader(Protocol):
    """What an entry point of the group gives."""

    def __call__(
        self,
        *,
        device: str | torch.device = "auto",
        dtype: str | torch.dtype = "auto",
        quantize: str | None = None,
    ) -> Model:
        """Load the model."""
        ...


def load(
    reference: str | Path = "bundled",
    *,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
    quantize: str | None = None,
    device_map: DeviceMap | None = None,
) -> Model:
    """Load a model.

    Args:
        reference: ``bundled``, the name of a plug-in's model, a folder, or the id of a repository in the hub cache.
        device: see `choose_device`.
        dtype: see `choose_dtype`.
        quantize: ``int8`` or ``int4`` weights (CUDA, with bitsandbytes); None keeps them.
        device_map: how accelerate spreads a network over several devices: ``auto``, ``balanced``, ``sequential`` or
            places by the names of modules; excludes `device`. None puts it on one device.

    Raises:
        UnknownModel: nothing of this name; the message says what is there.
        OptionError: a choice that this model or this machine does not have.
        NotEnoughMemory: the weights are larger than what is free.
        ModelError: it is there, and cannot be used.
    """
    if not isinstance(reference, str | Path):
        raise UnknownModel(f"{reference!r} is no model; give a name, an id or a folder")
    plugin = _plugin(str(reference))
    if plugin is not None:
        if device_map is not None:
            raise OptionError(f"model {str(reference)!r} runs on one device; give device instead of device_map")
        model = plugin(device=device, dtype=dtype, quantize=quantize)
        if not isinstance(model, Model):
            raise PluginError(f"model plug-in {str(reference)!r} returned {type(model).__name__} instead of a Model")
        return model
    folder, name = find_folder(reference), str(reference)
    if (folder / CONFIG).is_file():
        choices: dict[str, Any] = {"device": device, "dtype": dtype, "quantize": quantize, "device_map": device_map}
        return with_adapters(load(base_of(folder), **choices), folder, name)
    if recognise(read_config(folder), name).name == "bundled":
        from llada_edit.models.bundled import load_folder

        return load_folder(folder, name, device=device, dtype=dtype, quantize=quantize, device_map=device_map)
    choice = _Choice(device, dtype, quantize, device_map)
    card, network = _load_network(folder, name, choice)
    vocabulary = Vocabulary.from_folder(folder, card.control_ids, size=card.vocab_size)
    return Model(card, NetworkDenoiser(card, network), vocabulary, network.device)


def load_denoiser(
    folder: str | Path,
    *,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
    name: str | None = None,
    ids: Mapping[str, int] | None = None,
) -> NetworkDenoiser:
    """Load the network of a folder alone; it needs no tokenizer if its config, `ids` or family name the control ids.

    Args:
        folder: with ``config.json`` and safetensors.
        device: see `choose_device`.
        dtype: see `choose_dtype`.
        name: for the card; None takes the folder's.
        ids: see `read_card`.
    """
    return NetworkDenoiser(*_load_network(Path(folder), name or Path(folder).name, _Choice(device, dtype), ids))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the caller of `load` wants, checked against each other."""

    device: str | torch.device
    dtype: str | torch.dtype
    quantize: str | None = None
    device_map: DeviceMap | None = None

    def __post_init__(self) -> None:
        if self.quantize not in (None, "int8", "int4"):
            raise OptionError(f"quantize {self.quantize!r} is unknown; use int8, int4 or none")
        if self.device_map is not None and self.device != "auto":
            raise OptionError(f"device {str(self.device)!r} and device_map contradict each other; give one of them")

    def on(self) -> torch.device:
        """The device, which must be able to do what is wanted."""
        chosen = choose_device(self.device)
        if self.quantize is not None and chosen.type != "cuda":
            raise OptionError(f"quantize={self.quantize!r} needs a CUDA device, and this is {chosen}; drop it")
        return chosen


def _load_network(
    folder: Path, name: str, choice: _Choice, ids: Mapping[str, int] | None = None
) -> tuple[ModelCard, TransformersNetwork]:
    config, chosen = read_config(folder), choice.on()
    native = native_of(recognise(config, name).name, config, name)
    weights = find_weights(folder)
    card = read_card(folder, name, ids)
    numbers = choose_dtype(chosen, weights.parameters, choice.dtype)
    if choice.device_map is None:  # what several devices have together, accelerate knows
        check_memory(name, weights.parameters, numbers, chosen, choice.quantize)
    from llada_edit.models.hf import load_network  # seconds of import that the bundled model does not need
    from llada_edit.models.placing import Placing

    return card, load_network(folder, native, Placing(chosen, numbers, choice.quantize, choice.device_map))


def _plugin(name: str) -> Loader | None:
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        return None
    if len({point.value for point in found}) > 1:
        raise PluginError(f"model {name!r} is offered by {' and '.join(sorted(point.value for point in found))}")
    try:
        loader: Loader = found[0].load()
    except LladaEditError:
        raise
    except Exception as error:
        raise PluginError(f"model plug-in {name!r} ({found[0].value}) does not load: {error}") from error
    return loader


def folder_of(reference: str | Path) -> Path:
    """The folder of a model's files: that inside the package for ``bundled``, otherwise as `find_folder` finds it.

    Raises:
        UnknownModel: nothing of this name on the disk; a plug-in's model has no folder that is known.
    """
    from llada_edit.models.bundled import bundled_folder

    return bundled_folder() if str(reference) == "bundled" else find_folder(reference)


def find_folder(reference: str | Path) -> Path:
    """The folder of a model: a path as it is, or the newest snapshot of a repository in the local hub cache."""
    folder = Path(reference).expanduser()
    if folder.is_dir():
        return folder
    repository = hub_cache() / f"models--{str(reference).replace('/', '--')}"
    main = repository / "refs" / "main"
    snapshots = sorted((repository / "snapshots").glob("*"), key=lambda path: path.stat().st_mtime)
    if main.is_file() and (repository / "snapshots" / main.read_text().strip()).is_dir():
        return repository / "snapshots" / main.read_text().strip()
    if snapshots:
        return snapshots[-1]
    near = get_close_matches(str(reference), names(), n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownModel(
        f"no model {str(reference)!r} as a plug-in, a folder, or in {hub_cache()}{hint}"
        f"; an id is fetched with: llada-edit models get {reference}"
    )


def names() -> list[str]:
    """All names that `load` knows without a path: plug-ins, then repositories in the hub cache."""
    cached = (path.name.removeprefix("models--").replace("--", "/") for path in hub_cache().glob("models--*"))
    return [*sorted(point.name for point in entry_points(group=GROUP)), *sorted(cached)]


def hub_cache() -> Path:
    """Where transformers and huggingface_hub keep what they fetched."""
    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"]).expanduser()
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "huggingface"
    return Path(os.environ.get("HF_HOME", cache)).expanduser() / "hub"
