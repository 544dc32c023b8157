"""What a model of our own takes along from the model that it goes on from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from llada_edit.models.base import Calibration, LengthScores, Logistic, LongFills
from llada_edit.models.bundled import store_calibration
from llada_edit.models.load import load
from llada_edit.training.plan import Plan
from llada_edit.training.running import run

CALIBRATION = Calibration(
    Logistic(0.5, -0.25, 0.125), Logistic(bias=1.0), LengthScores(0.25, 0.5, ((1.0, 2.0, 3.0),) * 4)
)
LONG_FILLS = LongFills(slots=12, rows=6, temperature=0.5)


@pytest.fixture
def start(recipe_file, tmp_path: Path) -> Path:
    """A model that knows how far it can be trusted, and how it fills long holes."""
    folder = run(Plan.read(recipe_file(folder='"first"'))).folder
    store_calibration(folder, CALIBRATION)
    config = json.loads((folder / "config.json").read_text())
    long = {"slots": LONG_FILLS.slots, "rows": LONG_FILLS.rows, "temperature": LONG_FILLS.temperature}
    (folder / "config.json").write_text(json.dumps({**config, "long_fills": long}))
    return folder


@pytest.mark.parametrize("memory", ["", "[memory]\nleast_pairs = 2\nleast_triples = 2\nplaces = 20\n"])
def test_a_model_that_goes_on_keeps_what_its_start_knows_of_itself(recipe_file, start: Path, memory: str) -> None:
    path = recipe_file(memory, start='"first/model"')
    part = run(Plan.read(path, minutes=1e-9))
    assert not part.finished
    for folder in (part.folder, run(Plan.read(path)).folder):
        card = load(folder).card
        assert (card.calibration, card.long_fills) == (CALIBRATION, LONG_FILLS)
        assert card == replace(load(start).card, name=card.name)


def test_a_model_that_starts_from_nothing_knows_nothing_of_itself(recipe_file) -> None:
    folder = run(Plan.read(recipe_file())).folder
    assert not {"calibration", "long_fills"} & json.loads((folder / "config.json").read_text()).keys()
    assert load(folder).card.calibration == Calibration()


def test_a_start_without_them_gives_none(recipe_file, tmp_path: Path) -> None:
    run(Plan.read(recipe_file(folder='"first"')))
    folder = run(Plan.read(recipe_file(start='"first/model"'))).folder
    assert not {"calibration", "long_fills"} & json.loads((folder / "config.json").read_text()).keys()
