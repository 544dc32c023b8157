"""The objective against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.objective import (
    attention_mask,
    batch_loss,
    isolation_mask,
    likelihood_bound,
    loss_weights,
    token_losses,
)


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
    losses = token_losses(network, tokens, positions, targets, counted, isolation_mask(counted))
    hidden, _ = network.hidden(tokens, positions, isolation_mask(counted))
    probabilities = network.project(hidden).softmax(-1).detach()
    by_hand = [-math.log(float(probabilities[row, col, targets[row, col]])) for row, col in ((0, 1), (1, 0), (1, 2))]
    assert losses.tolist() == pytest.approx(by_hand, abs=1e-5)


def test_padding_is_not_attended_to() -> None:
    hole, valid = torch.tensor([[False, True, False]]), torch.tensor([[True, True, False]])
    mask = attention_mask(hole, valid, isolated=True)
    assert mask is not None
    assert mask[0, 0].tolist() == [[True, False, False], [True, True, False], [True, False, False]]
    mask = attention_mask(hole, valid, isolated=False)
    assert mask is not None
    assert mask.expand(1, 1, 3, 3)[0, 0].tolist() == [[True, True, False]] * 3
    assert attention_mask(hole, torch.ones_like(hole), isolated=False) is None
    assert attention_mask(torch.ones_like(hole), torch.ones_like(hole), isolated=True) is None


def test_both_objectives_by_hand() -> None:
    """Two rows of four slots, but the first has one slot of context; t is 1/2 and 1/4."""
    hole = torch.tensor([[False, True, True, True], [True, True, True, True]])
    counted = torch.tensor([[False, True, False, True], [False, False, True, False]])
    losses, rates = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.5, 0.25])
    # mean: (1 + 2 + 4) / 3. bound: (1 + 2) / 0.5 + 4 / 0.25 = 22, over 7 slots: context is no slot.
    assert float(batch_loss("mean", losses, counted, hole, rates)) == pytest.approx(7 / 3)
    assert float(batch_loss("bound", losses, counted, hole, rates)) == pytest.approx(22 / 7)


def test_the_response_alone_counts_in_fine_tuning() -> None:
    """Prompt of two, response of two: the same losses weigh the same whatever stands in the prompt."""
    hole = torch.tensor([[False, False, True, True]])
    counted = torch.tensor([[False, False, True, False]])
    weights = loss_weights("bound", counted, hole, torch.tensor([0.5]))
    assert weights.tolist() == [[0, 0, 1.0, 0]]  # 1 / 0.5 over 2 slots


def test_tiny_rates_do_not_explode_and_empty_batches_count_nothing() -> None:
    one = torch.tensor([[True, False]])
    assert float(loss_weights("bound", one, torch.ones_like(one), torch.tensor([1e-9])).sum()) == pytest.approx(500)
    none = torch.zeros_like(one)
    for objective in ("mean", "bound"):
        assert float(batch_loss(objective, torch.zeros(0), none, none, torch.tensor([0.5]))) == 0


def test_objectives_agree_on_the_expectation_of_a_constant_loss() -> None:
    """Both objectives are one nat for a model that loses one nat, but 1/t is the noisier one."""
    found = {}
    for objective in ("mean", "bound"):
        torch.manual_seed(0)
        values = []
        for _ in range(300):
            rates = torch.rand(8).clamp(min=0.01)
            counted = torch.rand(8, 64) < rates[:, None]
            losses = torch.ones(int(counted.sum()))
            values.append(float(batch_loss(objective, losses, counted, torch.ones_like(counted), rates)))
        found[objective] = torch.tensor(values)
        assert float(found[objective].mean()) == pytest.approx(1.0, abs=0.05)
    assert found["mean"].std() < 0.1 * found["bound"].std()


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
