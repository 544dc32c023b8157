"""How noisy each form of the objective is: the same network, many batches, the spread of loss and gradient.

The network is that of the bundled model, without what is weighed beside it. The gradient is that of one matrix, the
attention output of the last block; its noise is the mean squared distance from the mean gradient, in units of the mean
gradient's squared length: about as many batches are needed to see the direction at all. For its intervals one batch
after the other is left out (jackknife of the logarithm; Efron and Stein 1981). All four see the same rows of text in
the same batch, so ratios are taken batch by batch.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from intervals import student

from llada_edit.models.bundled import bundled_folder, load_network
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.batches import Batch, stratified_rates
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.objective import LEAST_RATE, batch_loss, token_losses
from llada_edit.training.texts import read_texts

ROWS, LENGTH = 8, 64
OBJECTIVES, WAYS = ("bound", "mean"), ("one by one", "stratified")
NOTE = "\n“bound” weights by 1/t, “mean” is the mean over masked tokens: different quantities, both in nats a token."
RATIOS = {
    "bound: stratified of one by one": ("bound, t stratified", "bound, t one by one"),
    "mean: stratified of one by one": ("mean, t stratified", "mean, t one by one"),
    "stratified: mean of bound": ("mean, t stratified", "bound, t stratified"),
}


def batch_of(sampler: Sampler, step: int, stratified: bool) -> Batch:
    """Rows without context, rates drawn one by one or stratified."""
    batch, rng = sampler.whole_batch(step, ROWS, LENGTH), np.random.default_rng(step)
    rates = stratified_rates(rng, ROWS) if stratified else rng.random(ROWS)
    rates = rates.clip(LEAST_RATE)
    counted = rng.random(batch.targets.shape) < rates[:, None]
    tokens = np.where(counted, sampler.controls.mask, batch.targets)
    return Batch(tokens, batch.positions, batch.targets, batch.hole, counted, batch.valid, rates)


def noise(products: np.ndarray) -> float:
    """From (batches, batches) inner products of gradients."""
    batches, total = len(products), products.sum()
    spread = (np.trace(products) - total / batches) / (batches - 1)
    # The squared length of a mean of n noisy vectors is too large by noise / n.
    return float(spread / max(total / batches**2 - spread / batches, 1e-12))


def part(products: np.ndarray, some: np.ndarray) -> float:
    """Noise of some of the batches."""
    return noise(products[np.ix_(some, some)])


def jackknife(of: Callable[[np.ndarray], float], batches: int) -> tuple[float, float, float]:
    """A positive figure of some batches with its 95 % interval; `of` takes the indices of those that are there."""
    everything = np.arange(batches)
    without = np.log([of(np.delete(everything, out)) for out in everything])
    value, error = of(everything), float(np.sqrt((batches - 1) * np.var(without)))
    factor = math.exp(student(batches) * error)
    return value, value / factor, value * factor


def said(found: tuple[float, float, float], digits: int) -> str:
    """With its interval."""
    value, low, high = (f"{each:.{digits}f}" for each in found)
    return f"{value} ({low} to {high})"


def gradients(network: Any, sampler: Sampler, objective: Any, stratified: bool, batches: int) -> tuple[Any, Any]:
    """(batches,) losses and (batches, batches) inner products of the gradients."""
    weight, losses, found = network.blocks[-1].out.weight, [], []
    for step in range(batches):
        batch = batch_of(sampler, step, stratified)
        names = ("tokens", "positions", "targets", "counted")
        tokens, positions, targets, counted = (torch.from_numpy(getattr(batch, name)) for name in names)
        each = token_losses(network, tokens, positions, targets, counted, None)
        hole, rates = torch.from_numpy(batch.hole), torch.from_numpy(batch.rates).float()
        loss = batch_loss(objective, each, counted, hole, rates)
        losses.append(loss.item())
        found.append(torch.autograd.grad(loss, weight)[0].flatten())
    stack = torch.stack(found).double()
    return np.array(losses), (stack @ stack.T).numpy()


def tables(losses: dict[str, np.ndarray], products: dict[str, np.ndarray]) -> tuple[dict[str, Any], list[str]]:
    """Results, and what the page shows of them."""
    results: dict[str, Any] = {}
    rows, batches = [], len(next(iter(products.values())))
    for name, own in losses.items():
        found = jackknife(lambda some, own=products[name]: part(own, some), batches)
        results[name] = {"loss": own.mean(), "deviation": own.std(), "noise": found[0], "interval": found[1:]}
        rows.append([name, f"{own.mean():.2f}", f"{own.std():.2f}", said(found, 1)])
    lines = science.table(("objective", "mean loss", "standard deviation", "noise of the gradient (95 %)"), rows)
    lines += [NOTE, ""]
    rows = []
    for title, (less, more) in RATIOS.items():
        one, two = products[less], products[more]
        results[title] = jackknife(lambda some, a=one, b=two: part(a, some) / part(b, some), batches)
        rows.append([title, said(results[title], 2)])
    lines += science.table(("noise of one as a share of another's", "(95 %)"), rows)
    return results, lines


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("texts", type=Path)
    arguments.add_argument("--batches", type=int, default=200)
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    tokenizer = read_tokenizer(bundled_folder())
    folder = science.RUNS / "objective"
    Corpus.build(read_texts([chosen.texts]), tokenizer, folder)
    sampler = Sampler(Corpus.load(folder, tokenizer), 0)
    _, network = load_network(bundled_folder(), "bundled", torch.device("cpu"))
    losses, products = {}, {}
    for objective in OBJECTIVES:
        for stratified, way in enumerate(WAYS):
            name = f"{objective}, t {way}"
            losses[name], products[name] = gradients(network, sampler, objective, bool(stratified), chosen.batches)
            print(name, losses[name].mean(), noise(products[name]), file=sys.stderr, flush=True)
    results, lines = tables(losses, products)
    settings = {
        "model": "the network of bundled", "text": chosen.texts.name, "batches": chosen.batches, "rows": ROWS,
        "length": LENGTH,
    }  # fmt: skip
    science.write("objective", "Objectives and rates", settings, results, lines)


if __name__ == "__main__":
    main()
