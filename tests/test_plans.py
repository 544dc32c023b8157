"""Long holes are drawn from left to right, but only where nobody asked for anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llada_edit.editor import Editor
from llada_edit.models.base import LongFills
from llada_edit.models.bundled import bundled_folder
from llada_edit.models.families import bundled_card, read_config
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions
from llada_edit.plans import draws, plan_draws
from llada_edit.testing import tiny_model

LONG = LongFills(6, 4, 3.0)
TINY = tiny_model()
DRAWN = Editor(Model(replace(TINY.card, long_fills=LONG), TINY.denoiser, TINY.vocabulary, TINY.device))
PLAIN = Editor(TINY)
TEXT = "The old cat [?: exactly {} tokens] on the mat."


def test_all_rows_have_the_best_length_and_are_drawn():
    best = [((9,), -0.1), ((8,), -0.2)]
    plan = plan_draws(best, InfillOptions(), LONG)
    assert plan.lengths == [(9,)] * 4 and plan.temperatures == [3.0] * 4 and plan.ranks == [0] * 4
    assert len(plan_draws(best, InfillOptions(n=5), LONG).choices) == 10


@pytest.mark.parametrize(
    "choice",
    [{"temperature": 0}, {"block": 4}, {"steps": 3}, {"policy": "margin"}, {"polish": 1}, {"guidance": 1.0},
     {"exact": True}],
)  # fmt: skip
def test_what_is_asked_for_is_done(choice):
    assert draws(LONG, [6, 9], InfillOptions(n=3, seed=4, context=64)) is LONG
    assert draws(LONG, [6, 9], InfillOptions(**choice)) is None
    document = TEXT.format(8)
    assert DRAWN.infill(document, **choice).to_json() == PLAIN.infill(document, **choice).to_json()


def test_short_holes_are_filled_as_ever():
    assert draws(LONG, [9, 5], InfillOptions()) is None and draws(None, [9, 9], InfillOptions()) is None
    assert DRAWN.infill(TEXT.format(5)).to_json() == PLAIN.infill(TEXT.format(5)).to_json()
    long = TEXT.format(8)
    assert DRAWN.infill(long).text != PLAIN.infill(long).text


def test_long_holes_come_from_the_left_and_the_same_seed_says_the_same():
    frames = list(DRAWN.stream(TEXT.format(8), seed=3))
    shown = [frame.text.count("░░") for frame in frames[:-1]]
    assert shown[:9] == [*range(8, -1, -1)]
    assert shown[9:] in ([], shown[:9])  # once more, where all of them left a bracket open
    assert all(frame.text.removesuffix(" on the mat.").endswith("░░") for frame in frames[:8])
    assert DRAWN.infill(TEXT.format(8), seed=3).to_json() == frames[-1].fill.to_json()
    assert len({DRAWN.infill(TEXT.format(8), seed=seed).text for seed in range(3)}) > 1
    assert len(DRAWN.infill(TEXT.format(8), n=4).candidates) == 4


def test_the_card_of_the_bundled_model_names_it():
    config = read_config(bundled_folder())
    assert bundled_card(config, "bundled").long_fills == LongFills(**config["long_fills"])
    assert bundled_card({**config, "long_fills": None}, "bundled").long_fills is None
