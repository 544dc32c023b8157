"""How noisy each form of the objective is: the same network, many batches, the spread of loss and gradient.

The gradient is that of one block's attention output; its noise is the mean squared distance from the mean gradient, in
units of the mean gradient's squared length: about as many batches are needed to see the direction at all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import science
import torch

from llada_edit.models.bundled import bundled_folder, load_network
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.batches import Batch, stratified_rates
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.objective import LEAST_RATE, batch_loss, token_losses
from llada_edit.training.texts import read_texts

ROWS, LENGTH = 8, 64


def batch_of(sampler: Sampler, step: int, stratified: bool) -> Batch:
    """Rows without context, rates drawn one by one or stratified."""
    batch, rng = sampler.whole_batch(step, ROWS, LENGTH), np.random.default_rng(step)
    rates = stratified_rates(rng, ROWS) if stratified else rng.random(ROWS)
    rates = rates.clip(LEAST_RATE)
    counted = rng.random(batch.targets.shape) < rates[:, None]
    tokens = np.where(counted, sampler.controls.mask, batch.targets)
    return Batch(tokens, batch.positions, batch.targets, batch.hole, counted, batch.valid, rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--batches", type=int, default=200)
    chosen = parser.parse_args()
    tokenizer = read_tokenizer(bundled_folder())
    folder = science.HERE.parent / "runs" / "objective"
    Corpus.build(read_texts([chosen.texts]), tokenizer, folder)
    sampler = Sampler(Corpus.load(folder, tokenizer), 0)
    _, network = load_network(bundled_folder(), "bundled", torch.device("cpu"))
    weight = network.blocks[-1].out.weight
    results = {}
    for objective in ("bound", "mean"):
        for stratified in (False, True):
            losses, gradients = [], []
            for step in range(chosen.batches):
                batch = batch_of(sampler, step, stratified)
                names = ("tokens", "positions", "targets", "counted")
                tokens, positions, targets, counted = (torch.from_numpy(getattr(batch, name)) for name in names)
                each = token_losses(network, tokens, positions, targets, counted, None)
                hole, rates = torch.from_numpy(batch.hole), torch.from_numpy(batch.rates).float()
                loss = batch_loss(objective, each, counted, hole, rates)
                losses.append(loss.item())
                gradients.append(torch.autograd.grad(loss, weight)[0].flatten())
            stack = torch.stack(gradients)
            # The squared length of a mean of n noisy vectors is too large by noise / n.
            noise = float(stack.var(0).sum())
            signal = max(float(stack.mean(0).square().sum()) - noise / len(stack), 1e-12)
            name = f"{objective}, t {'stratified' if stratified else 'one by one'}"
            results[name] = {
                "loss": float(np.mean(losses)),
                "deviation": float(np.std(losses)),
                "noise": noise / signal,
            }
            print(name, results[name], file=sys.stderr)
    rows = [[name, *(round(value, 2) for value in found.values())] for name, found in results.items()]
    lines = science.table(("objective", "mean loss", "standard deviation", "noise of the gradient"), rows)
    lines.append("\n“bound” weights by 1/t, “mean” is the mean over masked tokens; they are different quantities.")
    settings = {"model": "bundled", "batches": chosen.batches, "rows": ROWS, "length": LENGTH}
    science.write("objective", "Objectives and rates", settings, results, lines)


if __name__ == "__main__":
    main()
