"""The autoregressive model that ours is compared with is what it is said to be, and so are its ways of decoding."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

import numpy as np
import pytest
import torch

from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler


def test_the_autoregressive_network_never_looks_ahead(load) -> None:
    causal = load("autoregressive")
    torch.manual_seed(0)
    network = causal.Causal(LlamaConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()
    tokens = torch.randint(32, 60, (1, 12))
    changed = tokens.clone()
    changed[0, 7:] = 33
    states = [network.hidden(row, torch.arange(12)[None])[0] for row in (tokens, changed)]
    assert torch.allclose(states[0][:, :7], states[1][:, :7], atol=1e-6)
    assert not torch.allclose(states[0][:, 7:], states[1][:, 7:], atol=1e-3)
    answer = causal.complete(network, tokens[0, :5].tolist(), end=60, most=3)
    both = causal.go_on(network, torch.stack((tokens[0, :5], tokens[0, 5:10])), 3)
    assert both[0].tolist() == answer, "row by row as alone"
    answer = causal.complete(network, tokens[0, :5].tolist(), end=4, most=3)
    best = [causal.log_probability(network, tokens[0, :5].tolist(), [token]) for token in range(60)]
    assert answer[:1] in ([], [int(np.argmax(best))])
    assert sum(np.exp(best)) == pytest.approx(1, abs=1e-4)


def every_fill(causal: ModuleType, network: Llama, prompt: list[int], end: int, most: int) -> dict[tuple, float]:
    """All fills of 1 to `most` tokens with their log probabilities, the end included."""
    tokens = [token for token in range(network.config.vocab_size) if token != end]
    fills = [fill for size in range(1, most + 1) for fill in itertools.product(tokens, repeat=size)]
    return {fill: causal.log_probability(network, prompt, [*fill, end]) for fill in fills}


class Tables(torch.nn.Module):
    """Says something else after every row of tokens, so that nothing but the whole row tells what comes next."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.config = LlamaConfig(6, width=16, layers=1, heads=2, feed_forward=32, max_positions=16)
        self.logits = 2 * torch.randn((997, 6), generator=torch.Generator().manual_seed(seed))

    def hidden(self, tokens, positions):
        codes = torch.zeros_like(tokens)
        for at in range(tokens.shape[1]):
            codes[:, at] = (7 * codes[:, at - 1] + tokens[:, at] + 1) % 997
        return codes[..., None], []

    def project(self, hidden):
        return self.logits[hidden[..., 0]]


def test_the_most_probable_whole_fill_is_that_of_all_fills(load) -> None:
    causal, end, prompt, most = load("autoregressive"), 1, [2, 3, 0], 3
    misses = {"greedy": 0, "two beams": 0}
    sizes = set()
    for seed in range(20):
        network = Tables(seed)
        everything = every_fill(causal, network, prompt, end, most)
        best = max(everything, key=everything.__getitem__)
        found, logs = causal.search(network, prompt, end, beams=5**most, most=most)
        assert tuple(found) == best and logs == pytest.approx(everything[best], abs=1e-4)
        narrow, logs = causal.search(network, prompt, end, beams=2, most=most)
        assert logs == pytest.approx(everything[tuple(narrow)], abs=1e-4), "the sum is that of the fill it found"
        misses["two beams"] += tuple(narrow) != best
        misses["greedy"] += tuple(causal.complete(network, prompt, end, most=most)) != best
        sizes.add(len(best))
    assert misses["greedy"] > misses["two beams"] > 0 and sizes == {1, 2, 3}


def test_a_fill_ends_where_the_positions_do(load) -> None:
    causal = load("autoregressive")
    torch.manual_seed(0)
    network = causal.Causal(LlamaConfig(6, width=16, layers=1, heads=2, feed_forward=32, max_positions=5)).eval()
    with torch.no_grad():
        network.bias[:] = torch.tensor([99.0, 0, 0, 0, 0, 0])  # it wants to say 0 for ever
        assert causal.complete(network, [2, 3, 4], end=1) == [0, 0]
        # As long as there is room for, or shorter: whatever all fills that end say.
        everything = every_fill(causal, network, [2, 3, 4], 1, 2)
        assert tuple(causal.search(network, [2, 3, 4], end=1)[0]) == max(everything, key=everything.__getitem__)


def test_rows_with_the_middle_at_the_end_are_the_same_text(load, corpus: Corpus) -> None:
    causal = load("autoregressive")
    text = Sampler(corpus, 0)
    batch = causal.FimSampler(text).batch(3, 32, 96)
    plain = text.whole_batch(3, 32, 97).targets
    moved, ends = 0, set()
    for row, whole in zip(np.c_[batch.tokens, batch.targets[:, -1]], plain, strict=True):
        if row[0] != causal.PREFIX:
            assert (row == whole).all()
            continue
        moved += 1
        again: list[int] = []
        pieces = np.split(row, np.flatnonzero(row == causal.PREFIX)[1:])
        for piece in pieces[:-1]:  # the last one is cut off
            second, third = (int(np.flatnonzero(piece == mark)[0]) for mark in (causal.SUFFIX, causal.MIDDLE))
            again += [*piece[1:second], *piece[third + 1 : -1], *piece[second + 1 : third]]
            assert piece[-1] == text.controls.end
            ends.add(len(piece))
        assert again == whole[: len(again)].tolist()
    assert 5 < moved < 27
    assert len(ends) > 5, "a middle may end anywhere"
    assert (batch.targets[:, :-1] == batch.tokens[:, 1:]).all()


class Scripted(torch.nn.Module):
    """Says "end" with a quarter after any token, else goes on with 40, and begins with 41 or, at a tenth, 40."""

    def __init__(self) -> None:
        super().__init__()
        self.config = LlamaConfig(60, width=16, layers=1, heads=2, feed_forward=32, max_positions=64)

    def hidden(self, tokens, positions):
        return tokens[..., None].float(), []

    def project(self, hidden):
        last = hidden[:, 0].long()
        chances = torch.full((len(last), 60), 1e-9)
        for row, token in enumerate(last.tolist()):
            begins = token == 31
            chances[row, [40, 41, 4]] = torch.tensor([0.1, 0.9, 1e-9] if begins else [0.75, 1e-9, 0.25])
        return chances.log()


def test_an_end_of_a_quarter_is_missed_by_the_next_token_and_found_by_the_whole_fill(load) -> None:
    causal = load("autoregressive")
    network, prompt = Scripted(), [29, 50, 30, 51, 31]
    assert causal.complete(network, prompt, end=4) == [41] + 31 * [40]
    fill, logs = causal.search(network, prompt, end=4)
    assert fill == [41] and logs == pytest.approx(math.log(0.9 * 0.25), abs=1e-5)
    never = torch.arange(60) == 41
    assert causal.complete(network, prompt, end=4, most=3, never=never) == [40] * 3
    fill, logs = causal.search(network, prompt, end=4, never=never)
    assert fill == [40] and logs == pytest.approx(math.log(0.1 * 0.25), abs=1e-5)
