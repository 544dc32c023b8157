"""The reversal test of LLaDA (arXiv 2502.09992, section 3.3) on couplets, with small models trained for it.

Every couplet is seen forwards ("what follows A? B"), half of them also backwards ("what stood before B? A"), which
teaches the form of the question. Asked are the next line, and the line before: of the couplets that were shown
backwards, which tells whether the form was learned, and of those that were not, which is the test. The masked model can
be asked in a second way: the forward row with its first line masked. Both models have the same network, rows, steps and
tokens. A line counts as found if all its characters are right.

An autoregressive model cannot be asked in that second way, but it can be asked whether it knows the answer without
being able to say it: all first lines are put before the second one, and the most probable row is taken.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from autoregressive import Causal, go_on, next_tokens

from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import choose_device
from llada_edit.models.llama import Llama
from llada_edit.sampling.loop import Sampler as Roles
from llada_edit.sampling.loop import denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import LowConfidence
from llada_edit.training.batches import Batch, Controls, stratified_rates
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import start_from_nothing
from llada_edit.training.texts import read_lines
from llada_edit.training.trainer import Data

MASK, END, NEXT, BEFORE, THEN, FIRST = 0, 4, 5, 6, 7, 32
SIGNS = 5
"""Characters of a line."""
ROW = 2 * SIGNS + 3
PAPER = {"LLaDA-8B-Instruct": (51.8, 45.6), "GPT-4o": (82.7, 34.3)}
CONTROLS = Controls(mask=MASK, null=None, end=END, isolated=False)
HEADS = (
    "next line", "line before, shown backwards", "line before, not shown backwards", "the same, first line masked",
)  # fmt: skip
RANKED = "the same, best of all first lines"
Couplet = tuple[str, str]


def couplets(path: Path, most: int) -> list[Couplet]:
    """Couplets of two lines of five characters, no line twice."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for entry, _ in read_lines(path):
        for line in entry["lines"]:
            match = re.fullmatch(rf"(\w{{{SIGNS}}})，(\w{{{SIGNS}}})。", line)
            if match and not {match[1], match[2]} & seen:
                seen |= {match[1], match[2]}
                found[match[1]] = match[2]
    pairs = sorted(found.items())
    random.Random(0).shuffle(pairs)
    return pairs[:most]


