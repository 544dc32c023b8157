"""Models of our own, and the one inside the package: read with torch, safetensors and tokenizers alone.

A folder holds ``config.json`` (sizes, card, hashes), ``model.safetensors``, ``tokenizer.json`` and, if the model has an
n-gram memory, ``memory.safetensors``. Matrices may be stored as one signed byte a number with one scale a row; they are
float32 again once loaded.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from llada_edit.errors import BrokenModel, OptionError, UnknownModel, UnsupportedModel
from llada_edit.models.base import Calibration, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import DeviceMap, choose_device, choose_dtype, enough_memory, fast_bfloat16
from llada_edit.models.families import BUNDLED_TYPE, bundled_card, read_config
from llada_edit.models.memory import NGramMemory
from llada_edit.models.model import Model
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.models.shapes import make, read, written
from llada_edit.models.transformer import Sizes, Transformer
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.textfiles import file_sha256

MASK, NULL, PAD, END, SPECIALS = 0, 1, 3, 4, 32
"""Control ids of models of our own; all ids below `SPECIALS` are kept from text."""

OPERATIONS = ("paraphrase", "shorten", "expand", "simplify", "formal", "plain", "proofread", "refine")
"""Rewriting operations; each has a reserved id as its prompt, from `FIRST_OPERATION` on, whether trained or not."""
FIRST_OPERATION = 5

_MEMORY = "memory.safetensors"
_LEARNED = ("calibration", "long_fills")
"""Fields of a card that stand beside it in ``config.json``, each a table of its own."""
_NEEDED = ("model.safetensors", "tokenizer.json")


def operation_prompt(operation: str, source: Sequence[int]) -> list[int]:
    """What stands before the canvas of a rewriting model of our own: the operation, then the source's token ids."""
    return [FIRST_OPERATION + OPERATIONS.index(operation), *source]


def load(
    *, device: str | torch.device = "auto", dtype: str | torch.dtype = "auto", quantize: str | None = None
) -> Model:
    """Load the model of this package; float32 unless asked otherwise, so that its results are the same everywhere."""
    return load_folder(bundled_folder(), "bundled", device=device, dtype=dtype, quantize=quantize)


def _choose_format(
    name: str, device: torch.device, dtype: str | torch.dtype, quantize: str | None, device_map: DeviceMap | None
) -> torch.dtype:
    """float32, or bfloat16 where it is asked for and fast; `OptionError` for all else."""
    for option, value in {"quantize": quantize, "device_map": device_map}.items():
        if value is not None:
            raise OptionError(f"{name} is small and runs whole on one device; drop {option}={value!r}")
    chosen = torch.float32 if dtype == "auto" else choose_dtype(device, dtype=dtype)
    if chosen not in (torch.float32, torch.bfloat16):
        raise OptionError(f"{name} runs in float32 or bfloat16; drop dtype={dtype!r}")
    if chosen == torch.bfloat16 and device.type == "cpu" and not fast_bfloat16():
        raise OptionError(f"this CPU has no bfloat16 products, so {name} would be slower; drop dtype={dtype!r}")
    return chosen


def bundled_folder() -> Path:
    """The folder of the weights in this package."""
    root = Path(str(files("llada_edit"))) / "weights"
    found = sorted(path.parent for path in root.glob("*/config.json"))
    if not found:
        raise UnknownModel(f"this installation has no bundled weights in {root}; install llada-edit from a wheel")
    return found[0]


def load_folder(
    folder: Path,
    name: str,
    *,
    device: str | torch.device = "auto",
    dtype: str | torch.dtype = "auto",
    quantize: str | None = None,
    device_map: DeviceMap | None = None,
) -> Model:
    """Load a model that `save_bundled` wrote; see `llada_edit.models.load.load` for the choices."""
    chosen = choose_device(device)
    form = _choose_format(name, chosen, dtype, quantize, device_map)
    card, network = load_network(folder, name, chosen)
    vocabulary = Vocabulary.from_folder(folder, {*range(SPECIALS), *card.control_ids}, size=card.vocab_size)
    denoiser, memory = NetworkDenoiser(card, network.to(form)), load_memory(folder)
    return Model(card, denoiser if memory is None else RemembersNGrams(denoiser, memory), vocabulary, chosen)


def load_memory(folder: Path) -> NGramMemory | None:
    """The n-gram memory of a model; None where it has none."""
    config = read_config(folder)
    if _MEMORY not in config.get("sha256", {}):
        return None
    try:
        return NGramMemory({**load_file(folder / _MEMORY), "weights": torch.tensor(config["memory_weights"])})
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BrokenModel(f"{folder / _MEMORY} does not hold the tables of a memory: {error}") from error


