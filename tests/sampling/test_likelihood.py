"""Likelihood bounds against their definition."""

from itertools import combinations
from statistics import fmean

import pytest
import torch

from llada_edit.models.base import Layout
from llada_edit.sampling.likelihood import exact_any_order, masked_losses, sampled_any_order, token_log_probabilities
from llada_edit.testing import ScriptedDenoiser, scripted_card, tiny_model

CARD = scripted_card(9)
TOKENS = torch.tensor([5, 6, 7, 8, 5])
ANSWER = torch.tensor([1, 2, 3])


def model(seed=0):
    return ScriptedDenoiser.random(CARD, seed, scale=1.0)


def hidden_loss(denoiser, tokens, hidden, hole):
    """Cross-entropies of the hidden columns, one by one."""
    noisy = tokens.clone()
    noisy[list(hidden)] = CARD.mask_id
    layout = Layout.plain(noisy[None], hole[None])
    losses = {}
    for column in hidden:
        logits = denoiser.logits(noisy[None], torch.tensor([[column]]), layout)
        losses[column] = -float(logits[0, 0].log_softmax(-1)[tokens[column]])
    return losses


def by_definition(denoiser, tokens, answer):
    length, hole = len(answer), torch.zeros(len(tokens), dtype=torch.bool)
    hole[answer] = True
    means = []
    for size in range(1, length + 1):
        sums = [sum(hidden_loss(denoiser, tokens, part, hole).values()) for part in combinations(answer.tolist(), size)]
        means.append(fmean(sums) * length / size)
    return -fmean(means)


def test_exact_is_the_definition():
    assert exact_any_order(model(), TOKENS, ANSWER) == pytest.approx(by_definition(model(), TOKENS, ANSWER), rel=1e-5)
    assert exact_any_order(model(), TOKENS, ANSWER, batch=2) == pytest.approx(exact_any_order(model(), TOKENS, ANSWER))


def test_exact_of_a_context_free_model_is_its_log_probability():
    table = torch.randn(5, 9, generator=torch.Generator().manual_seed(0))
    denoiser = ScriptedDenoiser.from_table(CARD, table)
    expected = float(table.log_softmax(-1)[ANSWER, TOKENS[ANSWER]].sum())
    assert exact_any_order(denoiser, TOKENS, ANSWER) == pytest.approx(expected, rel=1e-5)
    assert sampled_any_order(denoiser, TOKENS, ANSWER, samples=3000, seed=1) == pytest.approx(expected, rel=0.05)


def test_exact_refuses_what_would_take_forever():
    with pytest.raises(ValueError, match="11 tokens"):
        exact_any_order(model(), torch.full((12,), 5), torch.arange(11))


def test_sampled_is_unbiased():
    exact = exact_any_order(model(), TOKENS, ANSWER)
    draws = [sampled_any_order(model(), TOKENS, ANSWER, samples=7, batch=4, seed=seed) for seed in range(120)]
    spread = torch.tensor(draws).std() / len(draws) ** 0.5
    assert abs(fmean(draws) - exact) < 4 * float(spread)


def test_sampled_repeats_with_its_seed_and_ignores_the_batch():
    first = sampled_any_order(model(), TOKENS, ANSWER, samples=9, batch=2, seed=4)
    assert first == pytest.approx(sampled_any_order(model(), TOKENS, ANSWER, samples=9, batch=16, seed=4))
    assert first != sampled_any_order(model(), TOKENS, ANSWER, samples=9, seed=5)


@pytest.mark.parametrize("make", [model, lambda: tiny_model().denoiser, lambda: tiny_model(attention="full").denoiser])
def test_as_many_folds_as_tokens_leave_one_out(make):
    denoiser = make()
    got = token_log_probabilities(denoiser, TOKENS, ANSWER, folds=99)
    for column, value in zip(ANSWER.tolist(), got.tolist(), strict=True):
        hole = torch.zeros(5, dtype=torch.bool)
        hole[column] = True
        assert value == pytest.approx(-hidden_loss(denoiser, TOKENS, [column], hole)[column], abs=1e-4)


def test_folds_hide_several_tokens_at_once():
    denoiser = model()
    got = token_log_probabilities(denoiser, TOKENS, ANSWER, folds=2)
    assert denoiser.calls == 1
    hole = torch.tensor([False, True, False, True, False])
    expected = hidden_loss(denoiser, TOKENS, [1, 3], hole)
    assert got[[0, 2]].tolist() == pytest.approx([-expected[1], -expected[3]], abs=1e-5)


def test_losses_are_zero_where_nothing_is_hidden():
    masked = torch.tensor([[False, True, True, False, False], [False, False, True, False, False]])
    losses = masked_losses(model(), TOKENS.expand(2, -1), masked, masked)
    assert bool((losses[~masked] == 0).all())
    assert bool((losses[masked] > 0).all())
