"""The scripts that take the bundled model apart run, and count as they say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from llada_edit.models.bundled import bundled_folder
from llada_edit.models.memory import BUCKETS, FEATURES
from llada_edit.training.memory import Example, fitted


@pytest.mark.slow
def test_parts_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    section = smoke("parts", corpus_files["train"], corpus_files["valid"], "--places", 16)
    results = section["results"]
    assert len(results) == 4 and set(results["network"]) == {f"valid, {length}" for length in (48, 128, 384)}
    # Too few places to fit anything: whatever the parts, the network says everything.
    assert all(found == results["network"] for found in results.values())
    assert all(found["rows"] <= found["places"] for found in results["network"].values())


@pytest.mark.slow
def test_a_network_gains_nothing_on_itself(smoke, corpus_files: dict[str, Path]) -> None:
    section = smoke(
        "networks", corpus_files["train"], corpus_files["valid"], "--network", bundled_folder(), "--places", 16
    )
    results = section["results"]
    assert results["bundled"] == results["other"] and len(results["other"]["alone"]) == 3
    gains = [cell for line in section["lines"] if "±" in line for cell in re.findall("[+-][0-9.]+ ± [0-9.]+", line)]
    assert gains == ["+0.000 ± 0.000"] * 6


def test_without_places_nothing_but_the_network_is_asked(load) -> None:
    parts = load("parts")
    weights = fitted([], parts.network_alone(), FEATURES)
    assert weights.shape == (BUCKETS, len(FEATURES))
    found = [Example(0, torch.randn(len(FEATURES), 9), 4, row) for row in range(3)]
    logs = [float(one.features[0].log_softmax(0)[4]) for one in found]
    assert parts.measured(found, weights).nats.value == pytest.approx(-np.mean(logs), abs=1e-5)


def test_places_of_one_row_count_as_one_text(load) -> None:
    parts = load("parts")
    torch.manual_seed(0)
    apart = [Example(0, torch.randn(len(FEATURES), 9), 4, row) for row in range(10)]
    # The same place eight times says no more than once.
    together = [one for one in apart for _ in range(8)]
    once, often = (parts.measured(some, parts.network_alone()) for some in (apart, together))
    assert often.places == 80 and len(often.nats.pulls) == 10
    assert often.nats.error == pytest.approx(once.nats.error) and often.first.value == once.first.value


def test_objective_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    section = smoke("objective", corpus_files["valid"], "--batches", 4)
    results = section["results"]
    for name, found in results.items():
        value, low, high = (found["noise"], *found["interval"]) if "noise" in found else found
        assert 0 < low < value < high, name
    bound, mean = (results[f"{name}, t stratified"]["noise"] for name in ("bound", "mean"))
    assert results["stratified: mean of bound"][0] == pytest.approx(mean / bound)


def test_the_jackknife_knows_the_spread_of_a_mean(load) -> None:
    objective = load("objective")
    values = np.array([3.0, 5, 4, 6, 2, 4, 5, 3])
    value, low, high = objective.jackknife(lambda some: float(values[some].mean()), len(values))
    plain = objective.student(len(values)) * values.std(ddof=1) / len(values) ** 0.5
    assert value == values.mean() and np.log(high / low) / 2 * value == pytest.approx(plain, rel=0.02)


def test_noise_is_spread_over_signal(load) -> None:
    objective = load("objective")
    rng = np.random.default_rng(0)
    gradients = 2 + rng.normal(0, 3, (4000, 5))
    assert objective.noise(gradients @ gradients.T) == pytest.approx(9 / 4, rel=0.1)
