"""The models that ours is compared with are what they are said to be."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    def script(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        return importlib.import_module(name)

    return script


def test_the_autoregressive_network_never_looks_ahead(load) -> None:
    causal = load("autoregressive")
    torch.manual_seed(0)
    network = causal.Causal(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()
    tokens = torch.randint(32, 60, (1, 12))
    changed = tokens.clone()
    changed[0, 7:] = 33
    states = [network.hidden(row, torch.arange(12)[None])[0] for row in (tokens, changed)]
    assert torch.allclose(states[0][:, :7], states[1][:, :7], atol=1e-6)
    assert not torch.allclose(states[0][:, 7:], states[1][:, 7:], atol=1e-3)
    answer = causal.complete(network, tokens[0, :5].tolist(), end=4, most=3)
    best = [causal.log_probability(network, tokens[0, :5].tolist(), [token]) for token in range(60)]
    assert answer[:1] in ([], [int(np.argmax(best))])
    assert sum(np.exp(best)) == pytest.approx(1, abs=1e-4)


def test_rows_with_the_middle_at_the_end_are_the_same_text(load, corpus: Corpus) -> None:
    causal = load("autoregressive")
    text = Sampler(corpus, 0)
    batch = causal.FimSampler(text).batch(3, 16, 64)
    plain = text.whole_batch(3, 16, 65).targets
    moved = 0
    for row, whole in zip(np.c_[batch.tokens, batch.targets[:, -1]], plain, strict=True):
        marks = [np.flatnonzero(row == mark) for mark in (causal.PREFIX, causal.SUFFIX, causal.MIDDLE)]
        if not len(marks[0]):
            assert (row == whole).all()
            continue
        moved += 1
        first, second, third = (int(mark[0]) for mark in marks)
        again = np.concatenate((row[first + 1 : second], row[third + 1 : -1], row[second + 1 : third]))
        assert (again == whole[: len(again)]).all()
        assert row[-1] == text.controls.end
    assert 3 < moved < 14
    assert (batch.targets[:, :-1] == batch.tokens[:, 1:]).all()


def test_couplets_are_asked_in_a_direction_that_was_not_shown(load, tmp_path: Path) -> None:
    reversal = load("reversal")
    lines = ["西陸蟬聲唱，南冠客思侵。", "那堪玄鬢影，來對白頭吟。", "短，長句。", "西陸蟬聲唱，無人信高潔。"]
    (tmp_path / "poems.jsonl").write_text(json.dumps({"lines": lines}) + "\n")
    pairs = reversal.couplets(tmp_path / "poems.jsonl", 10)
    assert sorted(pairs) == [("西陸蟬聲唱", "南冠客思侵"), ("那堪玄鬢影", "來對白頭吟")]
    rows = reversal.Rows(pairs, causal=False)
    asked = [row for row in rows.rows if row[0] == reversal.BEFORE]
    assert asked == [rows.row(reversal.BEFORE, *pairs[0][::-1])], "the second couplet is shown forwards only"
    batch = rows.batch(0, 32, 17)
    assert not batch.counted[:, 0].any()
    assert (batch.targets[batch.counted] != reversal.PAD).all()
    ahead = reversal.Rows(pairs, causal=True).batch(0, 8, 17)
    assert (ahead.targets[ahead.counted] != reversal.PAD).all()


def test_a_network_elsewhere_says_what_the_encoder_says(load) -> None:
    """The two graphs that are handed to other libraries, run by torch: alone, with a mask, and after cached context."""
    runtimes = load("runtimes")
    torch.manual_seed(0)
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def run(module):
        return lambda *arrays: [part.numpy() for part in module(*map(torch.from_numpy, arrays))]

    with torch.inference_mode():
        elsewhere = runtimes.Elsewhere(
            encoder, run(runtimes.Graph(encoder)), run(lambda x: (runtimes.Head(encoder)(x),))
        )
        tokens, positions = torch.randint(32, 60, (2, 9)), torch.arange(9).expand(2, 9)
        mask = torch.rand(2, 1, 9, 9) < 0.7
        mask |= torch.eye(9, dtype=torch.bool)
        for seen in (None, mask):
            one, other = (network.hidden(tokens, positions, seen)[0] for network in (encoder, elsewhere))
            assert torch.allclose(one, other, atol=1e-5)
        assert torch.allclose(encoder.project(one), elsewhere.project(one), atol=1e-5)
        states = []
        for network in (encoder, elsewhere):
            _, past = network.hidden(tokens[:1, :5], positions[:1, :5])
            states.append(network.hidden(tokens[:, 5:], positions[:, 5:], None, past)[0])
        assert torch.allclose(*states, atol=1e-5)


def test_what_is_not_installed_is_a_row_that_says_so(load, monkeypatch, tmp_path) -> None:
    runtimes = load("runtimes")
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def absent(*arguments):
        raise ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere")

    monkeypatch.setattr(runtimes, "RUNTIMES", {"torch eager, float32": runtimes.eager, "other": absent})
    found = runtimes.made(encoder, tmp_path, 1)
    assert found["torch eager, float32"][0] is encoder
    assert found["other"] == "not installed (elsewhere)"
    row = {"MiB": 1, "start": 0.1, "pass": 2, "fill": 3, "agreement": 1, "nats": 4}
    lines = runtimes.page({"torch eager, float32": row, "other": found["other"]}, {"threads": 1})
    assert lines[-1] == "| other | not installed (elsewhere) | | | | | |"
