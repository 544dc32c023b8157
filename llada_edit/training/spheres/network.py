"""The network on spheres, its losses, a bound of the likelihood, and the walk that fills.

Every position has a time of its own: context stands at its corner at time 1, so filling with fixed context is what the
network was trained for. Loss: cross-entropy of the token, without simulation (RDLM, arXiv 2502.11564, section 4).
"""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.training.spheres.bridge import Bridge
from llada_edit.training.spheres.geometry import corner_logarithms, exponential, tangent_noise

LAST = 0.3
"""Time at which the walk ends, and up to which the network is trained: who knows the bridge then knows the token."""


class PointDenoiser(Protocol):
    """What `bound` and `walk` ask: the sibling of `llada_edit.models.base.Denoiser` for points instead of token ids.

    Its own protocol, since a point says how far it is on its way and has a time, which a token or mask has not.
    """

    def __call__(self, points: Tensor, times: Tensor) -> Tensor:
        """(rows, seq, tokens) log probabilities for points (rows, seq, tokens + 1) and times (rows, seq)."""
        ...


class SphereNetwork(nn.Module):
    """The `PointDenoiser` that is trained: points and times to log probabilities of tokens, by a masked model's body.

    A point is a weighted sum of corners, and enters as that sum of their embeddings.

    Args:
        config: `vocab_size` counts the tokens and the mask, which comes last.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.body = Llama(config)
        self.time = nn.Sequential(nn.Linear(32, config.width), nn.SiLU(), nn.Linear(config.width, config.width))

    def forward(self, points: Tensor, times: Tensor) -> Tensor:
        """(rows, seq, tokens) for points (rows, seq, tokens + 1) and times (rows, seq)."""
        waves = times[..., None] * torch.pi * 2 ** torch.arange(16, device=times.device).mul(0.5)
        # A point has unit length whatever the number of tokens: scaled up, so that its entries are of order one.
        state = points * math.sqrt(points.shape[-1]) @ self.body.embedding.weight
        state = state + self.time(torch.cat((waves.sin(), waves.cos()), -1))
        hidden, _ = self.body.through(state, torch.arange(points.shape[1], device=points.device)[None])
        return self.body.project(hidden)[..., :-1].log_softmax(-1)


def noisy(
    bridge: Bridge, tokens: Tensor, hole: Tensor, t: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Points and times of rows (rows, seq): context at its corners, holes at the time t (rows,) of their row."""
    times = torch.where(hole, t[:, None], 1.0)
    corners = functional.one_hot(tokens, bridge.dimensions).float()
    return torch.where(hole[..., None], bridge.at(tokens, times, generator), corners), times


class SphereLosses(nn.Module):
    """Cross-entropy in nats of the tokens in holes, as `llada_edit.training.trainer.Losses` gives them.

    Args:
        network: is trained.
        bridge: where its points come from.
    """

    def __init__(self, network: SphereNetwork, bridge: Bridge) -> None:
        super().__init__()
        self.network, self.bridge = network, bridge

    def forward(self, fields: dict[str, Tensor]) -> Tensor:
        """(counted,) in row order; `counted` (rows, seq) are the holes, `rates` (rows,) shares of `Schedule.time`."""
        tokens, hole, shares = fields["targets"], fields["counted"], fields["rates"].float()
        # Drawn from the batch alone: a run that goes on draws the same again.
        generator = torch.Generator(tokens.device).manual_seed(int(tokens.sum()) + int(1e6 * shares[0]))
        times = self.bridge.schedule.time(shares, LAST)
        points, times = noisy(self.bridge, tokens, hole, times, generator)
        return functional.nll_loss(self.network(points, times)[hole], tokens[hole], reduction="none")


@torch.no_grad()
def bound(
    network: PointDenoiser, bridge: Bridge, tokens: Tensor, last: float, generator: torch.Generator
) -> tuple[float, float]:
    """Bound of the negative log-likelihood of rows (rows, seq) without context, in nats per token, one time a row.

    -log p(x) ≤ KL(paths to x ‖ paths of the network, up to `last`) - E log p(x | X_last). By Girsanov, the divergence
    is half the integral of |drift - true drift|² / σ² dt = |gap|² d(1 / ∫_t^1 σ²), where `gap` is that of the mean
    logarithms. Every `last` gives a bound. A late one punishes the smallest doubt of the network without measure,
    since 1 / ∫ grows to 740 at 0.75; at 0 only the second part is left, which is that of single tokens.

    It is as exact as the spread of X_t, which is matched in its mean only; so it is an estimate of a bound.

    Returns:
        Its two parts: of the path, and of the tokens at its end.
    """
    rows, schedule = len(tokens), bridge.schedule
    shares = (torch.arange(rows) + torch.rand(1, generator=generator)) / rows
    t = schedule.time(shares, last)
    hole = torch.ones_like(tokens, dtype=torch.bool)
    points, times = noisy(bridge, tokens, hole, t, generator)
    truth = functional.one_hot(tokens, bridge.dimensions).float()
    said = functional.pad(network(points, times).exp(), (0, 1))
    gap = corner_logarithms(points, truth - said).square().sum(-1).mean(1)
    first, final = (schedule.left(torch.tensor(end)).log() for end in (0.0, last))
    path = gap / schedule.left(t) / 2 * (first - final)
    end = noisy(bridge, tokens, hole, torch.full((rows,), last), generator)
    return float(path.mean()), float(functional.nll_loss(network(*end).flatten(0, 1), tokens.flatten()))


@torch.no_grad()
def walk(
    network: PointDenoiser, bridge: Bridge, tokens: Tensor, hole: Tensor, steps: int, generator: torch.Generator
) -> Tensor:
    """Fill holes (rows, seq) by a geodesic random walk of so many steps; the context's tokens stay as they are.

    Each step is that of a flat bridge, exactly: it goes the share of the way that the noise left to come shrinks by.
    """
    corners = functional.one_hot(tokens, bridge.dimensions).float()
    start = torch.zeros_like(corners)
    start[..., -1] = 1
    points = torch.where(hole[..., None], start, corners)
    at = bridge.schedule.time(torch.linspace(0, 1, steps + 1), LAST)
    left = bridge.schedule.left(at)
    for index in range(steps):
        said = functional.pad(network(points, torch.where(hole, at[index], 1.0)).exp(), (0, 1))
        share = left[index + 1] / left[index]
        spread = (left[index] * (1 - share) * share).sqrt()
        moved = exponential(
            points, (1 - share) * corner_logarithms(points, said) + spread * tangent_noise(points, generator)
        )
        points = torch.where(hole[..., None], moved, corners)
    found = network(points, torch.where(hole, at[-1], 1.0)).argmax(-1)
    return torch.where(hole, found, tokens)
