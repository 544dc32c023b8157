"""What another training of the network is worth where it is used: beside the same counts, which were made without it.

Both networks get weights of their own, fitted on the first file as in `parts`; the places are the same, so that gains
are over the same rows.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import parts
import science
import torch

from llada_edit.models.bundled import bundled_folder, load_memory, load_network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.tokenizer_files import read_tokenizer

USED = {"alone": parts.PARTS[parts.PLAIN], "with counts and the text around": parts.PARTS[parts.ALL]}


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("fit", type=Path)
    arguments.add_argument("texts", type=Path, nargs="+")
    arguments.add_argument("--network", type=Path, required=True, help="model folder with the bundled vocabulary")
    arguments.add_argument("--places", type=int, default=1500, help="of each file and length")
    return arguments


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
    memory = load_memory(bundled_folder())
    assert memory is not None, "the bundled model has one"
    corpora = parts.read((chosen.fit, *chosen.texts), read_tokenizer(bundled_folder()))
    networks = [
        NetworkDenoiser(*load_network(folder, folder.name, torch.device("cpu")))
        for folder in (bundled_folder(), chosen.network)
    ]
    ours, other = (parts.tried(network, memory, corpora, USED, chosen.places) for network in networks)
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
