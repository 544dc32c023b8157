"""Training learns, goes on after a kill as if nothing had happened, and ends in a model that the editor loads."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from llada_edit.editor import Editor
from llada_edit.errors import OptionError
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.plan import Plan, run
from llada_edit.training.trainer import Recipe, Trainer

RECIPE = Recipe(steps=8, tokens_per_step=256, lengths=(64,), save_every=4, validate_every=100)


def trainer(corpus: Corpus, folder: Path, recipe: Recipe = RECIPE) -> Trainer:
    torch.manual_seed(5)
    network = Encoder(EncoderConfig(vocab_size=400, width=32, layers=2, heads=2, feed_forward=64))
    return Trainer(network, recipe, Sampler(corpus, 0), Sampler(corpus, 1), folder)


def test_a_killed_run_ends_like_an_undisturbed_one(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole = trainer(corpus, tmp_path / "whole")
    whole.run()
    first = trainer(corpus, tmp_path / "killed")
    while first.step < 6:  # two steps after the last checkpoint
        first._train_step()
        first.step += 1
        if first.step == 4:
            first.save()
    second = trainer(corpus, tmp_path / "killed")
    assert second.resume()
    assert second.step == 4
    second.run()
    for (name, one), other in zip(whole.network.named_parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other), name
    assert all(torch.equal(whole.average[name], second.average[name]) for name in whole.average)


def test_training_lowers_the_held_out_loss(corpus: Corpus, tmp_path: Path) -> None:
    learner = trainer(corpus, tmp_path, Recipe(steps=60, tokens_per_step=512, lengths=(64,), average=0.9))
    before = learner.validate(4)
    learner.run()
    with (tmp_path / "log.csv").open() as log:
        after = list(csv.DictReader(log))[-1]
    assert float(after["bound"]) < before["bound"] - 0.3
    assert float(after["null_loss"]) < before["null_loss"]


def test_learning_rate_warms_up_and_decays() -> None:
    recipe = Recipe(steps=100, warm_up=0.1, decay=0.4)
    assert recipe.rate(0) == pytest.approx(0.1)
    assert recipe.rate(30) == 1.0
    assert recipe.rate(99) == pytest.approx(0.025)


def recipe_file(corpus_files: dict[str, Path], folder: Path, more: str = "") -> Path:
    path = folder / "tiny.toml"
    path.write_text(
        f'train = ["{corpus_files["train"].name}"]\nvalid = ["{corpus_files["valid"].name}"]\nfolder = "out"\n'
        "[recipe]\nsteps = 2\ntokens_per_step = 128\nlengths = [64]\nsave_every = 1\n"
        "[encoder]\nvocab_size = 400\nwidth = 32\nlayers = 1\nheads = 2\nfeed_forward = 64\n" + more
    )
    for source in corpus_files.values():
        (folder / source.name).write_bytes(source.read_bytes())
    return path


def test_a_recipe_becomes_a_model_that_fills(corpus_files: dict[str, Path], tmp_path: Path) -> None:
    plan = Plan.read(recipe_file(corpus_files, tmp_path))
    folder = run(plan)
    fill = Editor.load(folder).infill("The committee [?: 2 words] the proposal.")
    assert fill.text.startswith("The committee ")
    assert fill.text.endswith(" the proposal.")
    assert len(fill.holes[0].text.split()) == 2
    assert run(Plan.read(tmp_path / "tiny.toml", steps=3)) == folder, "it goes on from the checkpoint"


def test_a_recipe_can_count_a_memory_and_go_on_from_a_model(corpus_files: dict[str, Path], tmp_path: Path) -> None:
    more = "[memory]\nleast_pairs = 2\nleast_triples = 2\nplaces = 200\n"
    folder = run(Plan.read(recipe_file(corpus_files, tmp_path, more)))
    assert (folder / "memory.safetensors").is_file()
    text = "The committee [?: exactly 2 tokens] the proposal. Nobody in the village painted the long winter."
    assert Editor.load(folder).infill(text).holes[0].text.strip()
    own = tmp_path / "own.toml"
    own.write_text(f'start = "out/model"\n{(tmp_path / "tiny.toml").read_text().replace("out", "own", 1)}')
    own.write_text(own.read_text().split("[encoder]")[0])
    other = run(Plan.read(own))
    assert (other / "tokenizer.json").read_bytes() == (folder / "tokenizer.json").read_bytes()
    assert Editor.load(other).model.card.vocab_size == 400


@pytest.mark.parametrize(
    ("more", "message"),
    [("[mix]\nspeed = 1\n", "'speed' is no setting of Mix"), ("[mix\n", "cannot be read as a recipe")],
)
def test_bad_recipes_say_what_is_wrong(corpus_files: dict[str, Path], tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(OptionError, match=message.replace("'", ".")):
        Plan.read(recipe_file(corpus_files, tmp_path, more))


def test_missing_corpus_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('train = ["nothing-*.jsonl"]\nvalid = []\n[recipe]\nsteps = 1\n')
    with pytest.raises(OptionError, match="'train' names no file"):
        Plan.read(tmp_path / "r.toml")


@pytest.mark.parametrize("name", ["cpu.toml", "cpu-finish.toml"])
def test_the_recipes_of_the_bundled_model_can_be_read(name: str, tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "recipes" / name
    (tmp_path / "corpus").mkdir()
    for file in ("train-00.jsonl.zst", "valid.jsonl"):
        (tmp_path / "corpus" / file).touch()
    (tmp_path / name).write_bytes(source.read_bytes())
    plan = Plan.read(tmp_path / name)
    assert plan.recipe.rate(plan.recipe.steps // 2) == 1.0
    assert plan.encoder.vocab_size == 16384
