"""What each part of the bundled model is worth: network, counts of training text, the text around the holes.

Weights are fitted anew for each set of parts, on masked places of the first file; the places of the other files are
predicted with them. The first file must hold text that was neither trained on nor counted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import science
import torch

from llada_edit.models.bundled import bundled_folder, load_memory, load_network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.memory import FEATURES
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.corpus import Corpus
from llada_edit.training.memory import Example, examples, fitted
from llada_edit.training.texts import read_texts

LENGTHS = (48, 128, 384)
PARTS = {
    "network": FEATURES[:1],
    "and counts of training text": FEATURES[:5],
    "and the text around": FEATURES,
    "network and the text around": ("network", "unigram", "near", "joined"),
}


def measured(found: list[Example], weights: torch.Tensor) -> dict[str, float]:
    """Nats per token, shares of places where the truth comes first and among the first five."""
    nats, ranks = 0.0, []
    for one in found:
        logs = (weights[one.bucket] @ one.features).log_softmax(0)
        nats -= float(logs[one.target])
        ranks.append(int((logs > logs[one.target]).sum()))
    shares = {most: sum(rank < most for rank in ranks) for most in (1, 5)}
    return {"nats": nats / len(found), "first": shares[1], "five": shares[5], "places": len(found)}


def share(found: dict[str, float], key: str) -> str:
    """Of places, with its interval."""
    return science.share(int(found[key]), int(found["places"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fit", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--places", type=int, default=1500, help="of each file and length")
    chosen = parser.parse_args()
    card, network = load_network(bundled_folder(), "bundled", torch.device("cpu"))
    memory, tokenizer = load_memory(bundled_folder()), read_tokenizer(bundled_folder())
    assert memory is not None, "the bundled model has one"
    denoiser = NetworkDenoiser(card, network)
    results: dict[str, dict[str, dict[str, float]]] = {}
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for length in LENGTHS:
        places: dict[Path, list[Example]] = {}
        for path in (chosen.fit, *chosen.texts):
            folder = science.RUNS / "parts"
            Corpus.build(read_texts([path]), tokenizer, folder)
            places[path] = examples(memory, denoiser, Corpus.load(folder, tokenizer), chosen.places, length)
        for part, used in PARTS.items():
            weights = fitted(places[chosen.fit], memory.weights, used)
            for path in chosen.texts:
                found = measured(places[path], weights)
                results.setdefault(part, {})[f"{path.stem}, {length}"] = found
                xs, ys = curves.setdefault(f"{path.stem}: {part}", ([], []))
                xs.append(length)
                ys.append(found["nats"])
                print(part, path.stem, length, found, file=sys.stderr, flush=True)
    heads = [f"{path.stem}, {length}" for path in chosen.texts for length in LENGTHS]
    rows = [[part, *(f"{found[head]['nats']:.2f}" for head in heads)] for part, found in results.items()]
    lines = science.table(["nats/token, tokens of a row", *heads], rows)
    ends = [(path.stem, f"{path.stem}, {LENGTHS[-1]}") for path in chosen.texts]
    heads = [f"{name}: {what}" for name, _ in ends for what in ("right", "among five")]
    rows = [
        [part, *(share(found[end], key) for _, end in ends for key in ("first", "five"))]
        for part, found in results.items()
    ]
    lines += ["", *science.table([f"of places, {LENGTHS[-1]} tokens", *heads], rows)]
    lines.append(science.plot("parts", curves, "tokens of a row", "nats per token", log=True))
    settings = {"fit": chosen.fit.name, "texts": " ".join(path.name for path in chosen.texts), "places": chosen.places}
    science.write("parts", "What the parts of the bundled model are worth", settings, results, lines)


if __name__ == "__main__":
    main()
