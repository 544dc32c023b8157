"""The weight files of a model folder, looked at before anything is loaded: which, whole, and how large.

Only safetensors are read. A pickle can run any code when it is opened, so those files are never touched.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llada_edit.errors import BrokenModel
from llada_edit.models.tokenizer_files import Json, read_json

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.msgpack", "*.h5")


@dataclass(frozen=True, slots=True)
class Weights:
    """Checked files and what is in them.

    Attributes:
        files: all of them safetensors.
        parameters: numbers in all tensors.
    """

    files: tuple[Path, ...]
    parameters: int


def find_weights(folder: Path) -> Weights:
    """The safetensors of a folder, one file or an index with its shards; raises `BrokenModel` with what is wrong."""
    single, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if single.is_file():
        files = [single]
    elif index.is_file():
        listed: Mapping[str, str] = read_json(index).get("weight_map", {})
        files = [folder / name for name in sorted(set(listed.values()))]
    else:
        pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        if pickles:
            raise BrokenModel(
                f"{folder} has its weights as pickle only ({pickles[0]}), which can run code and is refused; "
                "convert them to model.safetensors"
            )
        raise BrokenModel(f"{folder} has no weights: expected model.safetensors, alone or as an index with its shards")
    outside = [path.name for path in files if path.parent != folder]
    if outside:
        raise BrokenModel(f"{index} points to files outside its folder: {outside[0]}")
    return Weights(tuple(files), sum(_parameters(path) for path in files))


def _parameters(path: Path) -> int:
    """Numbers in one file, from its header; the file must be as long as the header says."""
    if not path.is_file():
        raise BrokenModel(f"{path} is missing, though the index names it; fetch the model again")
    header = _header(path)
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    return sum(math.prod(entry["shape"]) for entry in tensors)


def _header(path: Path) -> Json:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            raise BrokenModel(f"{path} is cut short at {size} bytes; fetch the model again")
        try:
            header: Json = json.loads(file.read(length))
            end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenModel(f"{path} is not a safetensors file; fetch the model again") from error
    expected = 8 + length + end
    if size != expected:
        raise BrokenModel(f"{path} has {size} bytes where its header says {expected}; fetch the model again")
    return header
