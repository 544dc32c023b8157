"""What another training of the network is worth where it is used: beside the same counts, which were made without it.

Both networks get weights of their own, fitted on the first file as in `parts`; the places are the same, so that gains
are over the same rows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import parts
import science
import torch

from llada_edit.models.bundled import bundled_folder, load_memory, load_network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.corpus import Corpus
from llada_edit.training.memory import examples, fitted
from llada_edit.training.texts import read_texts

USED = {"alone": parts.PARTS[parts.PLAIN], "with counts and the text around": parts.PARTS[parts.ALL]}


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("fit", type=Path)
    arguments.add_argument("texts", type=Path, nargs="+")
    arguments.add_argument("--network", type=Path, required=True, help="model folder with the bundled vocabulary")
    arguments.add_argument("--places", type=int, default=1500, help="of each file and length")
    return arguments


def measured(folder: Path, corpora: dict[str, Corpus], places: int) -> parts.Results:
    """What one network makes of all files but the first, which its weights are fitted on."""
    network, memory = (
        NetworkDenoiser(*load_network(folder, folder.name, torch.device("cpu"))),
        load_memory(bundled_folder()),
    )
    assert memory is not None, "the bundled model has one"
    found: parts.Results = {used: {} for used in USED}
    for length in parts.LENGTHS:
        fit, *asked = (examples(memory, network, corpus, places, length) for corpus in corpora.values())
        for used, features in USED.items():
            weights = fitted(fit, parts.network_alone(), features)
            for name, own in zip(list(corpora)[1:], asked, strict=True):
                found[used][f"{name}, {length}"] = one = parts.measured(own, weights)
                print(folder, used, name, length, parts.kept(one), file=sys.stderr, flush=True)
    return found


def tables(ours: parts.Results, other: parts.Results) -> list[str]:
    """Nats of both, and what the other one gains."""
    heads = list(ours["alone"])
    rows, gains = [], []
    for used in USED:
        for name, found in (("bundled", ours[used]), ("other", other[used])):
            rows.append([f"{name}, {used}", *(f"{found[head].nats.value:.2f}" for head in heads)])
        differences = [ours[used][head].nats.minus(other[used][head].nats) for head in heads]
        gains.append([used, *(f"{one.value:+.3f} ± {one.error:.3f}" for one in differences)])
    return [
        *science.table(["nats/token, tokens of a row", *heads], rows), "",
        *science.table(["nats/token gained by the other (95 %, over rows)", *heads], gains),
    ]  # fmt: skip


def main() -> None:
    chosen = parser().parse_args()
    tokenizer, corpora = read_tokenizer(bundled_folder()), dict[str, Corpus]()
    for path in (chosen.fit, *chosen.texts):
        folder = science.RUNS / f"networks-{path.stem}"
        Corpus.build(read_texts([path]), tokenizer, folder)
        corpora[path.stem] = Corpus.load(folder, tokenizer)
    ours, other = (measured(folder, corpora, chosen.places) for folder in (bundled_folder(), chosen.network))
    results = {
        name: {used: {head: parts.kept(one) for head, one in own.items()} for used, own in found.items()}
        for name, found in (("bundled", ours), ("other", other))
    }
    settings = {
        "fit": chosen.fit.name, "texts": " ".join(path.name for path in chosen.texts), "network": chosen.network.name,
        "places": chosen.places,
    }  # fmt: skip
    science.write("networks", "What more training of the network is worth", settings, results, tables(ours, other))


if __name__ == "__main__":
    main()
