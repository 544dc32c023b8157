"""Budgets of the noise schedules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.sampling.schedule import Even, Timesteps

timeless = settings(max_examples=60)
schedules = st.sampled_from([Even(), Timesteps(), Timesteps(1e-5)])


@timeless
@given(schedules, st.integers(1, 300), st.integers(0, 300))
def test_budget_adds_up(schedule, steps, masked):
    budget = schedule.budget(steps, masked)
    assert len(budget) == steps
    assert sum(budget) == masked
    assert min(budget) >= 0


@timeless
@given(st.integers(1, 300), st.integers(0, 300))
def test_even_budget_falls_by_one_at_most(steps, masked):
    budget = Even().budget(steps, masked)
    assert budget == sorted(budget, reverse=True)
    assert budget[0] - budget[-1] <= 1


@timeless
@given(schedules, st.integers(1, 60))
def test_shares_are_those_of_the_mask_rate(schedule, steps):
    left = 1.0
    for step in range(steps):
        share = schedule.share(step, steps)
        assert 0 < share <= 1
        left *= 1 - share
    assert left == pytest.approx(0 if isinstance(schedule, Even) else schedule.epsilon, abs=1e-4)


def test_even_share_is_the_mask_rate_of_the_next_time_over_that_of_this_one():
    schedule, steps = Even(), 7
    for step in range(steps):
        now, following = (schedule.mask_rate(1 - (step + offset) / steps) for offset in (0, 1))
        assert schedule.share(step, steps) == pytest.approx(1 - following / now)


def test_timesteps_truncate_and_leave_the_rest_to_the_last_step():
    assert Timesteps().budget(8, 8) == [0, 1, 1, 1, 1, 1, 1, 2]
    assert Even().budget(4, 10) == [3, 3, 2, 2]
