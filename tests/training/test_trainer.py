"""Training learns, goes on after a kill as if nothing had happened, and ends in a model that the editor loads."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from llada_edit.errors import OptionError
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.batches import Batch
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.recipe import Recipe
from llada_edit.training.trainer import Data, Trainer

RECIPE = Recipe(steps=8, tokens_per_step=256, lengths=(64,), save_every=4, validate_every=100, validate_batches=1)


def trainer(corpus: Corpus, folder: Path, recipe: Recipe = RECIPE, workers: int = 0) -> Trainer:
    torch.manual_seed(5)
    network = Encoder(EncoderConfig(vocab_size=400, width=32, layers=2, heads=2, feed_forward=64))
    return Trainer(network, recipe, Data(Sampler(corpus, 0), Sampler(corpus, 1), workers=workers), folder)


def same(one: Trainer, other: Trainer) -> bool:
    pairs = [(one.trained[name], other.trained[name]) for name in one.trained]
    pairs += [(one.average[name], other.average[name]) for name in one.average]
    return all(torch.equal(left, right) for left, right in pairs)


def test_a_killed_run_ends_like_an_undisturbed_one(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    recipe = replace(RECIPE, validate_every=3)
    whole = trainer(corpus, tmp_path / "whole", recipe)
    whole.run()
    first = trainer(corpus, tmp_path / "killed", recipe)

    train_step = first.train_step

    def until_seven(batch: Batch) -> torch.Tensor:
        if first.step == 7:  # three steps after the last checkpoint, one after a row of the log
            raise KeyboardInterrupt
        return train_step(batch)

    first.train_step = until_seven  # type: ignore[method-assign]  # for this run only
    with pytest.raises(KeyboardInterrupt):
        first.run()
    second = trainer(corpus, tmp_path / "killed", recipe)
    assert second.resume()
    assert second.step == 4
    second.run()
    assert same(whole, second)
    logs = [json.loads((tmp_path / name / "log.json").read_text()) for name in ("whole", "killed")]
    for log in logs:
        for row in log:
            del row["seconds"]
    assert [row["step"] for row in logs[0]] == [3, 6, 8]
    # The loss of a row is the mean since the row before, or since the checkpoint.
    for row, other in zip(*logs, strict=True):
        assert row | {"train_loss": 0} == other | {"train_loss": 0}


def test_a_run_stops_at_its_deadline_and_goes_on(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = trainer(corpus, tmp_path / "whole")
    assert whole.run()
    for done in range(1, 8):
        part = trainer(corpus, tmp_path / "parts")
        part.resume()
        assert not part.run(deadline=time.monotonic()), "one step is always done"
        assert part.step == done
    last = trainer(corpus, tmp_path / "parts")
    last.resume()
    assert last.run(deadline=time.monotonic())
    assert same(whole, last)


def test_a_trial_of_the_speed_leaves_nothing_behind(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "tried").mkdir()
    whole, tried = trainer(corpus, tmp_path / "whole"), trainer(corpus, tmp_path / "tried")
    assert tried.seconds_per_step(0.0, warm_up=2) > 0
    assert not list((tmp_path / "tried").iterdir())
    whole.run()
    tried.run()
    assert same(whole, tried)


def test_a_run_goes_on_with_other_learning_rates(corpus: Corpus, tmp_path: Path) -> None:
    """Whichever of the three are equal; only the new ones count from then on."""
    equal = {"body_rate": 1e-3, "embedding_rate": 1e-3, "head_rate": 1e-3}
    trainer(corpus, tmp_path, replace(RECIPE, **equal)).run(deadline=time.monotonic())
    for rates in ({"body_rate": 0.0, "embedding_rate": 0.0, "head_rate": 2e-3}, equal):
        learner = trainer(corpus, tmp_path, replace(RECIPE, **rates))
        assert learner.resume()
        before = {name: value.detach().clone() for name, value in learner.trained.items()}
        learner.train_step(Sampler(corpus, 0).batch(3, 4, 64))
        moved = {name for name, value in learner.trained.items() if not torch.equal(value, before[name])}
        assert moved == {name for name in before if rates["body_rate"] or name.startswith("head")}


def test_a_checkpoint_of_another_network_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    learner = trainer(corpus, tmp_path)
    learner.save()
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    state["optimizer"]["param_groups"].pop()
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(OptionError, match=r"checkpoint\.pt does not fit this network"):
        trainer(corpus, tmp_path).resume()


def test_workers_make_the_same_batches(corpus: Corpus, tmp_path: Path) -> None:
    here, there = trainer(corpus, tmp_path), trainer(corpus, tmp_path, workers=2)
    here.run()
    there.run()
    assert same(here, there)


@pytest.mark.parametrize("objective", ["mean", "bound"])
def test_accumulation_gives_the_gradient_of_the_whole_step(corpus: Corpus, tmp_path: Path, objective: str) -> None:
    gradients = []
    for parts in (1, 4):
        learner = trainer(corpus, tmp_path, replace(RECIPE, accumulate=parts, objective=objective, clip=1e9))
        loss = learner.train_step(Sampler(corpus, 0).batch(3, 4, 64))
        gradients.append([loss, *(value.grad for value in learner.trained.values())])
    for one, four in zip(*gradients, strict=True):
        assert torch.allclose(one, four, atol=1e-5, rtol=1e-3)


def test_training_lowers_the_held_out_loss(corpus: Corpus, tmp_path: Path) -> None:
    learner = trainer(
        corpus, tmp_path, Recipe(steps=60, tokens_per_step=512, lengths=(64,), average=0.9, validate_batches=3)
    )
    before = learner.validate()
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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"lengths": ()}, "lengths are"),
        ({"lengths": (8192,)}, "lengths are"),
        ({"accumulate": 64}, "accumulate is 64"),
        ({"objective": "median"}, "objective is 'median'"),
    ],
)
def test_recipes_check_themselves(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Recipe(**{"steps": 5, **wrong})  # type: ignore[arg-type]  # wrong on purpose
