"""A recipe file: what a training run is to do, checked before anything is loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from glob import glob
from pathlib import Path
from typing import Annotated, Any, Self

from llada_edit.errors import OptionError
from llada_edit.models.bundled import bundled_folder
from llada_edit.models.load import find_folder
from llada_edit.models.shapes import SHAPES, shape_of
from llada_edit.models.transformer import Sizes
from llada_edit.training.holes import Mix
from llada_edit.training.memory import MemoryRecipe
from llada_edit.training.recipe import Recipe
from llada_edit.training.settings import POSITIVE, Amount, Count, Within, read_table
from llada_edit.training.texts import named, sort_out
from llada_edit.training.tokenizer import SPECIALS

LEAST_VOCABULARY = len(SPECIALS) + 256
WANTED = "give JSONL, Markdown, LaTeX or text files, or folders, relative to"


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
        valid: the same, never trained on; empty holds out a tenth of `train` (`llada_edit.training.held_out`).
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
        minutes: after which the training saves its checkpoint and stops, to be taken up later; 0 for no limit.
        fit: minutes that the whole run may take: a trial of some seconds sets `steps`; 0 keeps them.
        licence: for the card of the model.
        goes_on: this recipe is the second part of another one in the same folder: it needs its checkpoint, keeps its
            network, and may have another `mix` and other rates and ramps.
        unread: what lies in the folders of `train` and `valid` and is not read; no setting.
    """

    folder: Path
    train: tuple[Path, ...]
    recipe: Recipe
    network: Sizes
    valid: tuple[Path, ...] = ()
    mix: Annotated[Mix, Within(0, 1)] = field(default_factory=Mix)
    memory: Annotated[MemoryRecipe, POSITIVE] | None = None
    pairs: tuple[Path, ...] = ()
    leave_out: tuple[str, ...] = ()
    start: Path | None = None
    lora: Annotated[Lora, POSITIVE] | None = None
    distill: Annotated[int, Within(0)] = 0
    tokenizer_characters: Count = 40_000_000
    device: str = "auto"
    threads: Annotated[int, Within(0)] = 0
    workers: Annotated[int, Within(0)] = 0
    compile: bool = False
    minutes: Amount = 0
    fit: Amount = 0
    licence: str = "Apache-2.0"
    goes_on: bool = False
    unread: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: Path, **changes: Any) -> Self:
        """Read a TOML recipe; paths in it are relative to it. `changes` replace its entries or those of ``[recipe]``.

        Raises:
            OptionError: no such file, no such setting, or a value of the wrong kind or range.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise OptionError(
                f"{path} cannot be read ({error.strerror}); give a recipe, such as recipes/style.toml"
            ) from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise OptionError(f"{path} cannot be read as a recipe: {error}") from error
        own = {name: changes.pop(name) for name in [entry.name for entry in fields(Recipe)] if name in changes}
        data["recipe"] = read_table(Recipe, _merged(data.get("recipe", {}), own), f"{path}: recipe")
        data |= changes
        _name_network(data, path)
        data.setdefault("folder", path.stem)
        plan = read_table(cls, {"train": (), **data}, str(path))
        folder = path.parent / plan.folder
        found = {
            name: _files(path, name, getattr(plan, name), folder / "model") for name in ("train", "valid", "pairs")
        }
        return replace(
            plan,
            folder=folder,
            train=found["train"][0],
            valid=found["valid"][0],
            pairs=found["pairs"][0],
            start=_start(path.parent, plan),
            unread=tuple(dict.fromkeys((*found["train"][1], *found["valid"][1]))),
        )


def _name_network(data: dict[str, Any], path: Path) -> None:
    """Put the table of the network's shape under the name that `Plan` has for it.

    Without a table of positions, a network reaches as far as the longest row that it learns from.
    """
    if "network" in data:
        raise OptionError(f"{path}: 'network' is no setting here; name the table by the shape: {', '.join(SHAPES)}")
    if not SHAPES.keys() & data:
        data["encoder" if "start" in data else "llama"] = {}
    try:
        shape = shape_of(data)
    except KeyError as error:
        raise OptionError(f"{path}: {error.args[0]}; keep [llama] to begin with nothing") from error
    usual = {"vocab_size": 16384} | ({"max_positions": max(data["recipe"].lengths)} if shape == "llama" else {})
    sizes = _merged(usual, data.pop(shape))
    network = read_table(SHAPES[shape][0], sizes, f"{path}: {shape}", POSITIVE)
    if network.vocab_size < LEAST_VOCABULARY:
        least = f"give at least {LEAST_VOCABULARY}: control tokens and all bytes"
        raise OptionError(f"{path}: {shape}: vocab_size is {network.vocab_size}; {least}")
    data["network"] = network


def _merged(table: Any, more: Any) -> Any:
    """Two tables as one; what is no table is left for `read_table` to refuse."""
    for one in (table, more):
        if not isinstance(one, dict):
            return one
    return {**table, **more}


def _files(path: Path, name: str, patterns: Sequence[Path], result: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """The files with text that the patterns name, with what is in folders, and what in those is not read."""
    texts, others = dict[Path, None](), dict[Path, None]()
    for pattern in patterns:
        place = path.parent / pattern
        places = [place] if place.exists() else map(path.parent.joinpath, _matches(path.parent, pattern))
        found = [sort_out(one) for one in places]
        # A run in the folder of its text must not learn the card of its own model.
        texts |= {file: None for files, _ in found for file in files if result not in file.parents}
        others |= {file: None for _, files in found for file in files if result not in file.parents}
        if not any(files for files, _ in found):
            only = f" (only {named([file.name for file in others])})" if others else ""
            raise OptionError(f"{path}: {name!r} names no text by {str(pattern)!r}{only}; {WANTED} {path.parent}")
    if name == "train" and not texts:
        raise OptionError(f"{path}: {name!r} names no text; {WANTED} {path.parent}")
    return tuple(texts), tuple(others)


def _matches(folder: Path, pattern: Path) -> list[str]:
    return sorted(glob(str(pattern), root_dir=folder, recursive=True))


def _start(place: Path, plan: Plan) -> Path | None:
    if plan.start is None:
        return None
    if str(plan.start) == "bundled":
        return bundled_folder()
    return find_folder(plan.start) if plan.lora and not (place / plan.start).exists() else place / plan.start
