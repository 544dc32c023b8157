"""A corpus of a few hundred sentences, written and encoded once."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from llada_edit.training.corpus import Corpus, read_texts
from llada_edit.training.tokenizer import train_tokenizer

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
def corpus(corpus_files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("encoded")
    tokenizer = train_tokenizer(read_texts([corpus_files["train"]]), 400)
    Corpus.build([corpus_files["train"]], tokenizer, folder)
    return Corpus.load(folder, tokenizer)
