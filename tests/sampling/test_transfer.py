"""Which positions each policy commits, on probabilities made by hand."""

from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.sampling.choice import Proposal
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import (
    Ancestral,
    Entropy,
    EntropyBound,
    Factor,
    LowConfidence,
    Margin,
    Random,
    Threshold,
    Turn,
    highest,
)

timeless = settings(max_examples=60)
GREEDY = [LowConfidence(), Random(), Margin(), Entropy(), Threshold(), Factor(), EntropyBound()]
rows_of_best = st.lists(st.floats(0.4, 1), min_size=1, max_size=6)


def proposal_of(rows, asked=None):
    """A proposal from probabilities rows[row][position][token]; the most probable token is proposed."""
    probabilities = torch.tensor(rows)
    confidence, tokens = probabilities.max(-1)
    asked = torch.ones_like(tokens, dtype=torch.bool) if asked is None else torch.tensor(asked)
    at = torch.arange(tokens.shape[1]).expand_as(tokens)
    return Proposal(at, asked, tokens, confidence, probabilities.clamp(min=1e-30).log())


def turn_of(*budget, share=0.5, last=False):
    count = len(budget)
    return Turn(torch.tensor(budget), torch.full((count,), share), torch.full((count,), last))


def three(*best):
    """Distributions over three tokens whose best has the given probability."""
    return [[p, (1 - p) * 0.6, (1 - p) * 0.4] for p in best]


def picked(policy, proposal, turn, seed=0):
    return policy(proposal, turn, RowNoise([seed] * len(proposal.at))).int().tolist()


def test_low_confidence_takes_the_surest():
    assert picked(LowConfidence(), proposal_of([three(0.5, 0.9, 0.4, 0.8)]), turn_of(2)) == [[0, 1, 0, 1]]


def test_ties_go_to_the_lower_column():
    equal = proposal_of([three(0.5, 0.5, 0.5)])
    for policy in (LowConfidence(), Margin(), Entropy(), Threshold(), Factor(), EntropyBound()):
        assert picked(policy, equal, turn_of(1)) == [[1, 0, 0]], policy


def test_margin_looks_at_the_second_best():
    proposal = proposal_of([[[0.5, 0.49, 0.01], [0.45, 0.3, 0.25]]])
    assert picked(LowConfidence(), proposal, turn_of(1)) == [[1, 0]]
    assert picked(Margin(), proposal, turn_of(1)) == [[0, 1]]


def test_entropy_looks_at_all_tokens():
    proposal = proposal_of([[[0.52, 0.24, 0.24], [0.5, 0.5, 0.0]]])
    assert picked(LowConfidence(), proposal, turn_of(1)) == [[1, 0]]
    assert picked(Entropy(), proposal, turn_of(1)) == [[0, 1]]


def test_threshold_commits_all_that_are_sure_whatever_the_budget():
    assert picked(Threshold(0.8), proposal_of([three(0.8, 0.9, 0.79)]), turn_of(0)) == [[1, 1, 0]]
    assert picked(Threshold(0.8), proposal_of([three(0.4, 0.5, 0.45)]), turn_of(0)) == [[0, 1, 0]]


def test_random_spreads_over_positions_and_ignores_probabilities():
    proposal = proposal_of([three(0.99, 0.4, 0.4, 0.4)])
    counts = torch.zeros(4)
    for seed in range(400):
        counts += torch.tensor(picked(Random(), proposal, turn_of(1), seed)[0])
    assert (counts - 100).abs().max() < 40  # 4.6 standard deviations


def test_ancestral_commits_the_share_of_the_schedule():
    proposal = proposal_of([three(*[0.4] * 200)])
    share = sum(picked(Ancestral(), proposal, turn_of(0, share=0.3))[0]) / 200
    assert 0.15 < share < 0.45
    assert sum(picked(Ancestral(), proposal, turn_of(0, share=1.0))[0]) == 200


