"""A recipe file: what a training run is to do, checked before anything is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

from llada_edit.errors import OptionError
from llada_edit.models.bundled import bundled_folder
from llada_edit.models.load import find_folder
from llada_edit.models.shapes import SHAPES, shape_of
from llada_edit.models.transformer import Sizes
from llada_edit.training.holes import Mix
from llada_edit.training.memory import MemoryRecipe
from llada_edit.training.recipe import Recipe
from llada_edit.training.texts import text_files

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank adapters (arXiv 2106.09685) on a model that stays as it is; needs the extra "lora".

    Attributes:
        rank: of each adapter.
        alpha: its scale is alpha / rank.
        targets: names of the linear layers that get one.
    """

    rank: int = 16
    alpha: int = 32
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe file, read and checked.

    Attributes:
        folder: where everything of the run is kept; a run goes on from what lies there.
        train: files with text: JSONL (plain or .zst) with a ``text`` field, Markdown, LaTeX, plain text.
        valid: the same, never trained on; empty holds out every tenth part of `train`.
        recipe: steps, rates, batch.
        network: sizes of the network, from the table ``[llama]``, or ``[encoder]`` for the shape of BERT. Without any,
            that is the shape of a run with a `start`, and the other one that of a run without.
        mix: kinds of rows and holes.
        memory: an n-gram memory to count beside the network; None for none.
        pairs: JSONL files of rewriting pairs; the model then learns to rewrite too.
        leave_out: beginnings of ``source`` fields that are never trained on.
        start: folder to start from: a model of our own, whose tokenizer and sizes are then taken over, or BERT weights;
            None starts at random. With `lora`, any model that can be loaded.
        lora: adapters instead of training all weights.
        distill: steps of the model that one starts from which are to be learned as one; 0 for usual training.
        tokenizer_characters: how much text the tokenizer is made from.
        device: "auto", "cpu" or "cuda".
        threads: of torch on the CPU; 0 leaves them as they are.
        workers: processes that make batches beside the training; 0 makes them in between.
        compile: whether torch.compile takes the blocks.
        minutes: after which the run saves its checkpoint and stops, to be taken up later; 0 for no limit.
        fit: minutes that the whole run may take: a trial of some seconds sets `steps`; 0 keeps them.
        licence: for the card of the model.
    """

    folder: Path
    train: tuple[Path, ...]
    recipe: Recipe
    network: Sizes
    valid: tuple[Path, ...] = ()
    mix: Mix = field(default_factory=Mix)
    memory: MemoryRecipe | None = None
    pairs: tuple[Path, ...] = ()
    leave_out: tuple[str, ...] = ()
    start: Path | None = None
    lora: Lora | None = None
    distill: int = 0
    tokenizer_characters: int = 40_000_000
    device: str = "auto"
    threads: int = 0
    workers: int = 0
    compile: bool = False
    minutes: float = 0
    fit: float = 0
    licence: str = "Apache-2.0"

    @classmethod
    def read(cls, path: Path, **changes: Any) -> Self:
        """Read a TOML recipe; paths in it are relative to it. `changes` replace its entries or those of ``[recipe]``.

        Raises:
            OptionError: no such file, no such setting, or a value of the wrong kind.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise OptionError(f"{path} cannot be read as a recipe: {error}") from error
        own = {entry.name for entry in fields(Recipe)}
        data["recipe"] = {**data.get("recipe", {}), **{k: v for k, v in changes.items() if k in own}}
        data.update((name, value) for name, value in changes.items() if name not in own)
        kinds = {"recipe": Recipe, "mix": Mix, "memory": MemoryRecipe, "lora": Lora}
        for name, kind in kinds.items():
            if name in data:
                data[name] = _table(kind, data[name], path)
        _name_network(data, path)
        for name in ("train", "valid", "pairs"):
            data[name] = _files(path, name, data.get(name, ()), needed=name == "train")
        data["folder"] = path.parent / data.get("folder", path.stem)
        data["start"] = _start(path.parent, data.get("start"), adapted="lora" in data)
        return _table(cls, data, path)


def _name_network(data: dict[str, Any], path: Path) -> None:
    """Put the table of the network's shape under the name that `Plan` has for it.

    Without a table of positions, a network reaches as far as the longest row that it learns from.
    """
    if not SHAPES.keys() & data:
        data["encoder" if "start" in data else "llama"] = {}
    try:
        shape = shape_of(data)
    except KeyError as error:
        raise OptionError(f"{path}: {error.args[0]}; keep [llama] to begin with nothing") from error
    reach = {"max_positions": max(data["recipe"].lengths)} if shape == "llama" else {}
    data["network"] = _table(SHAPES[shape][0], {"vocab_size": 16384, **reach, **data.pop(shape)}, path)


def _files(path: Path, name: str, patterns: list[str], needed: bool) -> tuple[Path, ...]:
    """All files that match the patterns, folders with what is in them."""
    places = [place for pattern in patterns for place in sorted(path.parent.glob(pattern))]
    found = tuple(file for place in places for file in text_files(place))
    if not found and (needed or patterns):
        raise OptionError(
            f"{path}: {name!r} names no file with text; give JSONL, text files or folders, relative to {path.parent}"
        )
    return found


def _start(place: Path, start: str | None, adapted: bool) -> Path | None:
    if start is None:
        return None
    if start == "bundled":
        return bundled_folder()
    return find_folder(start) if adapted and not (place / start).exists() else place / start


def _table(kind: type[T], values: dict[str, Any], path: Path) -> T:
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]  # only dataclasses come here
    for name in values:
        if name not in known:
            raise OptionError(
                f"{path}: {name!r} is no setting of {kind.__name__}; there are {', '.join(sorted(known))}"
            )
    try:
        return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
    except TypeError as error:
        raise OptionError(f"{path}: {error}") from error
