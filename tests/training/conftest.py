"""A corpus of a few hundred sentences, written and encoded once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from llada_edit.training.corpus import Corpus
from llada_edit.training.texts import read_texts
from llada_edit.training.tokenizer import train_tokenizer

RecipeFile = Callable[..., Path]

SUBJECTS = ["The committee", "A young teacher", "My neighbour", "The old captain", "Nobody in the village"]
VERBS = ["accepted", "described", "remembered", "painted", "questioned"]
OBJECTS = ["the proposal", "a quiet harbour", "every word of the letter", "the long winter", "our plan for the bridge"]


@pytest.fixture(scope="session")
def corpus_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("corpus")
    rng = random.Random(1)
    files = {}
    for name, documents in (("train", 120), ("valid", 20)):
        files[name] = folder / f"{name}.jsonl"
        with files[name].open("w", encoding="utf-8") as out:
            for _ in range(documents):
                sentences = [f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)}." for _ in range(12)]
                out.write(json.dumps({"text": " ".join(sentences[:6]) + "\n\n" + " ".join(sentences[6:])}) + "\n")
    return files


@pytest.fixture(scope="session")
def tokenizer(corpus_files: dict[str, Path]) -> Tokenizer:
    return train_tokenizer(read_texts([corpus_files["train"]]), 400)


@pytest.fixture(scope="session")
def corpus(corpus_files: dict[str, Path], tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("encoded")
    Corpus.build(read_texts([corpus_files["train"]]), tokenizer, folder)
    return Corpus.load(folder, tokenizer)


@pytest.fixture
def recipe_file(corpus_files: dict[str, Path], tmp_path: Path) -> RecipeFile:
    """Writes a tiny recipe beside its corpus."""

    def write(more: str = "", steps: int = 2, **lines: str) -> Path:
        path = tmp_path / "tiny.toml"
        head = {"train": '["train.jsonl"]', "valid": '["valid.jsonl"]', "folder": '"out"', **lines}
        path.write_text(
            "".join(f"{name} = {value}\n" for name, value in head.items() if value)
            + f"[recipe]\nsteps = {steps}\ntokens_per_step = 128\nlengths = [64]\nsave_every = 1\n"
            + "validate_batches = 1\n"
            + "[encoder]\nvocab_size = 400\nwidth = 32\nlayers = 1\nheads = 2\nfeed_forward = 64\n"
            + more
        )
        for source in corpus_files.values():
            (tmp_path / source.name).write_bytes(source.read_bytes())
        return path

    return write
