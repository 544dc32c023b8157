"""Continuous diffusion on spheres (RDLM) against masked diffusion, character by character, with equal steps and rows.

The same body as well; a step on the spheres takes longer, which the page says. Bits per character: for the masked model
the bound of LLaDA, for spheres an estimate of theirs (the spread on the bridge is matched in its mean only), up to the
time that is best on the training text; the curves are of other held-out rows and take the least over all times. Both
fill holes of 8 characters with fixed context: the masked model one character a step, the surest first or at random
with drawn characters; the walk, which draws, too; and both in one pass. Intervals are over groups of rows, and over
holes. They do not know the noise of one training.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from intervals import Mean
from torch import Tensor

from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import choose_device
from llada_edit.models.llama import Llama
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.loop import Sampler as Roles
from llada_edit.sampling.loop import denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import LowConfidence, Random
from llada_edit.training.batches import Batch, Controls, stratified_rates
from llada_edit.training.objective import likelihood_bound, token_losses
from llada_edit.training.recipe import Recipe
from llada_edit.training.spheres.bridge import Bridge
from llada_edit.training.spheres.network import SphereLosses, SphereNetwork, bound, walk
from llada_edit.training.start import start_from_nothing
from llada_edit.training.trainer import Data

HOLE, WALK = 8, 64
DRAWS = 16
"""Of masks, for the bound of the masked model."""
GROUPS = 16
"""Of tested rows, whose bits are worked out one by one."""
LASTS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Times up to which the bound is tried."""


class Characters:
    """Lower-case letters, some signs, and one id for all others; the mask comes last."""

    SIGNS = "\n abcdefghijklmnopqrstuvwxyz.,;:'\"!?-()0123456789"

    def __init__(self, text: str) -> None:
        ids = {sign: index for index, sign in enumerate(self.SIGNS)}
        self.other, self.size = len(ids), len(ids) + 1
        self.tokens = np.array([ids.get(sign, self.other) for sign in text.lower()])

    def log_unigrams(self) -> np.ndarray:
        """(size + 1,) log probabilities of characters and, hardly any, of the mask."""
        counts = np.bincount(self.tokens, minlength=self.size + 1) + 0.5
        return np.log(counts / counts.sum())

    def rows(self, count: int, length: int, rng: np.random.Generator) -> np.ndarray:
        starts = rng.integers(len(self.tokens) - length, size=count)
        return np.stack([self.tokens[start : start + length] for start in starts])


class Windows:
    """Rows of text, half of them one hole, of the others a random part; masked at a rate t, or all for the spheres."""

    def __init__(self, text: Characters, masked: bool) -> None:
        self.text, self.masked = text, masked

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        rng = np.random.default_rng(step)
        tokens, rates = self.text.rows(rows, length, rng), stratified_rates(rng, rows)
        share = np.where(rng.random(rows) < 0.5, 1.0, rng.random(rows))
        counted = hole = rng.random(tokens.shape) < share[:, None]
        if self.masked:
            counted = hole & (rng.random(tokens.shape) < rates[:, None])
        positions = np.broadcast_to(np.arange(length), tokens.shape).copy()
        noised = np.where(counted, self.text.size, tokens)
        return Batch(noised, positions, tokens, hole, counted, np.ones_like(hole), rates)


def masked_bits(network: Llama, rows: Tensor, mask: int, rng: np.random.Generator) -> float:
    rates = (torch.arange(len(rows)) + rng.random()) / len(rows)
    counted = torch.from_numpy(rng.random(rows.shape)) < rates[:, None]
    positions = torch.arange(rows.shape[1]).expand_as(rows)
    with torch.no_grad():
        losses = token_losses(network, rows.masked_fill(counted, mask), positions, rows, counted, None)
    return float(likelihood_bound(losses, counted, rates)) / math.log(2)


def sphere_bits(network: SphereNetwork, bridge: Bridge, rows: Tensor, seed: int = 1) -> list[tuple[float, float]]:
    """Both parts of the bound for each of `LASTS`, with one draw of noise."""
    found = []
    for last in LASTS:
        parts = bound(network, bridge, rows, last, torch.Generator().manual_seed(seed))
        found.append((parts[0] / math.log(2), parts[1] / math.log(2)))
    return found


