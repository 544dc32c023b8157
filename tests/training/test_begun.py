"""A run that goes on means what it was begun with; before its first checkpoint it may be begun anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from shutil import rmtree

import pytest
import torch

from llada_edit.errors import DocumentError, OptionError
from llada_edit.models.families import read_config
from llada_edit.training.begun import begin
from llada_edit.training.corpus import Corpus
from llada_edit.training.own import Own
from llada_edit.training.plan import Plan
from llada_edit.training.running import run

RecipeFile = Callable[..., Path]
RECIPES = Path(__file__).parents[2] / "recipes"
LATER = '{"text": "A later document about the harbour, which nobody had read before it was written."}\n'


def step(plan: Plan, done: int = 1) -> None:
    """A checkpoint, as far as `begin` looks."""
    torch.save({"step": done}, plan.folder / "checkpoint.pt")


def edited(path: Path, old: str, new: str) -> Plan:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return Plan.read(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[recipe]\n", "[recipe]\nembedding_rate = 3e-4\n", r"embedding_rate was 0\.001, is 0\.0003"),
        ("width = 32", "width = 48", "width was 32, is 48"),
        ("[encoder]", "[llama]", 'shape was "encoder", is "llama"'),
        ("[recipe]\n", "[recipe]\nseed = 1\n", "seed was 0, is 1"),
        ("[recipe]\n", '[recipe]\nobjective = "bound"\n', 'objective was "mean", is "bound"'),
        ("[recipe]\n", "[mix]\nwhole = 0.1\n[recipe]\n", r"whole was 0\.35, is 0\.1"),
        ("[recipe]\n", "[lora]\nrank = 4\n[recipe]\n", "lora was null, is {"),
    ],
)
def test_another_recipe_is_refused_after_a_step_only(recipe_file: RecipeFile, old: str, new: str, message: str) -> None:
    path = recipe_file()
    plan = Plan.read(path)
    begin(plan)
    changed = edited(path, old, new)
    begin(changed)  # nothing was learned yet
    begin(plan)
    step(plan)
    begin(plan)
    with pytest.raises(OptionError, match=rf"begun with another recipe \(.*{message}.*put it back.*minutes"):
        begin(changed)


def test_practical_settings_may_change(recipe_file: RecipeFile) -> None:
    plan = Plan.read(recipe_file())
    begin(plan)
    step(plan, 2)
    recipe = {"steps": 4, "accumulate": 2, "save_every": 7, "validate_every": 3, "validate_batches": 2, "bf16": True}
    begin(Plan.read(recipe_file(), minutes=3, threads=1, workers=2, device="cpu", compile=True, **recipe))
    with pytest.raises(OptionError, match=r"steps is 1, and .*out has done 2; give at least as many"):
        begin(Plan.read(recipe_file(), steps=1))
    begin(Plan.read(recipe_file(), steps=1, fit=3))


def test_another_recipe_makes_a_new_tokenizer_before_the_first_step(recipe_file: RecipeFile) -> None:
    path = recipe_file()
    begin(Plan.read(path))
    assert Own(Plan.read(path)).tokenizer().get_vocab_size() > 300
    assert run(edited(path, "vocab_size = 400", "vocab_size = 300")).finished
    assert Own(Plan.read(path)).tokenizer().get_vocab_size() == 300


def test_new_text_is_read_before_the_first_step_and_refused_after_it(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path, text = recipe_file(), tmp_path / "train.jsonl"
    whole = text.read_bytes()
    text.write_text('{"text": "Too little."}\n')
    with pytest.raises(OptionError, match=r"'train' has \d tokens"):
        run(Plan.read(path))
    text.write_bytes(whole)
    assert run(Plan.read(path)).finished
    encoded = Corpus.load(tmp_path / "out/train", Own(Plan.read(path)).tokenizer())
    assert len(encoded.starts) == 121
    text.write_text(text.read_text() + LATER)
    with pytest.raises(OptionError, match=r"'train' are not those .*\(changed: train\.jsonl\); .* another folder"):
        run(Plan.read(path))
    text.write_bytes(whole)
    (tmp_path / "later.jsonl").write_text(LATER)
    with pytest.raises(OptionError, match=r"\(new: later\.jsonl\)"):
        run(edited(path, '["train.jsonl"]', '["train.jsonl", "later.jsonl"]'))


def test_a_touched_or_moved_file_is_the_same(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file()
    begin(Plan.read(path))
    step(Plan.read(path))
    (tmp_path / "train.jsonl").touch()
    tmp_path.joinpath("deep").mkdir()
    (tmp_path / "train.jsonl").rename(tmp_path / "deep/train.jsonl")
    begin(edited(path, '["train.jsonl"]', '["deep"]'))


def test_files_of_one_name_are_told_apart(recipe_file: RecipeFile, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / "notes" / name).mkdir(parents=True)
        (tmp_path / "notes" / name / "note.md").write_text(f"{name}. " * 100)
    plan = Plan.read(recipe_file(train='["notes"]'))
    begin(plan)
    step(plan)
    (tmp_path / "notes/a/note.md").write_text("c. " * 100)
    with pytest.raises(OptionError, match="one of several of the same name"):
        begin(plan)


def test_what_is_measured_on_is_not_trained_on(recipe_file: RecipeFile) -> None:
    path = recipe_file(valid='["*.jsonl"]')
    with pytest.raises(OptionError, match=r"train\.jsonl in 'valid' is train\.jsonl in 'train'"):
        begin(Plan.read(path))


DAMAGED = {
    "run.json": "remove it, if recipe and text",
    "checkpoint.pt": "or remove it to begin anew",
    "tokenizer.json": "to begin anew",
    "train/starts.npy": "remove it, and the text is encoded again",
    "valid/tokens.bin": "remove it, and the text is encoded again",
    "log.json": "remove it, and a new log begins",
    "steps.json": "remove it, and the speed is measured again",
}


def test_damaged_leftovers_are_named(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file()
    run(Plan.read(path, steps=1))
    (tmp_path / "out/steps.json").write_text('{"steps": 2}')
    for name, message in DAMAGED.items():
        file = tmp_path / "out" / name
        whole = file.read_bytes()
        for left in (0, 9):
            file.write_bytes(whole[:left])
            with pytest.raises(OptionError, match=f"{name.partition('/')[0]} is damaged .*{message}") as refused:
                run(Plan.read(path, fit=9))
            assert "\n" not in str(refused.value)
        file.write_bytes(whole)
    assert run(Plan.read(path, fit=9)).step == 2


def test_a_checkpoint_that_does_not_say_its_network_is_named(recipe_file: RecipeFile, tmp_path: Path) -> None:
    run(Plan.read(recipe_file(), steps=1))
    torch.save({"step": 1}, tmp_path / "out/checkpoint.pt")
    with pytest.raises(OptionError, match=r"checkpoint\.pt is damaged .*remove it to begin anew"):
        run(Plan.read(recipe_file()))


def test_a_run_killed_at_any_file_that_it_writes_ends_like_an_undisturbed_one(
    recipe_file: RecipeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = (run(Plan.read(recipe_file(steps=1, folder='"whole"'))).folder / "model.safetensors").read_bytes()
    replace, left = Path.replace, [0]

    def killed(path: Path, target: Path) -> Path:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return replace(path, target)

    plan = Plan.read(recipe_file(steps=1))
    monkeypatch.setattr(Path, "replace", killed)
    for files in count(1):
        left[0] = files
        try:
            folder = run(plan).folder
        except KeyboardInterrupt:
            left[0] = 0
            folder = run(plan).folder
        assert (folder / "model.safetensors").read_bytes() == weights, files
        if left[0] > 0:
            break
        rmtree(plan.folder)
    assert files > 8, "run.json, tokenizer.json, two starts.npy, log.csv, log.json, checkpoint.pt, ..."


def test_a_folder_of_an_older_version_goes_on(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file()
    run(Plan.read(path, minutes=1e-9))
    (tmp_path / "out/run.json").unlink()
    assert run(Plan.read(path)).step == 2
    assert "settings" in json.loads((tmp_path / "out/run.json").read_text())


def test_the_second_part_of_the_bundled_model_needs_the_first(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name in ("train-00.jsonl.zst", "valid.jsonl"):
        (tmp_path / "corpus" / name).write_text(name)
    plans = {}
    for name in ("cpu", "cpu-finish"):
        (tmp_path / f"{name}.toml").write_bytes((RECIPES / f"{name}.toml").read_bytes())
        plans[name] = Plan.read(tmp_path / f"{name}.toml")
    with pytest.raises(OptionError, match="no checkpoint to go on from; run the first part"):
        begin(plans["cpu-finish"])
    assert not (plans["cpu"].folder / "run.json").exists()
    begin(plans["cpu"])
    step(plans["cpu"], 6000)
    begin(plans["cpu-finish"])
    step(plans["cpu"], 6250)
    with pytest.raises(OptionError, match=r"steps is 6000, and .* has done 6250"):
        begin(plans["cpu"])


def test_a_second_part_keeps_the_network_and_has_rates_and_a_mix_of_its_own(recipe_file: RecipeFile) -> None:
    path = recipe_file(steps=1)
    run(Plan.read(path))
    second = "goes_on = true\n" + path.read_text().partition("[encoder]")[0] + "head_rate = 1e-5\n[mix]\nwhole = 0.1\n"
    path.write_text(second.replace("steps = 1", "steps = 2"))
    assert run(Plan.read(path)).step == 2
    assert read_config(Plan.read(path).folder / "model")["encoder"]["width"] == 32
    with pytest.raises(OptionError, match="seed was 0, is 1"):
        run(Plan.read(path, seed=1))


def test_a_folder_that_cannot_be_made_and_a_file_that_cannot_be_read_are_said(
    recipe_file: RecipeFile, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OptionError, match=r"folder .*file cannot be made \(File exists\)"):
        begin(Plan.read(recipe_file(folder='"file"')))
    plan = Plan.read(recipe_file())
    (tmp_path / "train.jsonl").unlink()
    with pytest.raises(DocumentError, match=r"train\.jsonl cannot be read \(No such file"):
        begin(plan)
