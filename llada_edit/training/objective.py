"""The masked-diffusion objective (LLaDA, arXiv 2502.09992, eq. 3) on canvases with holes, and its variants.

All variants count the masked slots only. Pre-training rows are one hole; in fine-tuning (eq. 5) the prompt is context
and the response is the hole, so the same functions serve both.

- "bound": every term weighted by 1/t: the bound of the negative log-likelihood, unbiased, with the largest variance; a
  row with t near 0 may weigh as much as all others together.
- "mean": the mean over the masked slots of the batch. It weights the rate t by t instead of by 1, so it is no bound;
  its gradient is far less noisy, and it is what our models are trained with.

Either is drawn with stratified rates (`llada_edit.training.batches.stratified_rates`), which changes no expectation.
`benchmarks/objective.py` measures all of them.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from llada_edit.models.base import Network

Objective = Literal["mean", "bound"]
LEAST_RATE = 1e-3
"""Rates below are taken as this in 1/t, as the reference does by t = (1 - ε)u + ε."""


def isolation_mask(hole: Tensor) -> Tensor:
    """Who may attend to whom, (rows, 1, seq, seq) bool, for `hole` (rows, seq) bool.

    Context rows see the context only, so their keys and values do not depend on what stands in the holes; hole rows
    see everything.
    """
    return hole[:, None, :, None] | ~hole[:, None, None, :]


def attention_mask(hole: Tensor, valid: Tensor, isolated: bool) -> Tensor | None:
    """`isolation_mask`, where the model has one, without padding; None where everybody may see everybody."""
    keys = None if bool(valid.all()) else valid[:, None, None, :]
    if not isolated or bool(hole.all()):
        return keys
    return isolation_mask(hole) if keys is None else isolation_mask(hole) & keys


def token_losses(
    network: Network, tokens: Tensor, positions: Tensor, targets: Tensor, counted: Tensor, mask: Tensor | None
) -> Tensor:
    """Cross-entropy in nats of every counted position, (counted,), in row order.

    Args:
        network: predicts.
        tokens: (rows, seq) int64, with masks.
        positions: (rows, seq) int64.
        targets: (rows, seq) int64.
        counted: (rows, seq) bool.
        mask: as `attention_mask` makes it.
    """
    hidden, _ = network.hidden(tokens, positions, mask)
    return functional.cross_entropy(network.project(hidden[counted]).float(), targets[counted], reduction="none")


def loss_weights(objective: Objective, counted: Tensor, hole: Tensor, rates: Tensor) -> Tensor:
    """What the loss of every slot counts for in its batch, (rows, seq), 0 where nothing is masked.

    Args:
        objective: "mean" or "bound".
        counted: (rows, seq) bool, masked slots.
        hole: (rows, seq) bool, slots.
        rates: (rows,) the rates t.
    """
    if objective == "mean":
        return counted / counted.sum().clamp(min=1)
    return counted / rates.clamp(min=LEAST_RATE)[:, None] / hole.sum().clamp(min=1)


def batch_loss(objective: Objective, losses: Tensor, counted: Tensor, hole: Tensor, rates: Tensor) -> Tensor:
    """The objective of a batch in nats: losses (counted,), in row order, the rest as in `loss_weights`."""
    return (losses * loss_weights(objective, counted, hole, rates)[counted]).sum()


def likelihood_bound(losses: Tensor, counted: Tensor, rates: Tensor) -> Tensor:
    """Upper bound of the negative log-likelihood in nats per token, of rows without context: eq. 3."""
    return batch_loss("bound", losses, counted, torch.ones_like(counted), rates)
