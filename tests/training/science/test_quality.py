"""The scripts that measure how fills are made run with a model of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from llada_edit.training.plan import Plan
from llada_edit.training.running import run


@pytest.mark.parametrize("name", ["steps", "blocks", "guidance"])
def test_quality_at_a_tiny_size(name: str, smoke, recipe_file, corpus_files: dict[str, Path]) -> None:
    model = run(Plan.read(recipe_file())).folder
    section = smoke(name, corpus_files["valid"], "--model", model, "--holes", 2)
    results = section["results"]
    assert results["the original text"]["tokens"] == 1
    assert all(found["nats"] > 0 and found["error"] >= 0 for found in results.values())
    bases = {"steps": "confidence, 2 steps", "blocks": "one block", "guidance": "scale 0.0"}
    others = {"steps": "margin, 2 steps", "blocks": "blocks of 1", "guidance": "scale 1.0"}
    base, other = results[bases[name]], results[others[name]]
    assert "more" not in base
    assert other["more"][0] == pytest.approx(other["nats"] - base["nats"])
    assert 0 <= other["more"][1] <= 1.01 * (other["error"] + base["error"]), "unit by unit, never wider"
    if name == "steps":
        passes = [results[f"random, {count} steps"]["passes"] for count in (1, 2, 4)]
        assert passes[1] - passes[0] == 1 and passes[2] - passes[1] == 2


def test_distillation_at_a_tiny_size(smoke, recipe_file, corpus_files: dict[str, Path]) -> None:
    run(Plan.read(recipe_file(folder='"first"')))
    config = recipe_file(start='"first/model"', distill="2")
    run(Plan.read(config))
    section = smoke("distill", corpus_files["valid"], "--config", config, "--holes", 2)
    assert section["settings"]["k"] == 2 and section["settings"]["training steps"] == 2
    assert {"teacher, 1 steps", "student, 8 steps"} < set(section["results"])


def test_nats_are_those_of_all_tokens(load, monkeypatch) -> None:
    quality = load("quality")
    values = {"a": (-2.0, 1), "b": (-6.0, 2), "c": (-4.0, 1)}
    monkeypatch.setattr(quality, "hole_likelihood", lambda model, document, samples: (values[document][0], 0.0))
    monkeypatch.setattr(quality, "truth_tokens", lambda model, document: (0,) * values[document][1])
    assert quality.nats(None, ["a", "b", "c"]).value == 3
