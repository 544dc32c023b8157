"""The reversal test of LLaDA (arXiv 2502.09992, section 3.3) on couplets, with small models trained for it.

Every couplet is seen forwards ("what follows A? B"), half of them also backwards ("what stood before B? A"), which
teaches the form of the question. Asked are couplets of the other half: the next line, and the line before, in the form
of the backward question, and, for the masked model, by masking the first line of the forward row. Both models have the
same network, rows, steps and tokens. A line counts as found if all its characters are right.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from pathlib import Path

import numpy as np
import science
import torch
from autoregressive import Causal, complete, next_tokens

from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.devices import choose_device
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.sampling.loop import Sampler as Roles
from llada_edit.sampling.loop import denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import LowConfidence
from llada_edit.training.batches import Batch, Controls, stratified_rates
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import start_from_nothing
from llada_edit.training.texts import read_lines
from llada_edit.training.trainer import Data, Trainer

MASK, PAD, END, NEXT, BEFORE, THEN, FIRST = 0, 3, 4, 5, 6, 7, 32
PAPER = {"LLaDA-8B-Instruct": (51.8, 45.6), "GPT-4o": (82.7, 34.3)}
CONTROLS = Controls(mask=MASK, null=None, end=END, pad=PAD, isolated=False)
Couplet = tuple[str, str]


def couplets(path: Path, most: int) -> list[Couplet]:
    """Couplets of two lines of equal length, 5 or 7 characters, no line twice."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for entry, _ in read_lines(path):
        for line in entry["lines"]:
            match = re.fullmatch(r"(\w{5}|\w{7})，(\w{5}|\w{7})。", line)
            if match and len(match[1]) == len(match[2]) and not {match[1], match[2]} & seen:
                seen |= {match[1], match[2]}
                found[match[1]] = match[2]
    pairs = sorted(found.items())
    random.Random(0).shuffle(pairs)
    return pairs[:most]


class Rows:
    """Rows of ids: question, line, THEN, line, END, padded to one length; even couplets have a backward row too."""

    def __init__(self, pairs: list[Couplet], causal: bool) -> None:
        signs = sorted({sign for pair in pairs for line in pair for sign in line})
        self.ids = {sign: FIRST + index for index, sign in enumerate(signs)}
        self.size, self.causal = FIRST + len(signs), causal
        self.rows = [self.row(NEXT, *pair) for pair in pairs]
        self.rows += [self.row(BEFORE, *pair[::-1]) for pair in pairs[::2]]

    def line(self, text: str) -> list[int]:
        return [self.ids[sign] for sign in text]

    def row(self, question: int, one: str, two: str) -> list[int]:
        ids = [question, *self.line(one), THEN, *self.line(two), END]
        return ids + [PAD] * (17 - len(ids))

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        rng = np.random.default_rng(step)
        drawn = np.array([self.rows[i] for i in rng.integers(len(self.rows), size=rows)])
        if self.causal:
            batch = next_tokens(drawn)
            counted = batch.targets != PAD
            return Batch(batch.tokens, batch.positions, batch.targets, batch.hole, counted, batch.valid, batch.rates)
        rates = stratified_rates(rng, rows)
        valid = drawn != PAD
        counted = (rng.random(drawn.shape) < rates[:, None]) & valid
        counted[:, 0] = False  # the question is context
        positions = np.broadcast_to(np.arange(drawn.shape[1]), drawn.shape).copy()
        return Batch(np.where(counted, MASK, drawn), positions, drawn, valid, counted, valid, rates)

    def whole_batch(self, step: int, rows: int, length: int) -> Batch:
        return self.batch(10**6 + step, rows, length)


def masked_answer(denoiser: NetworkDenoiser, row: list[int], hole: slice) -> list[int]:
    """The tokens in `hole`, one a step, the most probable first."""
    tokens = torch.tensor([row])
    slots = torch.zeros_like(tokens, dtype=torch.bool)
    slots[0, hole] = True
    tokens[slots] = MASK
    layout = Layout.plain(tokens, slots, tokens != PAD)
    *_, last = denoise(denoiser, tokens, layout, Roles(transfer=LowConfidence()), RowNoise([0]))
    return last.tokens[0, hole].tolist()


def ask(rows: Rows, network: Encoder, pairs: list[Couplet]) -> dict[str, float]:
    """Shares of lines found."""
    card = ModelCard("couplets", "own", MASK, PAD, rows.size, 17)
    denoiser = NetworkDenoiser(card, network)
    right = {"next line": 0, "line before": 0, "line before, first line masked": 0}
    for one, two in pairs:
        size = len(one)
        for name, row, answer in (
            ("next line", rows.row(NEXT, one, two), rows.line(two)),
            ("line before", rows.row(BEFORE, two, one), rows.line(one)),
        ):
            if rows.causal:
                found = complete(network, row[: size + 2], END, size)  # type: ignore[arg-type]  # it is a Causal
            else:
                found = masked_answer(denoiser, row, slice(size + 2, 2 * size + 2))
            right[name] += found == answer
        if not rows.causal:
            found = masked_answer(denoiser, rows.row(NEXT, one, two), slice(1, size + 1))
            right["line before, first line masked"] += found == rows.line(one)
    if rows.causal:
        del right["line before, first line masked"]
    return {name: count / len(pairs) for name, count in right.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("poems", type=Path)
    parser.add_argument("--couplets", type=int, default=20000)
    parser.add_argument("--asked", type=int, default=496)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--rows", type=int, default=1024, help="a step")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--device", default="auto")
    chosen = parser.parse_args()
    pairs = couplets(chosen.poems, chosen.couplets)
    folder = science.HERE.parent / "runs" / "reversal"
    recipe = Recipe(
        steps=chosen.steps, tokens_per_step=chosen.rows * 17, lengths=(17,), save_every=10**9, rate_ramp=1e-6,
        validate_every=max(1, chosen.steps // 10), validate_batches=2, bf16=chosen.device == "cuda",
    )  # fmt: skip
    results = {}
    for kind in (Encoder, Causal):
        rows = Rows(pairs, causal=kind is Causal)
        torch.manual_seed(0)
        config = EncoderConfig(rows.size, chosen.width, chosen.layers, chosen.width // 32, 4 * chosen.width, 32)
        network = kind(config)
        start_from_nothing(network)
        network.to(choose_device(chosen.device))
        run = folder / kind.__name__
        run.mkdir(parents=True, exist_ok=True)
        data = Data(rows, rows, CONTROLS)  # type: ignore[arg-type]  # of a Sampler only the batches are used
        trainer = Trainer(network, recipe, data, run)
        trainer.run()
        trainer.load(trainer.average)
        name = "autoregressive" if rows.causal else "masked"
        results[name] = ask(rows, network.cpu().eval(), pairs[1::2][: chosen.asked])
        print(name, results[name], file=sys.stderr)
    heads = ("next line", "line before", "line before, first line masked")
    lines = science.table(
        ("model", *heads),
        [[name, *(f"{found[head]:.1%}" if head in found else "–" for head in heads)] for name, found in results.items()]
        + [[f"{name} (paper, 496 couplets)", f"{one}%", f"{two}%", "–"] for name, (one, two) in PAPER.items()],
    )
    if chosen.steps * chosen.rows < 10**7:
        lines.insert(0, "**Not yet run at size**: the first two rows show only that the script works.\n")
    settings = {name: value for name, value in vars(chosen).items() if name not in ("poems", "device")}
    science.write("reversal", "Reversal", {**settings, "couplets": len(pairs)}, results, lines)


if __name__ == "__main__":
    main()
