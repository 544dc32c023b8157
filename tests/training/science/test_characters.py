"""The scripts that compare networks at character level run, and their networks differ in what they say they do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from llada_edit.models.encoder import EncoderConfig
from llada_edit.models.llama import LlamaConfig


def test_spheres_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    section = smoke(
        "spheres", corpus_files["train"], "--valid", corpus_files["valid"], "--steps", 3, "--rows", 4, "--length", 24,
        "--width", 32, "--layers", 1, "--tested", 16,
    )  # fmt: skip
    bits = section["results"]["bits"]
    # Untrained, with the best of all times: what it says of single characters, not the doubt of a late time.
    assert all(3 < bits[name][0] < 8 for name in ("unigram", "masked", "spheres"))
    assert section["results"]["more"][0] == pytest.approx(bits["spheres"][0] - bits["masked"][0])
    assert len(section["results"]["right"]) == 5
    assert all(0 <= share <= 1 and 0 <= error <= 1 for share, error in section["results"]["right"].values())


@pytest.mark.slow
def test_shapes_at_a_tiny_size(smoke, load, corpus_files: dict[str, Path]) -> None:
    section = smoke(
        "shapes", corpus_files["train"], "--valid", corpus_files["valid"], "--steps", 8, "--rows", 4, "--length", 24,
        "--width", 32, "--layers", 1, "--tested", 16, "--rates", "1e-3", "2e-3",
    )  # fmt: skip
    shapes = load("shapes")
    assert set(section["results"]["curves"]) == set(shapes.KINDS)
    rows = [line.split("|")[2:4] for line in section["lines"] if line.startswith("|")][2:]
    bits = np.array([[float(cell) for cell in row] for row in rows])
    assert len(bits) == 1 + len(shapes.KINDS) and (bits > 2).all() and (bits < 8).all()
    # The start that knows the unigrams is near them at once, the others are not.
    biased, others = 2, [1, 3, 4, 5]
    assert abs(bits[biased] - bits[0]).max() < 0.5 < abs(bits[others] - bits[0]).min()


@pytest.mark.parametrize("kind", ["RotaryEncoder", "LearnedLlama"])
def test_what_lies_between_the_shapes_tells_positions_its_own_way(load, kind: str) -> None:
    shapes = load("shapes")
    torch.manual_seed(0)
    sizes = EncoderConfig if kind == "RotaryEncoder" else LlamaConfig
    network = getattr(shapes, kind)(sizes(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()
    tokens, positions = torch.arange(40, 50)[None], torch.arange(10)[None]
    one, moved, mixed = (network.hidden(tokens, at)[0] for at in (positions, positions + 9, positions.flip(1) * 3))
    assert torch.allclose(one, moved, atol=1e-4) is (kind == "RotaryEncoder"), "distances alone, or places"
    assert not torch.allclose(one, mixed, atol=1e-2)
