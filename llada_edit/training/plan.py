"""A training run from a recipe file: tokenizer, corpus, start, training, and the model folder that `load` reads."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

import torch
from tokenizers import Tokenizer

from llada_edit.errors import OptionError
from llada_edit.models.bundled import load_encoder, save_bundled
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import choose_device
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.families import BUNDLED_TYPE, read_config
from llada_edit.training.corpus import Corpus, read_texts
from llada_edit.training.holes import Mix, Sampler
from llada_edit.training.memory import MemoryRecipe, make
from llada_edit.training.start import start_from_bert
from llada_edit.training.tokenizer import train_tokenizer
from llada_edit.training.trainer import Recipe, Trainer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe file, read and checked.

    Attributes:
        folder: where everything of the run is kept; a run goes on from what lies there.
        train: JSONL files (plain or .zst) with a ``text`` field.
        valid: the same, never trained on.
        recipe: steps, rates, batch.
        encoder: sizes of the network; the vocabulary is the tokenizer's.
        mix: kinds of rows and holes.
        memory: an n-gram memory to count beside the network; None for none.
        start: folder to start from: a model of our own, whose tokenizer and sizes are then taken over, or BERT weights;
            None starts at random.
        tokenizer_characters: how much text the tokenizer is made from.
        device: "auto", "cpu" or "cuda".
        threads: of torch on the CPU; 0 leaves them as they are.
        licence: for the card of the model.
    """

    folder: Path
    train: tuple[Path, ...]
    valid: tuple[Path, ...]
    recipe: Recipe
    encoder: EncoderConfig
    mix: Mix = field(default_factory=Mix)
    memory: MemoryRecipe | None = None
    start: Path | None = None
    tokenizer_characters: int = 40_000_000
    device: str = "auto"
    threads: int = 0
    licence: str = "Apache-2.0"

    @classmethod
    def read(cls, path: Path, **changes: Any) -> Self:
        """Read a TOML recipe; paths in it are relative to it. `changes` replace entries of its ``[recipe]`` table.

        Raises:
            OptionError: no such file, no such setting, or a value of the wrong kind.
        """
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise OptionError(f"{path} cannot be read as a recipe: {error}") from error
        place = path.parent
        tables = {
            "recipe": _table(Recipe, {**data.pop("recipe", {}), **changes}, path),
            "encoder": _table(EncoderConfig, {"vocab_size": 16384, **data.pop("encoder", {})}, path),
            "mix": _table(Mix, data.pop("mix", {}), path),
            "memory": _table(MemoryRecipe, data.pop("memory"), path) if "memory" in data else None,
        }
        for name in ("train", "valid"):
            data[name] = tuple(found for pattern in data.get(name, ()) for found in sorted(place.glob(pattern)))
            if not data[name]:
                raise OptionError(f"{path}: {name!r} names no file; give JSONL files relative to {place}")
        data["folder"] = place / data.get("folder", path.stem)
        data["start"] = place / data["start"] if data.get("start") else None
        return _table(cls, {**data, **tables}, path)


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


def run(plan: Plan) -> Path:
    """Train as planned, going on from a checkpoint if there is one; returns the folder of the finished model."""
    if plan.threads:
        torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.recipe.seed)
    plan.folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(plan)
    train, valid = (_corpus(plan, name, tokenizer) for name in ("train", "valid"))
    network = _network(plan, tokenizer, train).to(choose_device(plan.device))
    samplers = Sampler(train, plan.recipe.seed, plan.mix), Sampler(valid, plan.recipe.seed + 1, plan.mix)
    trainer = Trainer(network, plan.recipe, *samplers, plan.folder)
    trainer.resume()
    trainer.run()
    network.load_state_dict(trainer.average)
    model = plan.folder / "model"
    save_bundled(network, plan.folder / "tokenizer.json", {"licence": plan.licence}, model)
    if plan.memory is not None:
        # Fitted beside the weights as they are stored.
        card, stored = load_encoder(model, model.name, torch.device("cpu"))
        tables = make(train, NetworkDenoiser(card, stored), plan.memory)
        save_bundled(network, plan.folder / "tokenizer.json", {"licence": plan.licence}, model, tables)
    return model


def _goes_on(plan: Plan) -> bool:
    """Whether the start is a model of our own, not BERT weights."""
    return plan.start is not None and read_config(plan.start).get("model_type") == BUNDLED_TYPE


def _network(plan: Plan, tokenizer: Tokenizer, corpus: Corpus) -> Encoder:
    if plan.start is None:
        return Encoder(plan.encoder)
    if _goes_on(plan):
        return load_encoder(plan.start, plan.start.name, torch.device("cpu"))[1].train()
    network = Encoder(plan.encoder)
    start_from_bert(network, plan.start, tokenizer, corpus)
    return network


def _tokenizer(plan: Plan) -> Tokenizer:
    path = plan.folder / "tokenizer.json"
    if not path.exists() and plan.start is not None and _goes_on(plan):
        shutil.copyfile(plan.start / "tokenizer.json", path)
    if not path.exists():
        with closing(read_texts(plan.train)) as texts:
            some = _first(texts, plan.tokenizer_characters)
            train_tokenizer(some, plan.encoder.vocab_size).save(str(path))
    tokenizer = Tokenizer.from_file(str(path))
    if tokenizer.get_vocab_size() > plan.encoder.vocab_size:
        raise OptionError(
            f"{path} has {tokenizer.get_vocab_size()} tokens, more than vocab_size {plan.encoder.vocab_size}"
        )
    return tokenizer


def _corpus(plan: Plan, name: str, tokenizer: Tokenizer) -> Corpus:
    folder = plan.folder / name
    if not (folder / "starts.npy").exists():
        Corpus.build(getattr(plan, name), tokenizer, folder)
    return Corpus.load(folder, tokenizer)


def _first(texts: Iterable[str], characters: int) -> Iterator[str]:
    for text in texts:
        if characters <= 0:
            return
        characters -= len(text)
        yield text
