"""Both models of the fill-in-the-middle contest are asked the same, and counted alike."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

FIM = (
    "--tokens", 128, "--length", 64, "--width", 32, "--layers", 1, "--vocabulary", 400, "--context", 40, "--sweep", 1,
    "--tried", 2, "--rates", "1e-3", "4e-3",
)  # fmt: skip


def test_fim_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    few = ("--steps", 2, "--holes", 3, "--few", 2, "--looks", 1)
    section = smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM)
    end, runs = section["results"]["end"], section["results"]["runs"]
    assert len(end) == 4 and end["word, autoregressive"]["gap"] == [0, 0]
    assert {"exact", "searched"} < set(end["word, autoregressive"]) and "searched" not in end["word, masked"]
    # They have learned next to nothing, the length of a hole included.
    assert all(1 < found["nats"] < 30 for found in end.values())
    unigram = [float(line.split("|")[5]) for line in section["lines"] if "token by token" in line]
    assert all(2 < nats < 8 for nats in unigram)
    for name, one in runs.items():
        assert one["steps"] == 2
        assert set(one["swept"]) == {"0.001", "0.004"}
        assert f"{one['rate']:g} for the {name} model" in section["lines"][-1]
        totals = {float(rate): sum(found.values()) for rate, found in one["swept"].items()}
        assert totals[one["rate"]] == min(totals.values()) < max(totals.values())
    assert smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM) == section


def test_fim_stopped_early_says_so(smoke, corpus_files: dict[str, Path]) -> None:
    few = ("--steps", 4, "--holes", 2, "--few", 1, "--minutes", 1e-9)
    section = smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM)
    assert {name: run["steps"] for name, run in section["results"]["runs"].items()} == {
        "masked": 1,
        "autoregressive": 1,
    }
    assert "The autoregressive model was stopped after 1 steps." in section["lines"]


def test_both_models_see_the_same_context(load, corpus_files: dict[str, Path]) -> None:
    middles, science = load("middles"), load("science")
    texts = science.documents([corpus_files["valid"]], "")
    for kind in middles.KINDS:
        asked = list(middles.holes(texts, kind, 5, 60))
        for document in asked:
            before, after = document.segments
            assert len(before) <= 60 and len(after) <= 60
            assert before + document.holes[0].span.of(document.text) + after in "".join(text.text for text in texts)
        assert asked != list(middles.holes(texts, kind, 5, 60, seed=1)), (
            "rates are not chosen by the holes of the table"
        )
    assert science.documents([corpus_files["valid"]], "no such kind") == []


def test_compared_pair_by_pair(load) -> None:
    middles = load("middles")
    ours = [middles.Tried(3.0, 1.0, 2, True, None), middles.Tried(9.0, 0.0, 1, False, None)]
    ours.append(middles.Tried(1.0, 1.0, 1, True, None))
    theirs = [middles.Tried(1.0, 2.0, 2, True, True), middles.Tried(7.0, 0.0, 1, True, True)]
    theirs.append(middles.Tried(5.0, 0.0, 1, False, True))
    assert middles.figures(ours) == {"nats": 15 / 4, "given": 13 / 4, "length": 2 / 3}
    assert middles.exact(ours) == {"exact": 2} and middles.exact(theirs) == {"exact": 2, "searched": 3}
    assert middles.gap(ours, theirs) == (0.0, pytest.approx(1.96 * math.sqrt(7 / 3)))
