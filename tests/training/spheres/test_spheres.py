"""Geometry of the sphere, the bridge against walking it step by step, and a toy that learns and fills."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from llada_edit.models.llama import LlamaConfig
from llada_edit.training.spheres.bridge import Bridge, Schedule
from llada_edit.training.spheres.geometry import (
    corner_logarithms,
    distance,
    exponential,
    inner,
    logarithm,
    tangent,
    tangent_noise,
)
from llada_edit.training.spheres.network import LAST, SphereLosses, SphereNetwork, bound, noisy, walk

seeds = st.integers(0, 10_000)


def points(seed: int, count: int, dimensions: int) -> torch.Tensor:
    drawn = torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return drawn / drawn.norm(dim=-1, keepdim=True)


@settings(max_examples=40)
@given(seeds, st.integers(2, 12))
def test_logarithm_and_exponential_undo_each_other(seed: int, dimensions: int) -> None:
    one, two = points(seed, 2, dimensions)[:, None]
    if float(inner(one, two)) < -0.999:
        return
    there = logarithm(one, two)
    assert float(inner(one, there)) == pytest.approx(0, abs=1e-9), "tangent"
    assert float(there.norm()) == pytest.approx(float(distance(one, two)), abs=1e-9)
    assert torch.allclose(exponential(one, there), two, atol=1e-9)
    assert float(distance(one, two)) == pytest.approx(math.acos(float(inner(one, two).clamp(-1, 1))), abs=1e-6)


@settings(max_examples=40)
@given(seeds, st.integers(2, 12))
def test_exponential_stays_on_the_sphere_and_goes_as_far_as_told(seed: int, dimensions: int) -> None:
    at, vector = points(seed, 2, dimensions)[:, None]
    vector = tangent(at, vector)
    moved = exponential(at, vector)
    assert float(moved.norm()) == pytest.approx(1, abs=1e-12)
    assert float(distance(at, moved)) == pytest.approx(float(vector.norm()), abs=1e-9)
    assert torch.allclose(exponential(at, torch.zeros_like(at)), at)


@settings(max_examples=20)
@given(seeds, st.integers(2, 9))
def test_all_corners_at_once_are_each_corner_in_turn(seed: int, dimensions: int) -> None:
    at, weights = points(seed, 2, dimensions)
    one_by_one = sum(weights[k] * logarithm(at, torch.eye(dimensions, dtype=at.dtype)[k]) for k in range(dimensions))
    assert torch.allclose(corner_logarithms(at, weights), one_by_one, atol=1e-5)


def test_schedule() -> None:
    schedule, t = Schedule(0.8, 0.05), torch.linspace(0, 1, 100_001, dtype=torch.float64)
    integral = torch.trapezoid(schedule.sigma(t).square(), t)
    assert float(schedule.left(torch.tensor(0.0))) == pytest.approx(float(integral), rel=1e-5)
    assert float(schedule.left(torch.tensor(1.0))) == pytest.approx(0, abs=1e-9)
    assert float(schedule.sigma(torch.tensor(0.5))) == pytest.approx(math.sqrt(0.8 * 0.05))
    times = schedule.time(torch.linspace(0, 1, 5), 0.6)
    assert times[[0, -1]].tolist() == pytest.approx([0, 0.6], abs=1e-5)
    factors = schedule.left(times[:-1]) / schedule.left(times[1:])
    assert torch.allclose(factors, factors[:1].expand(4), rtol=1e-4)


class Knows(nn.Module):
    """Says exactly how probable the tokens of single points are, by the density of X_t about its middle (see `at`)."""

    def __init__(self, bridge: Bridge, shares: torch.Tensor) -> None:
        super().__init__()
        self.bridge, self.shares = bridge, shares

    def forward(self, points: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        angle, spread = self.bridge.place(times[..., None])
        cosine = torch.cos(angle) * points[..., -1:] + torch.sin(angle) * points[..., :-1]
        radius = torch.arccos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))
        # Normal in the tangent space; a sphere has less room at a radius than a plane.
        room = (self.bridge.dimensions - 2) * (radius.log() - radius.sin().log())
        return (self.shares.log() - (radius / spread.clamp(min=1e-4)).square() / 2 + room).log_softmax(-1)


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.2, 0.15, 0.1, 0.05), (1 / 26,) * 26], ids=["2", "5", "26"])
def test_the_bound_of_tokens_one_by_one_is_their_entropy(shares: tuple[float, ...]) -> None:
    """Worked out by hand: who knows all that can be known pays the entropy, up to whatever time it is taken."""
    probabilities = torch.tensor(shares)
    entropy = float(torch.special.entr(probabilities).sum())
    bridge, generator = Bridge.make(len(shares) + 1), torch.Generator().manual_seed(0)
    tokens = torch.multinomial(probabilities, 8000, True, generator=generator).view(1000, 8)
    for last in (0.001, 0.02, 0.1, 0.3):
        path, end = bound(Knows(bridge, probabilities), bridge, tokens, last, generator)
        # The spread is matched in its mean only, which costs up to 4 %; sampling costs the rest.
        assert path + end == pytest.approx(entropy, rel=0.07), last
    assert end < 0.01 * entropy, "at the end nothing is left to say"


@pytest.mark.parametrize("dimensions", [4, 28])
def test_the_bridge_is_where_walking_leads(dimensions: int) -> None:
    """Mean and spread of X_t against a geodesic random walk of the whole equation."""
    torch.manual_seed(0)
    bridge, steps, rows = Bridge.make(dimensions), 400, 2000
    at = torch.zeros(rows, dimensions)
    at[:, -1] = 1
    target = torch.zeros(rows, dimensions)
    target[:, 0] = 1
    for index in range(steps):
        t = torch.tensor(index / steps)
        if index in (100, 200, 300, 380):
            direct = bridge.at(torch.zeros(rows, dtype=torch.long), t.expand(rows))
            assert torch.allclose(direct.norm(dim=1), torch.ones(rows), atol=1e-5)
            assert torch.allclose(at.mean(0), direct.mean(0), atol=0.03)
            # The spread is matched through the mean alone; its second moments are close, not equal.
            assert torch.allclose(at.var(0), direct.var(0), atol=0.03)
        pull = (bridge.schedule.gamma(t) / steps).clamp(max=1.0)
        at = exponential(at, pull * logarithm(at, target) + bridge.schedule.sigma(t) * steps**-0.5 * tangent_noise(at))
    assert float(distance(at, target).mean()) < 0.02 * math.sqrt(dimensions), "it arrives"


def test_ends_of_the_bridge() -> None:
    bridge, tokens = Bridge.make(6), torch.tensor([[0, 3, 4]])
    start = bridge.at(tokens, torch.zeros(1, 3))
    assert torch.allclose(start[..., -1], torch.ones(1, 3), atol=1e-3)
    assert (bridge.at(tokens, torch.ones(1, 3)).argmax(-1) == tokens).all()


def test_context_stands_at_its_corners() -> None:
    bridge, tokens = Bridge.make(6), torch.tensor([[0, 3, 4, 1]])
    hole = torch.tensor([[False, True, True, False]])
    where, times = noisy(bridge, tokens, hole, torch.tensor([0.25]))
    assert times.tolist() == [[1, 0.25, 0.25, 1]]
    assert torch.equal(where[~hole], functional.one_hot(tokens, 6).float()[~hole])


@pytest.mark.slow
def test_a_toy_learns_an_alphabet_and_fills_it() -> None:
    """Rows are the alphabet from some letter on: a hole between two letters has one right filling."""
    torch.manual_seed(0)
    size, length = 8, 12
    network = SphereNetwork(LlamaConfig(size + 1, width=48, layers=2, heads=4, feed_forward=96, max_positions=length))
    bridge = Bridge.make(size + 1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)

    def rows(count: int) -> torch.Tensor:
        return (torch.randint(size, (count, 1)) + torch.arange(length)) % size

    generator = torch.Generator().manual_seed(1)
    losses = SphereLosses(network, bridge)
    before = sum(bound(network, bridge, rows(256), LAST, generator))
    for _ in range(250):
        tokens = rows(32)
        hole = (torch.rand(tokens.shape) < torch.rand(32, 1)) | (torch.rand(32, 1) < 0.3)
        optimizer.zero_grad()
        losses({"targets": tokens, "counted": hole, "rates": torch.rand(32)}).mean().backward()
        optimizer.step()
    tokens = rows(64)
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    hole[:, 4:8] = True
    filled = walk(network, bridge, tokens.masked_fill(hole, 0), hole, 32, generator)
    assert torch.equal(filled[~hole], tokens[~hole])
    assert (filled == tokens)[hole].float().mean() > 0.9
    after = sum(bound(network, bridge, rows(512), LAST, generator))
    assert after < 0.5 * before
    # One of eight alphabets in twelve letters: no model can say a row in fewer than ln 8 nats.
    assert after > 0.8 * math.log(size) / length
