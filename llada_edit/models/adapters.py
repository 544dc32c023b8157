"""A model with low-rank adapters, as `llada_edit.training.lora` writes them: merged into the weights while loading."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from llada_edit.errors import BrokenModel, OptionError
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.model import Model
from llada_edit.models.tokenizer_files import read_json

CONFIG = "adapter_config.json"


@contextmanager
def without_notices() -> Iterator[None]:
    """Peft asks transformers for an attribute under its old name, which a user can do nothing about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def base_of(folder: Path) -> str:
    """The model that the adapters of a folder stand on; adapters as pickle are refused."""
    if not (folder / "adapter_model.safetensors").is_file():
        raise BrokenModel(f"{folder} has adapters without adapter_model.safetensors; no other format is read")
    return str(read_json(folder / CONFIG).get("base_model_name_or_path"))


def with_adapters(base: Model, folder: Path, name: str) -> Model:
    """The base model, changed for good by the adapters of a folder."""
    if find_spec("peft") is None:
        raise OptionError(f'{folder} holds adapters, which need one more package: pip install "llada-edit[lora]"')
    from peft import PeftModel

    from llada_edit.models.hf import TransformersNetwork

    network = base.denoiser.network if isinstance(base.denoiser, NetworkDenoiser) else None
    if not isinstance(network, TransformersNetwork):
        raise BrokenModel(f"the adapters in {folder} stand on {base.card.name}, which takes none")
    try:
        with without_notices():
            PeftModel.from_pretrained(network.model, str(folder), local_files_only=True).merge_and_unload()
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        raise BrokenModel(f"the adapters in {folder} do not fit {base.card.name}: {error}") from error
    card = replace(base.card, name=name)
    return Model(card, NetworkDenoiser(card, network), base.vocabulary, base.device)
