"""Intervals hold what they should as often as they say, and differences are taken unit by unit."""

from __future__ import annotations

import numpy as np
import pytest


def test_students_intervals_are_those_of_tables(load) -> None:
    student = load("intervals").student
    for units, value in ((5, 2.776), (10, 2.262), (20, 2.093), (30, 2.045), (1000, 1.962)):
        assert student(units) == pytest.approx(value, rel=0.004)


def test_a_mean_without_weights_has_the_interval_of_a_text_book(load) -> None:
    intervals = load("intervals")
    values = [2.0, 4.0, 9.0, 1.0, 4.0]
    mean = intervals.Mean.of(values, [1] * 5)
    assert mean.value == 4
    assert mean.error == pytest.approx(intervals.student(5) * np.std(values, ddof=1) / 5**0.5)
    assert sum(mean.pulls) == pytest.approx(0)
    assert intervals.Mean.of([1.0], [2]).error == float("inf")


def test_what_is_hard_for_both_cancels_out(load) -> None:
    of = load("intervals").Mean.of
    sizes = [3, 1, 4, 2, 5, 2]
    one = of([3, 8, 2, 9, 4, 1], sizes)
    shifted = of([value + size for value, size in zip([3, 8, 2, 9, 4, 1], sizes, strict=True)], sizes)
    more = shifted.minus(one)
    assert more.value == pytest.approx(1) and more.error == pytest.approx(0, abs=1e-12) and one.error > 1


def test_ninety_five_of_a_hundred_intervals_hold_the_truth(load) -> None:
    of, rng = load("intervals").Mean.of, np.random.default_rng(0)
    held = []
    for _ in range(2000):
        sizes = rng.integers(15, 30, 10)
        mean = of(rng.normal(3 * sizes, sizes), sizes.tolist())
        held.append(abs(mean.value - 3) < mean.error)
    assert 0.935 < np.mean(held) < 0.965
