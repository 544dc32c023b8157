"""Which shapes networks of our own have, and how files say so.

``config.json`` of a model folder, a checkpoint and a recipe all have exactly one table named after a shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.models.transformer import Sizes, Transformer

SHAPES: Mapping[str, tuple[type[Sizes], Callable[[Any], Transformer]]] = {
    "encoder": (EncoderConfig, Encoder),
    "llama": (LlamaConfig, Llama),
}


def shape_of(tables: Mapping[str, Any]) -> str:
    """The shape that tables speak of; raises `KeyError` unless there is exactly one."""
    named = [name for name in SHAPES if name in tables]
    if len(named) != 1:
        raise KeyError(f"{' and '.join(named) or 'no table'}: there must be one of {', '.join(SHAPES)}")
    return named[0]


def written(config: Sizes) -> dict[str, dict[str, Any]]:
    """Sizes as a table under the name of their shape."""
    return {name: asdict(config) for name, (kind, _) in SHAPES.items() if type(config) is kind}


def read(tables: Mapping[str, Any]) -> Sizes:
    """What `written` wrote; raises `KeyError`, and `TypeError` for what is no size."""
    name = shape_of(tables)
    return SHAPES[name][0](**tables[name])


def make(config: Sizes) -> Transformer:
    """A network of these sizes, with torch's random weights."""
    return next(network for kind, network in SHAPES.values() if type(config) is kind)(config)