def load_network(folder: Path, name: str, device: torch.device) -> tuple[ModelCard, Transformer]:
    """Card and network; files that are not what their hashes say are refused."""
    config = read_config(folder)
    _verify(folder, config.get("sha256", {}))
    try:
        with enough_memory(f"loading {name}", device, "end other programs, or use another device"):
            network = make(read(config))
            network.load_state_dict(_restore(load_file(folder / "model.safetensors")))
            network = network.to(device).eval()
        card = bundled_card(config, name)
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        raise BrokenModel(f"{folder} does not hold the model that its config.json describes: {error}") from error
    return card, network


def save_bundled(
    network: Transformer,
    tokenizer_path: str | Path,
    card_fields: Mapping[str, Any],
    folder: str | Path,
    memory: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a model as `load_folder` reads it, matrices as signed bytes.

    Args:
        network: the trained model.
        tokenizer_path: its ``tokenizer.json``.
        card_fields: fields of `ModelCard` that differ from those of models of our own, such as the licence, or what an
            earlier model knows of itself: `calibration` and `long_fills`.
        folder: created if need be.
        memory: tables of an `NGramMemory` to go with it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(_compress(network.state_dict()), folder / "model.safetensors")
    shutil.copyfile(tokenizer_path, folder / "tokenizer.json")
    if memory is not None:
        save_file({name: table for name, table in memory.items() if name != "weights"}, folder / _MEMORY)
    stored = (*_NEEDED, *([_MEMORY] if memory is not None else []))
    config: dict[str, Any] = {
        "model_type": BUNDLED_TYPE,
        **written(network.config),
        "card": _card_fields(network.config, {k: v for k, v in card_fields.items() if k not in _LEARNED}),
        "sha256": {name: file_sha256(folder / name) for name in stored},
    }
    config |= {name: asdict(card_fields[name]) for name in _LEARNED if card_fields.get(name) is not None}
    if memory is not None:
        # Here and not beside the counts: a retrained network has other weights, and the same large file of counts.
        config["memory_weights"] = [[round(value, 4) for value in row] for row in memory["weights"].tolist()]
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def own_config(folder: Path) -> dict[str, Any]:
    """The ``config.json`` of a model of our own; raises `UnsupportedModel` where the folder holds another one."""
    config = read_config(folder)
    if config.get("model_type") != BUNDLED_TYPE:
        raise UnsupportedModel(f"{folder} is no model of our own; only those keep a calibration")
    return config


def store_calibration(folder: Path, calibration: Calibration) -> None:
    """Put it into the ``config.json`` of a model of our own; raises as `own_config`, and `OptionError`."""
    config = {**own_config(folder), "calibration": asdict(calibration)}
    try:
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OptionError(f"{folder / 'config.json'} cannot be written ({error.strerror}); copy the folder") from error


def _card_fields(config: Sizes, changes: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(changes) - {entry.name for entry in fields(ModelCard)})
    if unknown:
        raise OptionError(f"a model card has no {unknown[0]!r}")
    end = (END,)
    ours = {
        "mask_id": MASK,
        "pad_id": PAD,
        "vocab_size": config.vocab_size,
        "max_length": config.max_positions,
        "stop_ids": end,
        "start_ids": end,
        "end_ids": end,
        "null_id": NULL,
        "attention": "isolated",
    }
    return {key: value for key, value in {**ours, **changes}.items() if key not in ("name", "family")}


def _compress(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Matrices to rows of signed bytes with a scale each, the largest number of a row being ±127; the rest as it is."""
    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        tensor = tensor.detach().float().cpu().contiguous()
        if tensor.ndim != 2:
            stored[name] = tensor
            continue
        scale = tensor.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        stored[f"{name}.int8"] = (tensor / scale).round().clamp(-127, 127).to(torch.int8)
        stored[f"{name}.scale"] = scale
    return stored


def _restore(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    state = {}
    for name, tensor in stored.items():
        if name.endswith(".int8"):
            stem = name.removesuffix(".int8")
            state[stem] = tensor.float() * stored[f"{stem}.scale"].float()
        elif not name.endswith(".scale"):
            state[name] = tensor.float()
    return state


def _verify(folder: Path, hashes: Mapping[str, str]) -> None:
    for name in {*_NEEDED, *hashes}:
        if not (folder / name).is_file():
            raise BrokenModel(f"{folder / name} is missing; install llada-edit again")
        if hashes.get(name) != file_sha256(folder / name):
            raise BrokenModel(f"{folder / name} is not the file that config.json names; install llada-edit again")
