"""The network on spheres, its loss, a bound of the likelihood, and the walk that fills.

Every position has a time of its own: context stands at its corner at time 1, so filling with fixed context is what the
network was trained for. Loss: cross-entropy of the token, without simulation (RDLM, arXiv 2502.11564, section 4).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.encoder import Block, EncoderConfig
from llada_edit.training.spheres.bridge import Bridge
from llada_edit.training.spheres.geometry import corner_logarithms, exponential, tangent_noise

LAST = 0.75
"""Time up to which the bound is integrated, plus the cross-entropy of the token there. Any time gives a bound; at
this one a point lies near its corner, and later the smallest doubt of the network would weigh without measure."""


class SphereNetwork(nn.Module):
    """Points and times to log probabilities of tokens; the body is that of our encoder.

    Args:
        config: `vocab_size` counts the tokens, without the mask.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.inwards = nn.Linear(config.vocab_size + 1, config.width)
        self.time = nn.Sequential(nn.Linear(32, config.width), nn.SiLU(), nn.Linear(config.width, config.width))
        self.position = nn.Embedding(config.max_positions, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.head = nn.Linear(config.width, config.vocab_size)

    def forward(self, points: Tensor, times: Tensor) -> Tensor:
        """(rows, seq, tokens) for points (rows, seq, tokens + 1) and times (rows, seq)."""
        waves = times[..., None] * torch.pi * 2 ** torch.arange(16, device=times.device).mul(0.5)
        # A point has unit length whatever the number of tokens: scaled up, so that its entries are of order one.
        state = self.inwards(points * math.sqrt(points.shape[-1])) + self.time(
            torch.cat((waves.sin(), waves.cos()), -1)
        )
        state = state + self.position(torch.arange(points.shape[1], device=points.device))
        for block in self.blocks:
            state, _ = block(state, None, None)
        logits: Tensor = self.head(state)
        return logits.log_softmax(-1)


def noisy(
    bridge: Bridge, tokens: Tensor, hole: Tensor, t: Tensor, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Points and times of rows (rows, seq): context at its corners, holes at the time t (rows,) of their row."""
    times = torch.where(hole, t[:, None], 1.0)
    corners = functional.one_hot(tokens, bridge.dimensions).float()
    return torch.where(hole[..., None], bridge.at(tokens, times, generator), corners), times


def token_loss(network: SphereNetwork, bridge: Bridge, tokens: Tensor, hole: Tensor, t: Tensor) -> Tensor:
    """Mean cross-entropy in nats of the tokens in holes (rows, seq) at times t (rows,)."""
    points, times = noisy(bridge, tokens, hole, t)
    return functional.nll_loss(network(points, times)[hole], tokens[hole])


@torch.no_grad()
def bound(network: SphereNetwork, bridge: Bridge, tokens: Tensor, generator: torch.Generator) -> float:
    """Bound of the negative log-likelihood of rows without context, nats per token, one time a row, stratified.

    Girsanov: half the integral of |drift - true drift|² / σ². It is as exact as the spread of X_t, which is matched in
    its mean only; so it is an estimate of a bound.
    """
    rows = len(tokens)
    t = LAST * (torch.arange(rows) + torch.rand(1, generator=generator)) / rows
    hole = torch.ones_like(tokens, dtype=torch.bool)
    points, times = noisy(bridge, tokens, hole, t, generator)
    truth = functional.one_hot(tokens, bridge.dimensions).float()
    said = functional.pad(network(points, times).exp(), (0, 1))
    gap = corner_logarithms(points, truth - said).square().sum(-1).mean(1)
    schedule = bridge.schedule
    path = (schedule.gamma(t) / schedule.sigma(t)).square() * gap / 2
    last = noisy(bridge, tokens, hole, torch.full((rows,), LAST), generator)
    end = functional.nll_loss(network(*last).flatten(0, 1), tokens.flatten())
    return float(LAST * path.mean() + end)


@torch.no_grad()
def walk(
    network: SphereNetwork, bridge: Bridge, tokens: Tensor, hole: Tensor, steps: int, generator: torch.Generator
) -> Tensor:
    """Fill holes (rows, seq) by a geodesic random walk of so many steps; the context's tokens stay as they are."""
    corners = functional.one_hot(tokens, bridge.dimensions).float()
    start = torch.zeros_like(corners)
    start[..., -1] = 1
    points = torch.where(hole[..., None], start, corners)
    for index in range(steps):
        t = torch.tensor(index / steps)
        times = torch.where(hole, t, 1.0)
        said = functional.pad(network(points, times).exp(), (0, 1))
        pull = (bridge.schedule.gamma(t) / steps).clamp(max=1.0)
        drift = pull * corner_logarithms(points, said)
        spread = bridge.schedule.sigma(t) / math.sqrt(steps)
        moved = exponential(points, drift + spread * tangent_noise(points, generator))
        points = torch.where(hole[..., None], moved, corners)
    found = network(points, torch.ones_like(hole, dtype=torch.float)).argmax(-1)
    return torch.where(hole, found, tokens)
