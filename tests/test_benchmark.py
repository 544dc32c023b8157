"""The benchmark's sides do the same work: on an isolated model the cached fills equal the plain definition."""

from __future__ import annotations

import pytest
import torch

from llada_edit.benchmark import Case, disagreement, measure
from llada_edit.models.base import ModelCard
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.testing import tiny_model


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
