"""The unit sphere: exponential and logarithm, distances, tangent noise. All tensors (…, dimensions)."""

from __future__ import annotations

import torch
from torch import Tensor

TINY = 1e-7


def inner(one: Tensor, two: Tensor) -> Tensor:
    """Inner product, (…, 1)."""
    return (one * two).sum(-1, keepdim=True)


def tangent(at: Tensor, vector: Tensor) -> Tensor:
    """The part of a vector that is tangent at a point."""
    return vector - inner(at, vector) * at


def distance(one: Tensor, two: Tensor) -> Tensor:
    """Angle between points, (…, 1), in radians; exact also where they nearly meet."""
    return 2 * torch.atan2((one - two).norm(dim=-1, keepdim=True), (one + two).norm(dim=-1, keepdim=True))


def exponential(at: Tensor, vector: Tensor) -> Tensor:
    """Where one comes to from a point, going along a tangent vector for its length."""
    length = vector.norm(dim=-1, keepdim=True)
    moved: Tensor = torch.cos(length) * at + torch.sinc(length / torch.pi) * vector
    unit: Tensor = moved / moved.norm(dim=-1, keepdim=True)
    return unit


def logarithm(at: Tensor, to: Tensor) -> Tensor:
    """The tangent vector that leads from one point to another; not defined for opposite points."""
    direction = tangent(at, to)
    found: Tensor = direction * distance(at, to) / direction.norm(dim=-1, keepdim=True).clamp(min=TINY)
    return found


def corner_logarithms(at: Tensor, weights: Tensor) -> Tensor:
    """Σ_k w_k log_at(e_k) over all corners e_k of the positive orthant, in one go.

    Args:
        at: (…, dimensions).
        weights: (…, dimensions), of each corner.
    """
    cosine = at.clamp(-1 + TINY, 1 - TINY)
    scaled = weights * torch.arccos(cosine) / (1 - cosine.square()).sqrt()
    return scaled - inner(scaled, at) * at


def tangent_noise(at: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Standard normal noise in the tangent space."""
    return tangent(at, torch.randn(at.shape, generator=generator, device=at.device))
