"""The comparison of speeds makes its page, and says there what was asked of whom."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from llada_edit.benchmark import measure
from llada_edit.testing import PARAGRAPH, tiny_model


def test_the_page_of_a_tiny_run(load, monkeypatch: pytest.MonkeyPatch) -> None:
    infill, whole = load("infill"), load("whole")
    monkeypatch.setattr(infill, "HOLES", (1, 3))
    monkeypatch.setattr(whole, "EDITED", (1, 2))
    monkeypatch.setattr(whole, "AROUND", 6)
    model = tiny_model()
    text = torch.randint(40, 400, (200,), generator=torch.Generator().manual_seed(0))
    cells = infill.rows(partial(measure, model.denoiser.network, model.card, text, runs=1), (16,))
    assert [(row["hole"], row["context"]) for row in cells] == [(1, 16), (3, 16)]
    fills = whole.whole_infill(model, PARAGRAPH, 1)
    assert [row["hole"] for row in fills] == [1, 2] and all(row["default"] > 0 < row["confidence"] for row in fills)
    shares = {f"{side}_{what}": 0.5 for side in ("cached", "fast") for what in ("tokens", "fills")}
    results = {
        "runs": 1, "threads": 1, "machine": "m", "bundled": cells, "llama": cells, "whole": fills, "places": 2,
        "full": [{"weights": "w", "hole": 1, "context": 16, **shares}], "memory": {"plain": 1.0, "fast": 2.0},
        "first_fill": 3.0,
    }  # fmt: skip
    lines = list(infill.markdown(results))
    page = "\n".join(lines)
    assert page.count("\n| 1 | 16 |") == 4, "speed and work, of both networks"
    assert page.count("holes of twelve tokens and more") == 1
    assert "with its memory and the text around on all sides" in page


def test_what_the_page_says_of_long_holes_is_so() -> None:
    from llada_edit.models.load import load

    long = load().card.long_fills
    assert long is not None and (long.slots, long.rows) == (12, 6)
