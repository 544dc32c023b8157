"""The benchmark's sides do the same work: on an isolated model the cached fills equal the plain definition."""

from __future__ import annotations

import pytest
import torch
from corpora import corpus_of

from llada_edit.benchmark import Case, Plain, disagreement, measure, plain_fill, remembering
from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.bundled import SPECIALS
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.memory import BUCKETS, FEATURES, NGramMemory
from llada_edit.testing import tiny_model
from llada_edit.training.memory import MemoryRecipe, count


def test_sides_agree_and_count_their_work() -> None:
    torch.manual_seed(0)
    network = Encoder(
        EncoderConfig(vocab_size=60, width=16, layers=2, heads=2, feed_forward=32, max_positions=64)
    ).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)
    card = ModelCard("tiny", "bundled", 0, 3, 60, 64, stop_ids=(4,), null_id=1, attention="isolated")
    sides = measure(network, card, torch.randint(5, 60, (40,)), Case(hole=6, context=30), runs=1)
    assert {name for name, side in sides.items() if side.changed == 0} >= {
        "plain",
        "exact",
        "cached cold",
        "cached warm",
    }
    assert (sides["plain"].forwards, sides["plain"].positions) == (6, 6 * 36)
    assert (sides["cached cold"].forwards, sides["cached cold"].positions) == (7, 30 + 6 * 6)
    assert (sides["cached warm"].forwards, sides["cached warm"].positions) == (6, 6 * 6)
    assert sides["fast warm"].forwards <= 6


def test_sides_agree_with_a_memory_beside_the_network() -> None:
    torch.manual_seed(0)
    model, size = tiny_model(), tiny_model().card.vocab_size
    text = torch.randint(SPECIALS, size, (60,))
    tables = count(corpus_of(*[text.tolist()] * 3), size, MemoryRecipe(1, 1))
    weights = torch.zeros(BUCKETS, len(FEATURES))
    weights[:, :5] = 1
    memory = NGramMemory({**tables, "weights": weights})
    network, case = model.denoiser.network, Case(hole=6, context=30)
    sides = measure(network, model.card, text, case, runs=1, memory=memory)
    assert {sides[name].changed for name in ("exact", "cached cold", "cached warm")} == {0}
    assert (sides["plain"].forwards, sides["plain"].positions) == (6, 6 * 36), "the memory is no other pass"
    tokens = text[:36][None].clone()
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    hole[:, 15:21] = True
    tokens[hole] = model.card.mask_id
    forbidden = torch.zeros(size, dtype=torch.bool)
    alone, beside = (
        plain_fill(remembering(Plain(model.card, network), own), tokens, hole, forbidden) for own in (None, memory)
    )
    assert (beside[0, 15:21] == text[15:21]).sum() > (alone[0, 15:21] == text[15:21]).sum(), "it knows this text"


def test_the_plain_definition_says_what_the_network_says() -> None:
    model = tiny_model()
    tokens = torch.randint(40, 400, (1, 20), generator=torch.Generator().manual_seed(0))
    layout, at = Layout.plain(tokens, tokens < 0), torch.tensor([[3, 17]])
    said = Plain(model.card, model.denoiser.network).logits(tokens, at, layout)
    assert torch.allclose(said, model.denoiser.logits(tokens, at, layout).log_softmax(-1), atol=1e-5)


@pytest.mark.parametrize("attention", ["isolated", "full"])
def test_disagreement_is_none_where_the_cache_is_exact(attention: str) -> None:
    model = tiny_model(2, attention)
    with torch.no_grad():
        for parameter in model.denoiser.network.parameters():
            parameter.mul_(3)  # or the context would hardly move
    text = torch.randint(40, 400, (200,), generator=torch.Generator().manual_seed(0))
    found = disagreement(model.denoiser.network, model.card, text, Case(hole=12, context=120), places=6)
    assert set(found) == {f"{side}_{what}" for side in ("cached", "fast") for what in ("tokens", "fills")}
    assert all(0 <= share <= 1 for share in found.values())
    assert found["cached_tokens"] <= found["cached_fills"]
    assert (found["cached_fills"] == 0) == (attention == "isolated")
