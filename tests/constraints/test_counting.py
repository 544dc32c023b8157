"""Counts that must come out right: dynamic programming against trying all strings."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.counting import IMPOSSIBLE, Count, Counted, best_string, feasible
from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.loop import Sampler, SlotFilter, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.remasking import Never, Polish, ReMDM
from llada_edit.sampling.schedule import Timesteps
from llada_edit.sampling.transfer import Ancestral, Factor, LowConfidence, Random
from llada_edit.testing import ScriptedDenoiser, scripted_card

VOCAB = 5
costs = st.lists(st.sampled_from([IMPOSSIBLE, 0, 0, 1, 1, 2, 3]), min_size=VOCAB, max_size=VOCAB).map(torch.tensor)
masks = st.lists(st.booleans(), min_size=VOCAB, max_size=VOCAB).map(torch.tensor)
timeless = settings(deadline=None, max_examples=150)


@st.composite
def counts(draw, most_slots=4):
    used, minimum = draw(st.integers(0, most_slots)), draw(st.integers(0, 5))
    maximum = draw(st.none() | st.integers(max(1, minimum), 8))
    return used, Count(range(2, 2 + most_slots), draw(costs), draw(costs), minimum, maximum)


def total(count, string):
    """What a string adds up to; None where one of its tokens may not stand there."""
    spent = [int((count.first if index == 0 else count.rest)[token]) for index, token in enumerate(string)]
    return None if IMPOSSIBLE in spent else sum(spent)


def meets(count, string):
    spent = total(count, string)
    return spent is not None and count.minimum <= spent and (count.maximum is None or spent <= count.maximum)


@timeless
@given(counts(), masks, masks, masks)
def test_feasible_is_what_trying_all_strings_says(given_count, first, rest, last):
    used, count = given_count

    def allowed(string):
        ok = all(bool(rest[token]) for token in string)
        return ok and (not string or (bool(first[string[0]]) and bool(last[string[-1]])))

    expected = any(allowed(string) and meets(count, string) for string in product(range(VOCAB), repeat=used))
    assert feasible(count, used, first, rest, last) == expected


@timeless
@given(counts(), st.integers(0, 10**6), st.lists(st.integers(0, 3), max_size=4), st.floats(0, 0.5))
def test_best_string_is_the_best_of_all_strings(given_count, seed, committed, forbidden):
    used, count = given_count
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(used, VOCAB, generator=generator)
    scores[torch.rand(scores.shape, generator=generator) < forbidden] = -torch.inf
    tokens = torch.randint(0, VOCAB, (8,), generator=generator)
    fixed = {index for index in committed if index < used}
    masked = [index for index in range(used) if index not in fixed]
    place = {2 + index: row for row, index in enumerate(masked)}
    table = scores[masked]

    def value(string):
        if not meets(count, string) or any(string[index] != int(tokens[2 + index]) for index in fixed):
            return -torch.inf
        return sum(float(table[row, string[index]]) for row, index in enumerate(masked))

    best = max((value(string) for string in product(range(VOCAB), repeat=used)), default=-torch.inf)
    columns = count.columns[:used]
    if best == -torch.inf:
        with pytest.raises(ValueError, match="add up"):
            best_string(count, columns, table, place, tokens)
        return
    picks = best_string(count, columns, table, place, tokens)
    assert set(picks) == set(place)
    string = [picks.get(2 + index, int(tokens[2 + index])) for index in range(used)]
    assert value(string) == pytest.approx(best, abs=1e-4)


@settings(deadline=None, max_examples=80)
@given(
    st.integers(1, 6),
    st.integers(0, 999),
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from([LowConfidence(), Random(), Factor(), Ancestral()]),
    st.sampled_from([Never(), Polish(0.5), ReMDM(0.5)]),
    st.none() | st.integers(1, 3),
    st.sampled_from([Independent(), Independent(1.0), Independent(3.0, top_k=1), Independent(1.0, top_p=0.1)]),
)
def test_a_run_always_ends_in_an_allowed_total(used, seed, wanted, open_end, policy, remasking, block, base):
    """Whatever the model says, whatever the order, and whatever is drawn."""
    generator = torch.Generator().manual_seed(seed)
    first, rest = (torch.randint(-1, 4, (12,), generator=generator) for _ in range(2))
    count = Count(range(1, 1 + used), first, rest, wanted, None if open_end else wanted)
    everything = torch.ones(12, dtype=torch.bool)
    forbidden = torch.arange(12) < 5
    if not feasible(count, used, everything, ~forbidden, everything):
        return
    row = torch.tensor([[6, *[0] * used, 7]])
    chooser = Counted(base, (count,), [[used]])
    sampler = Sampler(None, None if remasking.rounds else block, Timesteps(), policy, remasking, None, chooser)
    denoiser = ScriptedDenoiser.random(scripted_card(12), seed)
    layout = Layout.plain(row, row == 0)
    for step in denoise(denoiser, row, layout, sampler, RowNoise([seed]), SlotFilter(forbidden)):
        last = step
    assert meets(count, last.tokens[0, 1 : 1 + used].tolist())


def test_without_pressure_the_choice_is_the_free_one():
    """A count that the argmax meets anyway changes nothing."""
    logits = torch.randn(1, 3, 12, generator=torch.Generator().manual_seed(0))
    at = torch.tensor([[1, 2, 3]])
    free = Independent()(logits, at, at, at > 0, RowNoise([0]))
    ones = torch.ones(12, dtype=torch.long)
    counted = Counted(Independent(), (Count(range(1, 4), ones, ones, 3, 3),), [[3]])
    got = counted(logits, torch.zeros(1, 5, dtype=torch.long), at, at > 0, RowNoise([0]))
    assert torch.equal(got.tokens, free.tokens)
    assert torch.allclose(got.confidence, free.confidence)


def test_two_counts_and_two_rows_are_met_apart():
    cost = torch.tensor([IMPOSSIBLE] * 5 + [1, 2, 3, 0, 1, 2, 3])
    counts_ = (Count(range(1, 4), cost, cost, 4, 4), Count(range(5, 7), cost, cost, 5, 6))
    row = torch.tensor([[6, 0, 0, 0, 7, 0, 0, 8]] * 2)
    used = [[3, 2], [2, 2]]
    hole = row == 0
    valid = torch.ones_like(hole)
    valid[1, 3] = False
    row[1, 3] = 3
    sampler = Sampler(chooser=Counted(Independent((0.0, 2.0)), counts_, used))
    denoiser = ScriptedDenoiser.random(scripted_card(12), 5)
    words = SlotFilter(torch.arange(12) < 5)
    *_, last = denoise(denoiser, row, Layout.plain(row, hole, valid), sampler, RowNoise([0, 1]), words)
    for tokens, (one, two) in zip(last.tokens.tolist(), used, strict=True):
        assert meets(counts_[0], tokens[1 : 1 + one])
        assert meets(counts_[1], tokens[5 : 5 + two])