def filled_by_masks(network: Llama, rows: Tensor, hole: Tensor, mask: int, roles: Roles) -> Tensor:
    card = ModelCard("characters", "own", mask, mask, mask + 1, rows.shape[1])
    tokens = rows.masked_fill(hole, mask)
    noise = RowNoise(list(range(len(rows))))
    *_, last = denoise(NetworkDenoiser(card, network), tokens, Layout.plain(tokens, hole), roles, noise)
    return last.tokens


def fills(networks: dict[str, Any], bridge: Bridge, rows: Tensor, mask: int) -> dict[str, Mean]:
    """Shares of right characters in holes in the middle of rows."""
    hole, middle = torch.zeros_like(rows, dtype=torch.bool), rows.shape[1] // 2
    hole[:, middle : middle + HOLE] = True
    ways = {
        "masked, one pass": Roles(steps=1, transfer=LowConfidence()),
        "masked, surest first": Roles(transfer=LowConfidence()),
        "masked, drawn": Roles(transfer=Random(), chooser=Independent(temperature=1.0)),
    }
    found = {name: filled_by_masks(networks["masked"], rows, hole, mask, roles) for name, roles in ways.items()}
    for name, steps in (("spheres, one pass", 0), ("spheres, walk", WALK)):
        found[name] = walk(networks["spheres"], bridge, rows, hole, steps, torch.Generator().manual_seed(1))
    counts = [HOLE] * len(rows)
    return {name: Mean.of(((filled == rows) & hole).sum(1).tolist(), counts) for name, filled in found.items()}


