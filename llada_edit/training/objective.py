"""The masked-diffusion objective (LLaDA, arXiv 2502.09992, eq. 3) on canvases with holes."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from llada_edit.models.encoder import Encoder


def isolation_mask(hole: Tensor) -> Tensor:
    """Who may attend to whom, (rows, 1, seq, seq) bool, for `hole` (rows, seq) bool.

    Context rows see the context only, so their keys and values do not depend on what stands in the holes; hole rows
    see everything.
    """
    return hole[:, None, :, None] | ~hole[:, None, None, :]


def token_losses(
    network: Encoder, tokens: Tensor, positions: Tensor, targets: Tensor, hole: Tensor, counted: Tensor
) -> Tensor:
    """Cross-entropy in nats of every counted position, (counted,), in row order; all arguments (rows, seq)."""
    mask = None if bool(hole.all()) else isolation_mask(hole)
    hidden, _ = network.hidden(tokens, positions, mask)
    return functional.cross_entropy(network.project(hidden[counted]).float(), targets[counted], reduction="none")


def likelihood_bound(losses: Tensor, counted: Tensor, rates: Tensor) -> Tensor:
    """Upper bound of the negative log-likelihood in nats per token: mean over rows of sum(losses) / t / seq.

    Args:
        losses: (counted,) in row order.
        counted: (rows, seq) bool, each position masked with probability t of its row.
        rates: (rows,) the rates t.
    """
    weights = (1 / rates)[:, None].expand(counted.shape)[counted]
    return (losses * weights).sum() / counted.numel()
