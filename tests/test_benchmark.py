"""The benchmark's sides do the same work: on an isolated model the cached fills equal the plain definition."""

from __future__ import annotations

import torch

from llada_edit.benchmark import Case, measure
from llada_edit.models.base import ModelCard
from llada_edit.models.encoder import Encoder, EncoderConfig


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