def learn(chosen: argparse.Namespace, name: str, train: Characters, valid: Tensor, bridge: Bridge) -> tuple[Any, Any]:
    """Train one model: the network and its curve of bits per character."""
    masked, mask = name == "masked", train.size
    sizes = science.sizes(mask + 1, chosen.width, chosen.layers, chosen.length)
    recipe = Recipe(
        steps=chosen.steps, tokens_per_step=chosen.rows * chosen.length, lengths=(chosen.length,), save_every=200,
        body_rate=chosen.rate, embedding_rate=chosen.rate, head_rate=chosen.rate, average=0.995,
        validate_every=max(1, chosen.steps // 6), bf16=chosen.bf16,
    )  # fmt: skip
    torch.manual_seed(0)
    network = Llama(sizes) if masked else SphereNetwork(sizes)
    start_from_nothing(network)
    (network if masked else network.body).bias.data.copy_(torch.from_numpy(train.log_unigrams()))
    network.to(choose_device(chosen.device))
    source = Windows(train, masked)
    data = Data(source, source, Controls(mask=mask, null=None, isolated=False))  # type: ignore[arg-type]  # batches only

    def look(now: Any) -> dict[str, float]:
        if masked:
            return {"bits": masked_bits(now, valid, mask, np.random.default_rng(1))}
        return {"bits": min(map(sum, sphere_bits(now, bridge, valid)))}

    said = {**asdict(recipe), **asdict(network.config), "train": chosen.train, "kind": chosen.kind}
    losses = None if masked else SphereLosses(network, bridge)  # type: ignore[arg-type]  # it is one of spheres
    folder = science.kept(f"spheres-{name}", said)
    curve = science.Watched(network, recipe, data, folder, look, losses).finish()
    return network.cpu().eval(), curve


def measure(chosen: argparse.Namespace, networks: dict[str, Any], bridge: Bridge, texts: list[Characters]) -> Any:
    """Bits per character and shares of right characters, on held-out text."""
    train, valid = texts
    rng, mask = np.random.default_rng(1), train.size
    seen, rows = (torch.from_numpy(text.rows(chosen.tested, chosen.length, rng)) for text in (train, valid))
    best = int(np.argmin([sum(both) for both in sphere_bits(networks["spheres"], bridge, seen)]))
    groups = rows.chunk(GROUPS)
    parts = np.array([sphere_bits(networks["spheres"], bridge, some, seed) for seed, some in enumerate(groups)])
    sizes = np.array([len(some) for some in groups])
    of_each = {
        "unigram": [float(-train.log_unigrams()[some].mean()) / math.log(2) for some in groups],
        "masked": [
            np.mean([masked_bits(networks["masked"], some, mask, rng) for _ in range(DRAWS)]) for some in groups
        ],
        "spheres": parts[:, best].sum(1),
    }
    bits = {name: Mean.of(each * sizes, sizes.tolist()) for name, each in of_each.items()}
    right = fills(networks, bridge, rows[: chosen.tested // 2], mask)
    return {
        "bits": bits,
        "more": bits["spheres"].minus(bits["masked"]),
        "right": right,
        "spheres up to": dict(zip(LASTS, np.average(parts, axis=0, weights=sizes).tolist(), strict=True)),
        "best": LASTS[best],
    }


def shown(found: Mean) -> list[float]:
    """A mean and half of its interval, as they are kept."""
    return [found.value, found.error]


def report(chosen: argparse.Namespace, found: Any, curves: dict[str, Any], characters: int) -> None:
    rows: list[list[Any]] = [[name, f"{one.value:.2f} ± {one.error:.2f}"] for name, one in found["bits"].items()]
    rows.append(["spheres more than masked", f"{found['more'].value:.2f} ± {found['more'].error:.2f}"])
    lines = science.table(("model", "bits per character (95 %)"), rows)
    filled = [[name, f"{one.value:.1%} ± {one.error:.1%}"] for name, one in found["right"].items()]
    lines += ["", *science.table((f"fills of {HOLE} characters", "characters right (95 %, over holes)"), filled)]
    rows = [[f"{last}", *both, sum(both)] for last, both in found["spheres up to"].items()]
    lines.append(
        f"\nThe bound of the spheres, up to several times; {found['best']} is the best on the training text:\n"
    )
    lines += science.table(("up to the time", "path", "characters at its end", "bits per character"), rows)
    took = " and ".join(f"{curve[-1]['seconds']:.0f} s ({name})" for name, curve in curves.items())
    lines.append(f"\nThe trainings took {took}. The curves take the least of all times, on other held-out rows.")
    drawn = {
        name: ([row["step"] * chosen.rows * chosen.length / 1e6 for row in curve], [row["bits"] for row in curve])
        for name, curve in curves.items()
    }
    lines.append(science.plot("spheres", drawn, "million characters", "bits per character"))
    settings = {name: value for name, value in vars(chosen).items() if name not in ("train", "valid", "device")}
    settings["characters of text"] = characters
    kept = {name: {key: shown(one) for key, one in found[name].items()} for name in ("bits", "right")}
    results = {**found, **kept, "more": shown(found["more"]), "curves": curves}
    science.write("spheres", "Diffusion on spheres (experimental)", settings, results, lines)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("train", type=Path, nargs="+")
    arguments.add_argument("--valid", type=Path, required=True)
    arguments.add_argument("--kind", default="", help="of documents; all by default")
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--rows", type=int, default=32)
    arguments.add_argument("--length", type=int, default=64)
    arguments.add_argument("--width", type=int, default=128)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--rate", type=float, default=1e-3)
    arguments.add_argument("--tested", type=int, default=512, help="rows")
    arguments.add_argument("--bf16", action="store_true")
    arguments.add_argument("--device", default="auto")
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    files = (chosen.train, [chosen.valid])
    texts = [Characters("\n\n".join(each.text for each in science.documents(some, chosen.kind))) for some in files]
    watched = torch.from_numpy(texts[1].rows(256, chosen.length, np.random.default_rng(0)))
    bridge = Bridge.make(texts[0].size + 1)
    networks, curves = {}, {}
    for name in ("masked", "spheres"):
        networks[name], curves[name] = learn(chosen, name, texts[0], watched, bridge)
    found = measure(chosen, networks, bridge, texts)
    print(found, file=sys.stderr)
    report(chosen, found, curves, len(texts[0].tokens))


if __name__ == "__main__":
    main()