@timeless
@given(st.lists(rows_of_best, min_size=1, max_size=3), st.integers(1, 6), st.integers(0, 9))
def test_at_least_one_of_the_asked_and_none_else(best, budget, seed):
    width = max(map(len, best))
    rows = [three(*row, *[0.999] * (width - len(row))) for row in best]
    asked = [[index < len(row) for index in range(width)] for row in best]
    proposal = proposal_of(rows, asked)
    for policy in GREEDY:
        chosen = policy(proposal, turn_of(*[budget] * len(best)), RowNoise([seed] * len(best)))
        assert not bool((chosen & ~proposal.asked).any()), policy
        assert bool(chosen.any(1).all()), policy
        if policy.by_budget:
            assert chosen.sum(1).tolist() == [min(budget, len(row)) for row in best]


@timeless
@given(rows_of_best, st.sampled_from([0.3, 1.0, 2.5]))
def test_factor_is_the_largest_count_that_holds(best, factor):
    chosen = picked(Factor(factor), proposal_of([three(*best)]), turn_of(0))[0]
    ordered = sorted(torch.tensor(best).tolist(), reverse=True)
    counts = [n for n in range(1, len(best) + 1) if (n + 1) * (1 - ordered[n - 1]) < factor - 1e-6]
    near = [n for n in range(1, len(best) + 1) if abs((n + 1) * (1 - ordered[n - 1]) - factor) < 1e-5]
    assert sum(chosen) in {max([1, *counts]), max([1, *counts, *near])}


@timeless
@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=2, max_size=3))
def test_factor_of_one_commits_only_a_joint_argmax(weights):
    """Theorem 1: whatever the joint distribution with these marginals, the product of the argmaxes is its argmax."""
    marginals = [[w / sum(row) for w in row] for row in weights]
    proposal = proposal_of([marginals])
    chosen = torch.tensor(picked(Factor(1.0), proposal, turn_of(0))[0]).nonzero()[:, 0].tolist()
    if len(chosen) < 2:
        return
    # P(joint) >= 1 - sum of (1 - c); any other string misses at least one argmax: P <= 1 - c of that one.
    missing = [1 - float(proposal.confidence[0, index]) for index in chosen]
    assert 1 - sum(missing) >= max(missing) - 1e-5


@timeless
@given(
    st.lists(st.lists(st.floats(0.001, 1), min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from([0, 0.2, 1.5]),
)
def test_entropy_bound_is_the_largest_set_that_holds(weights, gamma):
    marginals = [[w / sum(row) for w in row] for row in weights]
    proposal = proposal_of([marginals])
    values = torch.special.entr(proposal.log_probabilities.exp()).sum(-1)[0].tolist()
    chosen = picked(EntropyBound(gamma), proposal, turn_of(0))[0]
    taken = [value for value, pick in zip(values, chosen, strict=True) if pick]
    assert len(taken) == 1 or sum(taken) - max(taken) <= gamma + 1e-5
    best = max(
        len(part)
        for size in range(1, len(values) + 1)
        for part in combinations(values, size)
        if sum(part) - max(part) <= gamma - 1e-5 or size == 1
    )
    assert len(taken) >= best


def test_highest_never_goes_beyond_what_is_asked():
    asked = torch.tensor([[True, False, True]])
    assert highest(torch.tensor([[0.1, 9.0, 0.2]]), asked, torch.tensor([3])).tolist() == asked.tolist()
    assert highest(torch.tensor([[0.1, 9.0, 0.2]]), asked, torch.tensor([1])).tolist() == [[False, False, True]]


@pytest.mark.parametrize("policy", [*GREEDY, Ancestral()], ids=lambda policy: type(policy).__name__)
def test_a_row_without_questions_commits_nothing(policy):
    proposal = proposal_of([three(0.9, 0.9), three(0.9, 0.9)], [[True, True], [False, False]])
    assert sum(picked(policy, proposal, turn_of(1, 0, share=1.0))[1]) == 0
