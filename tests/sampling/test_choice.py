"""Which token a position takes: argmax, Gumbel noise, truncation."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.sampling.choice import Independent, truncate
from llada_edit.sampling.noise import RowNoise

LOGITS = torch.tensor([2.0, 1.0, 0.0, -1.0, -torch.inf])


def draw(chooser, logits, count, seed=0):
    """Tokens of `count` equal positions of one row."""
    at = torch.arange(count)[None]
    proposal = chooser(logits.expand(1, count, -1), at, at, torch.ones_like(at, dtype=torch.bool), RowNoise([seed]))
    return proposal


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_are_the_softmax_at_the_temperature(temperature):
    count = 20_000
    tokens = draw(Independent(temperature), LOGITS, count).tokens
    seen = torch.bincount(tokens[0], minlength=5) / count
    expected = (LOGITS / temperature).softmax(0)
    assert seen[4] == 0
    assert (seen - expected).abs().max() < 4.5 * 0.5 / count**0.5  # sd at most sqrt(1/4/count)


def test_cold_is_argmax_and_draws_nothing():
    noise = RowNoise([0])
    before = noise.generators[0].get_state().clone()
    at = torch.arange(3)[None]
    proposal = Independent()(LOGITS.expand(1, 3, -1), at, at, torch.ones_like(at, dtype=torch.bool), noise)
    assert proposal.tokens.tolist() == [[0, 0, 0]]
    assert torch.equal(noise.generators[0].get_state(), before)
    assert proposal.confidence[0, 0] == pytest.approx(float(LOGITS.softmax(0)[0]))


def test_temperature_moves_the_token_and_not_the_confidence():
    proposal = draw(Independent(3.0), LOGITS, 50)
    assert len(set(proposal.tokens[0].tolist())) > 1
    assert torch.allclose(proposal.confidence[0], LOGITS.softmax(0)[proposal.tokens[0]])


def test_one_temperature_a_row():
    at = torch.arange(30).expand(2, -1)
    chooser = Independent((0.0, 5.0))
    tokens = chooser(LOGITS.expand(2, 30, -1), at, at, torch.ones_like(at, dtype=torch.bool), RowNoise([1, 2])).tokens
    assert set(tokens[0].tolist()) == {0}
    assert len(set(tokens[1].tolist())) > 1


def test_top_k_and_top_p_bound_what_is_drawn():
    assert set(draw(Independent(5.0, top_k=2), LOGITS, 300).tokens[0].tolist()) == {0, 1}
    assert set(draw(Independent(5.0, top_p=0.5), LOGITS, 300).tokens[0].tolist()) == {0}
    assert set(draw(Independent(5.0, top_p=0.7), LOGITS, 300).tokens[0].tolist()) == {0, 1}
    assert set(draw(Independent(5.0, top_k=99, top_p=1.0), LOGITS, 300).tokens[0].tolist()) == {0, 1, 2, 3}


@settings(max_examples=60)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8), st.integers(1, 8), st.floats(0.01, 1))
def test_truncation_keeps_the_best_and_no_more_than_asked(values, k, p):
    logits = torch.tensor(values)
    assert truncate(logits, k, None)[logits.argmax()] == logits.max()
    nucleus = truncate(logits, None, p).isfinite()
    shares, order = logits.softmax(0).sort(descending=True)
    kept = int(nucleus.sum())
    assert nucleus[order[:kept]].all() or len(set(shares.tolist())) < len(values), "equal shares have no order"
    assert shares[:kept].sum() >= p - 1e-5
    assert shares[: kept - 1].sum() < p + 1e-5
    assert int(truncate(logits, k, None).isfinite().sum()) >= min(k, len(values))


def test_what_is_cut_off_may_still_serve_as_a_last_resort():
    """A joint chooser may need a token outside the nucleus; one that may not stand there stays out."""
    at = torch.zeros(1, 1, dtype=torch.long)
    scores = Independent(1.0, top_k=1).perturbed(LOGITS.expand(1, 1, -1), at, at == 0, RowNoise([0]))[0, 0]
    assert scores.isfinite().tolist() == [True, True, True, True, False]
    assert scores[1:4].max() < scores[0] - 1000


def test_postponed_tokens_have_no_confidence():
    logits = torch.tensor([[[5.0, 1.0, 0.0], [0.0, 1.0, 5.0]]])
    at = torch.arange(2)[None]
    proposal = Independent(postponed=(0,))(logits, at, at, at >= 0, RowNoise([0]))
    assert proposal.tokens.tolist() == [[0, 2]]
    assert proposal.confidence[0, 0] == 0
    assert proposal.confidence[0, 1] == pytest.approx(float(torch.tensor([1.0, 5.0]).softmax(0)[1]))
