"""The log-bridge from the mask's corner to a token's, and a way to be anywhere on it without walking there.

dX = γ_t log_X(e_k) dt + σ_t dB with γ_t = σ_t² / ∫_t^1 σ_s² ds and σ_t = σ_0^(1-t) σ_1^t (RDLM, arXiv 2502.11564,
section 3). By symmetry X_t is spread about a point on the great circle between both corners. Where that point is (α_t)
and how wide the spread (ρ_t) are found once, by moments of the two scalar processes ⟨X, e_k⟩ and ⟨X, e_mask⟩.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from llada_edit.training.spheres.geometry import exponential, tangent_noise

GRID, PARTICLES = 400, 8192


@dataclass(frozen=True, slots=True)
class Schedule:
    """Noise of the bridge at times 0 (mask) and 1 (token)."""

    start: float = 0.8
    end: float = 0.05

    def sigma(self, t: Tensor) -> Tensor:
        """σ_t."""
        return self.start ** (1 - t) * self.end**t

    def left(self, t: Tensor) -> Tensor:
        """∫_t^1 σ_s² ds."""
        rate = 2 * math.log(self.end / self.start)
        return (self.end**2 - self.sigma(t).square()) / rate

    def gamma(self, t: Tensor) -> Tensor:
        """γ_t, which grows beyond all bounds towards 1."""
        return self.sigma(t).square() / self.left(t).clamp(min=1e-9)

    def time(self, share: Tensor, last: float) -> Tensor:
        """Times from 0 (share 0) to `last` (share 1) at which 1 / ∫_t^1 σ_s² ds has grown by equal factors.

        What X_t says of its token grows with that number and not with t: it is nearly all said in the first third.
        """
        first, final = (self.left(torch.tensor(end)).log() for end in (0.0, last))
        left = (first + share * (final - first)).exp()
        ratio = math.log(self.end / self.start)
        return ((self.end**2 - 2 * ratio * left) / self.start**2).log() / (2 * ratio)


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """The bridge in so many dimensions, the last of which is the mask's.

    Attributes:
        schedule: of the noise.
        dimensions: tokens and the mask.
        angle: (GRID + 1,) α_t: how far from the mask's corner to the token's, in radians.
        spread: (GRID + 1,) ρ_t.
    """

    schedule: Schedule
    dimensions: int
    angle: Tensor
    spread: Tensor

    @classmethod
    def make(cls, dimensions: int, schedule: Schedule | None = None, seed: int = 0) -> Bridge:
        """Simulate the scalar processes and match the mean of X_t."""
        schedule = schedule or Schedule()
        to_token, to_mask = _moments(dimensions, schedule, seed)
        length = (to_token.square() + to_mask.square()).sqrt().clamp(max=1.0)
        return cls(schedule, dimensions, torch.atan2(to_token, to_mask), _spread(length, dimensions - 1, seed))

    def place(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """α_t and ρ_t; the square of the latter is what grows evenly from 0."""
        angle, square = (_interpolated(table.to(t.device), t) for table in (self.angle, self.spread.square()))
        return angle, square.sqrt()

    def at(self, tokens: Tensor, t: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """X_t for tokens (…) and times (…): (…, dimensions)."""
        angle, spread = self.place(t[..., None])
        middle = torch.zeros(*tokens.shape, self.dimensions, device=t.device)
        middle[..., -1:] = torch.cos(angle)
        middle.scatter_add_(-1, tokens[..., None], torch.sin(angle))
        return exponential(middle, spread * tangent_noise(middle, generator))


def _interpolated(table: Tensor, t: Tensor) -> Tensor:
    place = t.clamp(0, 1) * (len(table) - 1)
    low = place.floor().long().clamp(max=len(table) - 2)
    return table[low] + (place - low) * (table[low + 1] - table[low])


def _moments(dimensions: int, schedule: Schedule, seed: int) -> tuple[Tensor, Tensor]:
    """E⟨X_t, e_k⟩ and E⟨X_t, e_mask⟩ on the grid, from Euler–Maruyama steps of both processes together."""
    generator, step = torch.Generator().manual_seed(seed), 1 / GRID
    token, mask = torch.zeros(PARTICLES), torch.ones(PARTICLES)
    means = [(0.0, 1.0)]
    for index in range(GRID):
        t = torch.tensor(index * step)
        variance = schedule.sigma(t).square() * step
        # What is left of the way may be gone at once, not overshot.
        pull = (schedule.gamma(t) * step).clamp(max=1.0)
        cosine = token.clamp(-1 + 1e-6, 1 - 1e-6)
        sine = (1 - cosine.square()).sqrt()
        turn = pull * torch.arccos(cosine) / sine
        noise = torch.randn(2, PARTICLES, generator=generator) * variance.sqrt()
        # Ito: noise on a sphere of n = dimensions - 1 shortens every coordinate by n/2 σ².
        shrink = (dimensions - 1) / 2 * variance
        across = -cosine * mask / sine  # covariance of both noises is -⟨X, e_k⟩⟨X, e_mask⟩
        rest = (1 - mask.square() - across.square()).clamp(min=0).sqrt()
        moved = token + turn * sine.square() - shrink * token + sine * noise[0]
        mask = mask - turn * cosine * mask - shrink * mask + across * noise[0] + rest * noise[1]
        token = moved.clamp(-1, 1)
        room = (1 - token.square()).sqrt()
        mask = torch.minimum(torch.maximum(mask, -room), room)
        means.append((float(token.mean()), float(mask.mean())))
    both = torch.tensor(means)
    return both[:, 0], both[:, 1]


def _spread(length: Tensor, n: int, seed: int) -> Tensor:
    """ρ such that E cos(ρ r) is `length`, r the length of standard normal noise in n dimensions; by bisection."""
    generator = torch.Generator().manual_seed(seed + 1)
    radii = torch.randn(4096, n, generator=generator).norm(dim=1)
    low, high = torch.zeros_like(length), torch.full_like(length, math.pi / 2 / math.sqrt(n))
    for _ in range(40):
        middle = (low + high) / 2
        too_long = torch.cos(middle[:, None] * radii).mean(1) > length
        low, high = torch.where(too_long, middle, low), torch.where(too_long, high, middle)
    return (low + high) / 2
