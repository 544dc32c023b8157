"""What each part of the bundled model is worth: network, counts of training text, the text around the holes.

Weights are fitted anew for each set of parts, on masked places of the first file; the places of the other files are
predicted with them. The first file must hold text that was neither trained on nor counted. A kind of place that is too
rare in it to fit weights (see `fitted`) is left to the network alone in every set. Intervals are over rows, since
places of one row stand in the same text.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from intervals import Mean
from tokenizers import Tokenizer

from llada_edit.models.bundled import bundled_folder, load_memory, load_network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.memory import BUCKETS, FEATURES, NGramMemory
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.corpus import Corpus
from llada_edit.training.memory import Example, examples, fitted
from llada_edit.training.texts import read_texts

LENGTHS = (48, 128, 384)
PLAIN, COUNTED, ALL, AROUND = (
    "network", "and counts of training text", "and the text around", "network and the text around",
)  # fmt: skip
PARTS = {
    PLAIN: FEATURES[:1],
    COUNTED: FEATURES[:5],
    ALL: FEATURES,
    AROUND: ("network", "unigram", "near", "joined"),
}
GAINS = {
    "counts of training text": (PLAIN, COUNTED),
    "the text around, beside the counts": (COUNTED, ALL),
    "the text around, without the counts": (PLAIN, AROUND),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Of the places of a file, over its rows.

    Attributes:
        nats: a token.
        first: share of places where the truth comes first.
        five: and among the first five.
        places: how many.
    """

    nats: Mean
    first: Mean
    five: Mean
    places: int


def measured(found: list[Example], weights: torch.Tensor) -> Found:
    """What weights make of some places."""
    _, rows = np.unique([one.row for one in found], return_inverse=True)
    sums = np.zeros((3, rows.max() + 1))
    for row, one in zip(rows, found, strict=True):
        logs = (weights[one.bucket] @ one.features).log_softmax(0)
        rank = int((logs > logs[one.target]).sum())
        sums[:, row] += -float(logs[one.target]), rank < 1, rank < 5
    counts = np.bincount(rows).tolist()
    return Found(*(Mean.of(each.tolist(), counts) for each in sums), places=len(found))


def network_alone() -> torch.Tensor:
    """(BUCKETS, FEATURES) weights as they are before any fit."""
    weights = torch.zeros(BUCKETS, len(FEATURES))
    weights[:, FEATURES.index("network")] = 1
    return weights


def share(found: Mean) -> str:
    """Of places, with its interval."""
    return f"{found.value:.1%} ± {found.error:.1%}"


def kept(found: Found) -> dict[str, Any]:
    """As it is written."""
    means = {"nats": found.nats, "first": found.first, "five": found.five}
    figures = {name: [mean.value, mean.error] for name, mean in means.items()}
    return {**figures, "places": found.places, "rows": len(found.nats.pulls)}


Results = dict[str, dict[str, Found]]
"""By part, and by file and length."""
Sets = Mapping[str, Sequence[str]]
"""Features of each set of parts, by its name."""


def read(files: Sequence[Path], tokenizer: Tokenizer) -> dict[str, Corpus]:
    """The texts of some files by their names, encoded."""
    found = {}
    for path in files:
        folder = science.RUNS / f"parts-{path.stem}"
        Corpus.build(read_texts([path]), tokenizer, folder)
        found[path.stem] = Corpus.load(folder, tokenizer)
    return found


def tried(
    network: NetworkDenoiser, memory: NGramMemory, corpora: dict[str, Corpus], sets: Sets, places: int
) -> Results:
    """What a network makes of all texts but the first, with each set of parts; weights are fitted on the first."""
    found: Results = {part: {} for part in sets}
    for length in LENGTHS:
        fit, *asked = (examples(memory, network, corpus, places, length) for corpus in corpora.values())
        for part, used in sets.items():
            weights = fitted(fit, network_alone(), used)
            for name, own in zip(list(corpora)[1:], asked, strict=True):
                found[part][f"{name}, {length}"] = one = measured(own, weights)
                print(part, name, length, kept(one), file=sys.stderr, flush=True)
    return found


def tables(names: list[str], found: Results) -> list[str]:
    """Nats, what each part gains, and shares of places at the longest rows."""
    heads = [f"{name}, {length}" for name in names for length in LENGTHS]
    rows = [[part, *(f"{own[head].nats.value:.2f}" for head in heads)] for part, own in found.items()]
    lines = [*science.table(["nats/token, tokens of a row", *heads], rows), ""]
    rows = []
    for name, (less, more) in GAINS.items():
        gains = [found[less][head].nats.minus(found[more][head].nats) for head in heads]
        rows.append([name, *(f"{gain.value:.2f} ± {gain.error:.2f}" for gain in gains)])
    lines += [*science.table(["nats/token gained (95 %, over rows)", *heads], rows), ""]
    ends = [f"{name}, {LENGTHS[-1]}" for name in names]
    rows = [
        [part, *(share(each) for end in ends for each in (own[end].first, own[end].five))]
        for part, own in found.items()
    ]
    heads = [f"{name}: {what}" for name in names for what in ("right", "among five")]
    return lines + science.table([f"of places, {LENGTHS[-1]} tokens (95 %, over rows)", *heads], rows)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("fit", type=Path)
    arguments.add_argument("texts", type=Path, nargs="+")
    arguments.add_argument("--places", type=int, default=1500, help="of each file and length")
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    card, network = load_network(bundled_folder(), "bundled", torch.device("cpu"))
    memory, tokenizer = load_memory(bundled_folder()), read_tokenizer(bundled_folder())
    assert memory is not None, "the bundled model has one"
    found = tried(
        NetworkDenoiser(card, network), memory, read((chosen.fit, *chosen.texts), tokenizer), PARTS, chosen.places
    )
    curves: science.Curves = {
        f"{path.stem}: {part}": (LENGTHS, [own[f"{path.stem}, {length}"].nats.value for length in LENGTHS])
        for part, own in found.items()
        for path in chosen.texts
    }
    lines = tables([path.stem for path in chosen.texts], found)
    lines.append(science.plot("parts", curves, "tokens of a row", "nats per token", log=True))
    results = {part: {head: kept(one) for head, one in own.items()} for part, own in found.items()}
    settings = {"fit": chosen.fit.name, "texts": " ".join(path.name for path in chosen.texts), "places": chosen.places}
    science.write("parts", "What the parts of the bundled model are worth", settings, results, lines)


if __name__ == "__main__":
    main()
