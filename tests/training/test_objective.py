"""The objective against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.objective import isolation_mask, likelihood_bound, token_losses


def test_isolation_mask() -> None:
    hole = torch.tensor([[False, True, False]])
    assert isolation_mask(hole)[0, 0].tolist() == [[True, False, True], [True, True, True], [True, False, True]]


def test_token_losses_are_cross_entropies_in_row_order() -> None:
    torch.manual_seed(0)
    network = Encoder(EncoderConfig(vocab_size=7, width=8, layers=1, heads=2, feed_forward=16)).eval()
    targets = torch.tensor([[5, 6, 4], [4, 5, 6]])
    counted = torch.tensor([[False, True, False], [True, False, True]])
    tokens = targets.masked_fill(counted, 0)
    positions = torch.arange(3).expand(2, 3)
    losses = token_losses(network, tokens, positions, targets, counted, counted)
    hidden, _ = network.hidden(tokens, positions, isolation_mask(counted))
    probabilities = network.project(hidden).softmax(-1).detach()
    by_hand = [-math.log(float(probabilities[row, col, targets[row, col]])) for row, col in ((0, 1), (1, 0), (1, 2))]
    assert losses.tolist() == pytest.approx(by_hand, abs=1e-5)


def test_likelihood_bound_weights_by_one_over_the_rate() -> None:
    counted = torch.tensor([[True, False, False, True], [False, True, False, False]])
    losses = torch.tensor([1.0, 2.0, 4.0])
    rates = torch.tensor([0.5, 0.25])
    # Row 0: (1 + 2) / 0.5 = 6, row 1: 4 / 0.25 = 16; over 8 positions.
    assert float(likelihood_bound(losses, counted, rates)) == pytest.approx(22 / 8)


def test_likelihood_bound_is_unbiased_for_a_fixed_loss() -> None:
    """A model that always loses one nat per token has a bound of one nat, whatever is masked."""
    torch.manual_seed(0)
    rates = (torch.arange(512) + torch.rand(1)) / 512
    counted = torch.rand(512, 64) < rates[:, None]
    bound = likelihood_bound(torch.ones(int(counted.sum())), counted, rates)
    assert float(bound) == pytest.approx(1.0, abs=0.05)
