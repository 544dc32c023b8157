"""Network, counts and the text around: the parts of a row are read rightly, and the controls are left alone."""

from __future__ import annotations

import numpy as np
import torch
from corpora import corpus_of
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.models.base import Layout
from llada_edit.models.bundled import MASK, NULL, PAD, SPECIALS
from llada_edit.models.memory import BUCKETS, FEATURES, NGramMemory
from llada_edit.models.model import Model
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.testing import tiny_model
from llada_edit.training.memory import MemoryRecipe, count


def remembering(model: Model, seed: int = 0, weights: torch.Tensor | None = None) -> Model:
    """The model with a memory of random text, and random weights unless some are given."""
    rng = np.random.default_rng(seed)
    size = model.card.vocab_size
    if weights is None:
        weights = torch.from_numpy(rng.random((BUCKETS, len(FEATURES))).astype(np.float32))
    tables = count(corpus_of(rng.integers(SPECIALS, size, 4000).tolist()), size, MemoryRecipe(1, 1))
    denoiser = RemembersNGrams(model.denoiser, NGramMemory({**tables, "weights": weights}))
    return Model(model.card, denoiser, model.vocabulary, model.device)


def test_unused_slots_and_nulls_are_not_there_and_masks_are_counted(monkeypatch):
    model = remembering(tiny_model())
    assert isinstance(model.denoiser, RemembersNGrams)
    a, b, c = 40, 41, 42
    tokens = [a, b, MASK, MASK, NULL, PAD, c, a]
    valid = [True] * 5 + [False] + [True] * 2
    seen = []
    nothing = np.zeros((4, model.card.vocab_size), dtype=np.float32)
    monkeypatch.setattr(model.denoiser.memory, "features", lambda *sides: seen.append(sides) or (0, nothing))
    row = torch.tensor([tokens])
    layout = Layout.plain(row, row == MASK, torch.tensor([valid]))
    model.denoiser.evidence(row, layout, 2)
    model.denoiser.evidence(row, layout, 3)
    masks = torch.full((1, 8), MASK)
    model.denoiser.evidence(masks, Layout.plain(masks, masks == MASK), 4)
    assert seen == [(((a, b), 0), ((a, c), 1)), (((a, b), 1), ((a, c), 0)), (((), 2), ((), 2))]


@given(st.integers(0, 10**6), st.integers(1, 6))
@settings(max_examples=25)
def test_controls_keep_the_probability_that_the_network_gives_them(seed, masked):
    model = remembering(tiny_model(seed), seed)
    tokens = torch.randint(SPECIALS, model.card.vocab_size, (2, 12))
    tokens[:, 3 : 3 + masked] = MASK
    at = torch.arange(3, 3 + masked).expand(2, -1)
    layout = Layout.plain(tokens, tokens == MASK)
    plain = model.denoiser.base.logits(tokens, at, layout).softmax(-1)
    mixed = model.denoiser.logits(tokens, at, layout)
    assert torch.allclose(mixed.exp().sum(-1), torch.ones(2, masked), atol=1e-4)
    assert torch.allclose(mixed.exp()[..., :SPECIALS], plain[..., :SPECIALS], atol=1e-5)
    alone = model.denoiser.logits(tokens[1:], at[1:], layout.rows(slice(1, 2)))
    assert torch.allclose(alone[0], mixed[1], atol=1e-5), "a row does not depend on the others"
    truth = torch.randint(0, model.card.vocab_size, at.shape)
    found = model.denoiser.log_probabilities(tokens, at, truth, layout)
    assert torch.allclose(found, mixed.gather(-1, truth[..., None])[..., 0], atol=1e-4)


def test_all_weight_on_the_network_changes_nothing():
    plain = tiny_model()
    weights = torch.zeros(BUCKETS, len(FEATURES))
    weights[:, 0] = 1
    tokens = torch.tensor([[40, 41, MASK, 42]])
    at, layout = torch.tensor([[2]]), Layout.plain(tokens, tokens == MASK)
    both = (model.denoiser.logits(tokens, at, layout) for model in (plain, remembering(plain, weights=weights)))
    network, mixed = (logits.log_softmax(-1) for logits in both)
    assert torch.allclose(network, mixed, atol=1e-4)


def test_names_of_the_text_around_come_back_and_those_of_other_fills_do_not():
    weights = torch.zeros(BUCKETS, len(FEATURES))
    weights[:, -2:] = 1
    denoiser = remembering(tiny_model(), weights=weights).denoiser
    before, name, after, filled = 40, 41, 42, 43
    tokens = torch.tensor([[before, name, after, 44, filled, filled, 45, before, MASK, after]])
    hole = torch.tensor([[False] * 4 + [True] * 2 + [False] * 2 + [True, False]])
    at = torch.tensor([[8]])
    found = denoiser.logits(tokens, at, Layout.plain(tokens, hole))[0, 0]
    assert found.argmax() == name
    assert found[filled] == found[46] < found[44], "a filled hole is no text around"
    open_again = denoiser.logits(tokens.masked_fill(hole, MASK), at, Layout.plain(tokens, hole))[0, 0]
    assert torch.allclose(*(logits[SPECIALS:].log_softmax(-1) for logits in (found, open_again)), atol=1e-4)


@given(st.integers(0, 10**6))
@settings(max_examples=25)
def test_what_is_fitted_is_what_is_mixed(seed):
    rng = np.random.default_rng(seed)
    denoiser = remembering(tiny_model(seed), seed).denoiser
    tokens = torch.from_numpy(rng.integers(SPECIALS, denoiser.card.vocab_size, (1, 12)))
    tokens[:, rng.integers(12, size=4)] = MASK
    layout = Layout.plain(tokens, tokens == MASK)
    column = int(layout.hole.nonzero()[0, 1])
    at = torch.tensor([[column]])
    bucket, evidence = denoiser.evidence(tokens, layout, column)
    network = denoiser.base.logits(tokens, at, layout)[0, 0].log_softmax(-1)[SPECIALS:]
    weights = denoiser.memory.weights[bucket]
    wanted = (weights[0] * network + weights[1:] @ torch.from_numpy(evidence)).log_softmax(-1)
    found = denoiser.logits(tokens, at, layout)[0, 0, SPECIALS:].log_softmax(-1)
    assert torch.allclose(found, wanted, atol=1e-3)


def test_bridges_stand_between_known_neighbours_only():
    model = remembering(tiny_model())
    row = [40, 41, MASK, MASK, 42, MASK, 43, 44]
    assert model.denoiser.bridges(row, 2, 2) == model.denoiser.memory.bridges((40, 41), (42,))
    assert model.denoiser.bridges([MASK, *row[1:]], 2, 2) == model.denoiser.memory.bridges((41,), (42,))
    for first in (1, 3):  # beside another open slot
        assert model.denoiser.bridges(row, first, 1) == [0.0] * 3
    assert model.denoiser.bridges([MASK, MASK, 40], 0, 2) == [0.0] * 3
