"""Every wrong value of a recipe is refused in one line that names it; ramps of no steps are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.errors import OptionError
from llada_edit.training.plan import Plan
from llada_edit.training.recipe import Recipe

ENDS = "[recipe]\nsteps = 2\n"
WRONG = {
    'train = "a.md"\n' + ENDS: "train is 'a.md'; give a list",
    "train = [3]\n" + ENDS: "train is 3; give a path in quotes",
    "folder = 3\n" + ENDS: "folder is 3; give a path in quotes",
    'minutes = "x"\n' + ENDS: "minutes is 'x'; give a number of at least 0",
    "minutes = nan\n" + ENDS: "minutes is nan; give a number of at least 0",
    "fit = inf\n" + ENDS: "fit is inf; give a number of at least 0",
    "workers = -1\n" + ENDS: "workers is -1; give a whole number of at least 0",
    "compile = 1\n" + ENDS: "compile is 1; give true or false",
    "recipe = 3\n": "recipe is 3; give a table",
    "": "recipe: steps is missing",
    "mix = 3\n" + ENDS: "mix is 3; give a table",
    "encoder = 3\n" + ENDS: "encoder is 3; give a table",
    ENDS + 'body_rate = "x"\n': "body_rate is 'x'; give a number of at least 0",
    ENDS + "seed = true\n": "seed is True; give a whole number",
    ENDS + "warm_up = 1.5\n": "warm_up is 1.5; give a number from 0 to 1",
    ENDS + "average = 2.0\n": "average is 2.0; give a number from 0 to 0.99999",
    ENDS + "clip = 0\n": "clip is 0; give a number above 0",
    ENDS + "lengths = [1]\n": "lengths is 1; give a whole number of at least 2",
    ENDS + 'objective = "median"\n': "objective is 'median'; give mean or bound",
    ENDS + "[mix]\nwhole = 2\n": "whole is 2; give a number from 0 to 1",
    ENDS + "[llama]\nlayers = 0\n": "layers is 0; give a whole number above 0",
    ENDS + "[llama]\nvocab_size = 40\n": "vocab_size is 40; give at least 288",
    ENDS + "[network]\nwidth = 64\n": "'network' is no setting here; name the table by the shape: encoder, llama",
    ENDS + '[lora]\ntargets = "q_proj"\n': "targets is 'q_proj'; give a list",
    ENDS + '[memory]\nleast_pairs = "3"\n': "least_pairs is '3'; give a whole number",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_values_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.md").touch()
    path = tmp_path / "r.toml"
    path.write_text(text if text.startswith("train") else 'train = ["a.md"]\n' + text)
    with pytest.raises(OptionError, match=WRONG[text]) as refused:
        Plan.read(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_numbers_and_paths_may_be_written_as_people_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    places = {"home/notes/a.md": "~/notes", "my [old] notes/b.md": "my [old] notes", "far/c.md": str(tmp_path / "far")}
    for place in (*places, "d1.md", "d2.md"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    patterns = ", ".join(f'"{pattern}"' for pattern in (*places.values(), "d?.md", "d1.md", str(tmp_path / "d[2].md")))
    (tmp_path / "r.toml").write_text(f"minutes = 9\ntrain = [{patterns}]\n" + ENDS)
    plan = Plan.read(tmp_path / "r.toml")
    assert [file.name for file in plan.train] == ["a.md", "b.md", "c.md", "d1.md", "d2.md"], "each of them once"
    assert plan.minutes == 9
    (tmp_path / "r.toml").write_text('train = ["d1.md", "d3.md"]\n' + ENDS)
    with pytest.raises(OptionError, match=r"'train' names no text by 'd3\.md'"):
        Plan.read(tmp_path / "r.toml")


@given(st.integers(1, 50), *[st.sampled_from([0, 0.0, 1e-9, 0.3, 1])] * 3)
def test_ramps_may_be_none(steps: int, warm_up: float, decay: float, rate_ramp: float) -> None:
    recipe = Recipe(steps, warm_up=warm_up, decay=decay, rate_ramp=rate_ramp)
    rates, masks = zip(*((recipe.rate(step), recipe.highest_mask_rate(step)) for step in range(steps)), strict=True)
    assert all(0 < rate <= 1 for rate in rates)
    assert all(0.3 <= rate <= 1 for rate in masks)
    assert warm_up or decay or set(rates) == {1.0}
    assert rate_ramp or set(masks) == {1.0}
