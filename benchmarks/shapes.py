"""Which shape of network learns from nothing: norms after or before the parts of a block, positions learned or rotary.

Masked characters, rows of running text; the same data, rows and steps, several learning rates each. Both shapes of ours
are here, what lies between them, and ours with the log unigrams as the first bias of its head.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from spheres import Characters, Windows, masked_bits
from torch import Tensor, nn

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.models.transformer import Rotation, Transformer, turns
from llada_edit.training.batches import Controls
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import start_from_nothing
from llada_edit.training.trainer import Data


class RotaryEncoder(Encoder):
    """Post-norm blocks that are told positions by rotation."""

    def enter(self, tokens: Tensor, positions: Tensor) -> Tensor:
        return self.embedding_norm(self.embedding(tokens))

    def rotation(self, positions: Tensor) -> Rotation:
        return turns(positions, self.config.width // self.config.heads)


class LearnedLlama(Llama):
    """Pre-norm blocks behind a table of positions."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__(config)
        self.position = nn.Embedding(config.max_positions, config.width)

    def enter(self, tokens: Tensor, positions: Tensor) -> Tensor:
        return self.embedding(tokens) + self.position(positions)

    def rotation(self, positions: Tensor) -> None:
        return None


OURS, BIASED = "pre-norm, rotary (`Llama`)", "`Llama`, with the bias of unigrams"
KINDS: dict[str, type[Any]] = {
    OURS: Llama,
    BIASED: Llama,
    "post-norm, rotary": RotaryEncoder,
    "pre-norm, learned": LearnedLlama,
    "post-norm, learned (`Encoder`)": Encoder,
}


def made(name: str, chosen: argparse.Namespace, train: Characters) -> Transformer:
    """A network of a kind as it begins."""
    kind, ours = KINDS[name], science.sizes(train.size + 1, chosen.width, chosen.layers, chosen.length)
    post = EncoderConfig(ours.vocab_size, ours.width, ours.layers, ours.heads, 4 * ours.width, ours.max_positions)
    torch.manual_seed(0)
    network: Transformer = kind(post if issubclass(kind, Encoder) else ours)
    start_from_nothing(network)
    if name == BIASED:
        network.bias.data.copy_(torch.from_numpy(train.log_unigrams()))
    return network


def unigrams(train: Characters, rows: Tensor) -> float:
    """Bits per character of a network that says single characters, with the same masks as all others."""
    network = Llama(science.sizes(train.size + 1, 32, 1, rows.shape[1]))
    network.embedding.weight.data.zero_()
    network.bias.data.copy_(torch.from_numpy(train.log_unigrams()))
    return masked_bits(network, rows, train.size, np.random.default_rng(1))


def learn(name: str, rate: float, chosen: argparse.Namespace, train: Characters, valid: Tensor) -> list[dict[str, Any]]:
    """Train one network: its curve of bits per character."""
    network, mask = made(name, chosen, train), train.size
    recipe = Recipe(
        steps=chosen.steps, tokens_per_step=chosen.rows * chosen.length, lengths=(chosen.length,), save_every=500,
        body_rate=rate, embedding_rate=rate, head_rate=rate, average=0.98, validate_every=max(1, chosen.steps // 8),
    )  # fmt: skip
    source = Windows(train, masked=True)
    data = Data(source, source, Controls(mask=mask, null=None, isolated=False))  # type: ignore[arg-type]  # batches only
    said = {**asdict(recipe), **asdict(network.config), "name": name, "train": chosen.train, "kind": chosen.kind}

    def look(now: Any) -> dict[str, float]:
        return {"bits": masked_bits(now, valid, mask, np.random.default_rng(1))}

    curve = science.Watched(network, recipe, data, science.kept("shapes", said), look).finish()
    print(name, rate, curve[-1], file=sys.stderr, flush=True)
    return curve


def report(chosen: argparse.Namespace, curves: dict[str, dict[float, list[dict[str, Any]]]], unigram: float) -> None:
    rows: list[list[Any]] = [["characters one by one", *(unigram for _ in chosen.rates)]]
    drawn = {}
    for name, tried in curves.items():
        bits = {rate: curve[-1]["bits"] for rate, curve in tried.items()}
        rows.append([name, *(bits.get(rate, "–") for rate in chosen.rates)])
        best = min(bits, key=bits.__getitem__)
        millions = [row["step"] * chosen.rows * chosen.length / 1e6 for row in tried[best]]
        drawn[f"{name.replace('`', '')}, {best:g}"] = (millions, [row["bits"] for row in tried[best]])
    lines = science.table(("bits per character, by learning rate", *(f"{rate:g}" for rate in chosen.rates)), rows)
    lines.append(science.plot("shapes", drawn, "million characters", "bits per character"))
    lines.append("\nThe curves are those of the best rate of each.")
    settings = {name: value for name, value in vars(chosen).items() if name not in ("train", "valid")}
    results = {"characters one by one": unigram, "curves": curves}
    science.write("shapes", "Which shape learns from nothing", settings, results, lines)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("train", type=Path, nargs="+")
    arguments.add_argument("--valid", type=Path, required=True)
    arguments.add_argument("--kind", default="", help="of documents; all by default")
    arguments.add_argument("--rates", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3])
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--rows", type=int, default=16)
    arguments.add_argument("--length", type=int, default=64)
    arguments.add_argument("--width", type=int, default=64)
    arguments.add_argument("--layers", type=int, default=3)
    arguments.add_argument("--tested", type=int, default=256, help="rows")
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    files = (chosen.train, [chosen.valid])
    train, valid = (Characters("\n\n".join(t.text for t in science.documents(some, chosen.kind))) for some in files)
    rows = torch.from_numpy(valid.rows(chosen.tested, chosen.length, np.random.default_rng(0)))
    unigram = unigrams(train, rows)
    curves: dict[str, dict[float, list[dict[str, Any]]]] = {}
    for name in KINDS:
        for rate in chosen.rates:
            curves.setdefault(name, {})[rate] = learn(name, rate, chosen, train, rows)
            report(chosen, curves, unigram)


if __name__ == "__main__":
    main()