class Rows:
    """Rows of ids: question, line, THEN, line, END; couplets with an even number have a backward row too."""

    def __init__(self, pairs: list[Couplet], causal: bool, seed: int = 0) -> None:
        signs = sorted({sign for pair in pairs for line in pair for sign in line})
        self.ids = {sign: FIRST + index for index, sign in enumerate(signs)}
        self.size, self.causal, self.seed = FIRST + len(signs), causal, seed
        self.rows = [self.row(NEXT, *pair) for pair in pairs]
        self.rows += [self.row(BEFORE, *pair[::-1]) for pair in pairs[::2]]

    def line(self, text: str) -> list[int]:
        return [self.ids[sign] for sign in text]

    def row(self, question: int, one: str, two: str) -> list[int]:
        return [question, *self.line(one), THEN, *self.line(two), END]

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        """Every epoch is all rows in an order of its own."""
        places = np.arange(step * rows, (step + 1) * rows)
        size = len(self.rows)
        orders = {epoch: np.random.default_rng((self.seed, epoch)).permutation(size) for epoch in {*(places // size)}}
        drawn = np.array([self.rows[orders[place // size][place % size]] for place in places])
        if self.causal:
            return next_tokens(drawn)
        rng = np.random.default_rng((self.seed, 10**9 + step))
        rates = stratified_rates(rng, rows)
        counted = rng.random(drawn.shape) < rates[:, None]
        counted[:, 0] = False  # the question is context
        positions = np.broadcast_to(np.arange(drawn.shape[1]), drawn.shape).copy()
        everything = np.ones_like(counted)
        return Batch(np.where(counted, MASK, drawn), positions, drawn, everything, counted, everything, rates)


def answers(network: Llama, rows: torch.Tensor, hole: slice) -> torch.Tensor:
    """What a network puts into `hole` of rows (rows, seq): from the left, or the most probable first, one a step."""
    if isinstance(network, Causal):
        return go_on(network, rows[:, : hole.start], hole.stop - hole.start)
    card = ModelCard("couplets", "own", MASK, END, network.config.vocab_size, ROW)
    slots = torch.zeros_like(rows, dtype=torch.bool)
    slots[:, hole] = True
    tokens = rows.masked_fill(slots, MASK)
    roles, noise = Roles(transfer=LowConfidence()), RowNoise(list(range(len(rows))))
    *_, last = denoise(NetworkDenoiser(card, network), tokens, Layout.plain(tokens, slots), roles, noise)
    return last.tokens[:, hole]


def ask(rows: Rows, network: Llama, pairs: list[Couplet], most: int) -> dict[str, tuple[int, int]]:
    """Lines found, and lines asked for; at most `most` of each kind."""
    hidden, shown = pairs[1::2][:most], pairs[::2][:most]
    second, first = slice(SIGNS + 2, 2 * SIGNS + 2), slice(1, SIGNS + 1)
    forward = torch.tensor([rows.row(NEXT, *pair) for pair in hidden])
    questions = {
        HEADS[0]: (forward, second),
        HEADS[1]: (torch.tensor([rows.row(BEFORE, *pair[::-1]) for pair in shown]), second),
        HEADS[2]: (torch.tensor([rows.row(BEFORE, *pair[::-1]) for pair in hidden]), second),
    }
    if not rows.causal:
        questions[HEADS[3]] = (forward, first)
    found = {}
    for name, (asked, hole) in questions.items():
        said = answers(network, asked, hole)
        found[name] = (int((said == asked[:, hole]).all(1).sum()), len(asked))
    return found


@torch.inference_mode()
def ranked(rows: Rows, network: Llama, pairs: list[Couplet], most: int) -> tuple[int, int]:
    """How often the most probable of all forward rows that end in a second line begins with the right first line."""
    everything = torch.tensor([rows.row(NEXT, *pair) for pair in pairs])
    right, asked = 0, range(1, len(pairs), 2)[:most]
    for index in asked:
        row = everything.clone()
        row[:, SIGNS + 1 :] = everything[index, SIGNS + 1 :]
        hidden, _ = network.hidden(row, torch.arange(ROW).expand_as(row))
        logs = network.project(hidden[:, :-1]).log_softmax(-1).gather(-1, row[:, 1:, None])
        right += int(logs.sum((1, 2)).argmax()) == index
    return right, len(asked)


def learn(chosen: argparse.Namespace, pairs: list[Couplet], kind: type[Llama], seed: int) -> dict[str, Any]:
    """Train one model and ask it everything."""
    rows = Rows(pairs, causal=kind is Causal, seed=seed)
    recipe = Recipe(
        steps=chosen.steps, tokens_per_step=chosen.rows * ROW, lengths=(ROW,), save_every=500, rate_ramp=1e-6,
        body_rate=chosen.rate, embedding_rate=chosen.rate, head_rate=chosen.rate, warm_up=0.05, decay=0.3,
        average=0.99, validate_every=max(1, chosen.steps // 8), bf16=chosen.bf16,
    )  # fmt: skip
    torch.manual_seed(seed)
    config = science.sizes(rows.size, chosen.width, chosen.layers, ROW)
    network = kind(config)
    start_from_nothing(network)
    network.to(choose_device(chosen.device))

    def look(now: Llama) -> dict[str, float]:
        return {name: right / of for name, (right, of) in ask(rows, now, pairs, 100).items()}

    data = Data(rows, rows, CONTROLS)  # type: ignore[arg-type]  # of a Sampler only the batches are used
    folder = science.kept(
        f"reversal-{kind.__name__}", {**asdict(config), **asdict(recipe), "pairs": pairs, "seed": seed}
    )
    curve = science.Watched(network, recipe, data, folder, look).finish()
    network.cpu().eval()
    found = ask(rows, network, pairs, chosen.asked)
    if rows.causal:
        found[RANKED] = ranked(rows, network, pairs, min(100, chosen.asked))
    print(kind.__name__, seed, found, file=sys.stderr, flush=True)
    return {"found": found, "curve": curve, "tokens": chosen.rows * ROW}


def report(chosen: argparse.Namespace, pairs: list[Couplet], runs: dict[str, list[dict[str, Any]]]) -> None:
    results = {name: [run["found"] for run in several] for name, several in runs.items()}
    rows, curves = [], {}
    for name, several in runs.items():
        # One row a seed: all are asked the same couplets, so their lines do not add up to more of them.
        for seed, run in enumerate(several):
            found, label = run["found"], f"{name}, seed {seed}" if len(several) > 1 else name
            rows.append([label, *(science.share(*found[head]) if head in found else "–" for head in (*HEADS, RANKED))])
        for head in (HEADS[0], HEADS[2], HEADS[3]):
            if head in found:
                seen = [row["step"] * several[0]["tokens"] / 1e6 for row in several[0]["curve"]]
                ys = [np.mean([run["curve"][at][head] for run in several]) for at in range(len(seen))]
                curves[f"{name}: {head}"] = (seen, ys)
    rows += [[f"{name} (paper, 496 couplets)", f"{a}%", "–", f"{b}%", "–", "–"] for name, (a, b) in PAPER.items()]
    lines = science.table(("model", *HEADS, RANKED), rows)
    lines.append(science.plot("reversal", curves, "million tokens", "share of lines found"))
    settings = {name: value for name, value in vars(chosen).items() if name not in ("poems", "device")}
    science.write("reversal", "Reversal", {**settings, "couplets": len(pairs)}, results, lines)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("poems", type=Path)
    arguments.add_argument("--couplets", type=int, default=500)
    arguments.add_argument("--asked", type=int, default=250, help="at most, of each kind")
    arguments.add_argument("--steps", type=int, default=3000)
    arguments.add_argument("--rows", type=int, default=64, help="a step")
    arguments.add_argument("--width", type=int, default=128)
    arguments.add_argument("--layers", type=int, default=4)
    arguments.add_argument("--rate", type=float, default=1e-3)
    arguments.add_argument("--seeds", type=int, default=2)
    arguments.add_argument("--bf16", action="store_true")
    arguments.add_argument("--device", default="auto")
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    pairs = couplets(chosen.poems, chosen.couplets)
    runs: dict[str, list[dict[str, Any]]] = {"masked": [], "autoregressive": []}
    for seed in range(chosen.seeds):
        for name, kind in (("autoregressive", Causal), ("masked", Llama)):
            runs[name].append(learn(chosen, pairs, kind, seed))
        report(chosen, pairs, runs)


if __name__ == "__main__":
    main()
