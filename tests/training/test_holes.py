"""Training canvases look like the canvases of the editor."""

from __future__ import annotations

import numpy as np
import pytest

from llada_edit.models.bundled import MASK, NULL
from llada_edit.training.batches import Controls, stratified_rates
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import POSITIONS, Mix, Sampler


@pytest.mark.parametrize("length", [64, 512])
@pytest.mark.parametrize("mix", [Mix(), Mix(whole=0), Mix(whole=0, nulls_known=1), Mix(whole=1, whole_rate=0.4)])
def test_rows(corpus: Corpus, mix: Mix, length: int) -> None:
    for step in range(6):
        batch = Sampler(corpus, 3, mix).batch(step, 8, length)
        assert batch.tokens.shape == (8, length)
        assert not (batch.counted & ~batch.hole).any(), "only slots of holes are masked"
        assert (batch.tokens[batch.counted] == MASK).all()
        assert (batch.tokens[~batch.counted] == batch.targets[~batch.counted]).all()
        assert (batch.targets[~batch.hole] != NULL).all(), "nulls stand in holes only"
        assert batch.positions.max() < POSITIONS
        assert (np.diff(batch.positions) >= 0).all()
        trailing = (batch.targets[:, :-1] == NULL) & (batch.targets[:, 1:] != NULL)
        assert not (trailing & batch.hole[:, :-1] & batch.hole[:, 1:] & ~_new_hole(batch.targets)).any()


def _new_hole(targets: np.ndarray) -> np.ndarray:
    """Columns after which a second hole may begin at once: allowed only behind an empty or full one."""
    return targets[:, :-1] == NULL


def test_a_batch_depends_on_seed_and_step_only(corpus: Corpus) -> None:
    sampler = Sampler(corpus, 3)
    first = sampler.batch(7, 4, 64)
    sampler.batch(8, 4, 64)
    again = Sampler(corpus, 3).batch(7, 4, 64)
    assert all((getattr(first, name) == getattr(again, name)).all() for name in ("tokens", "targets", "counted"))
    assert (first.tokens != Sampler(corpus, 5).batch(7, 4, 64).tokens).any()


def test_low_rates_mask_little(corpus: Corpus) -> None:
    batches = [Sampler(corpus, 3, Mix(whole=1)).batch(step, 8, 64, highest_rate=0.3) for step in range(10)]
    assert 0.1 < np.mean([batch.counted.mean() for batch in batches]) < 0.2


def test_whole_batch_has_its_rates(corpus: Corpus) -> None:
    batch = Sampler(corpus, 3).whole_batch(0, 64, 128)
    assert batch.hole.all()
    assert np.abs(batch.counted.mean(1) - batch.rates).max() < 0.2


def test_one_batch_in_a_hundred_has_a_random_length(corpus: Corpus) -> None:
    lengths = [Sampler(corpus, 3, Mix(whole=1)).batch(step, 1, 16).tokens.shape[1] for step in range(1500)]
    assert 5 <= sum(length < 16 for length in lengths) <= 30
    assert len(set(lengths)) > 4
    always = Mix(whole=1, random_length=1)
    drawn = [Sampler(corpus, 3, always).batch(step, 1, 16).tokens.shape[1] for step in range(800)]
    assert set(drawn) == set(range(1, 17))
    assert np.mean(drawn) == pytest.approx(8.5, abs=0.7)


def test_stratified_rates_are_uniform_and_even(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    draws = np.array([stratified_rates(rng, 8) for _ in range(2000)])
    assert ((draws * 8).astype(int) == np.arange(8)).all(), "one rate in every eighth"
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.var() == pytest.approx(1 / 12, abs=0.002)


def test_models_without_nulls_get_holes_as_long_as_their_text(corpus: Corpus) -> None:
    controls = Controls(mask=301, null=None, end=302, pad=302, isolated=False)
    for step in range(8):
        batch = Sampler(corpus, 3, Mix(whole=0), controls).batch(step, 8, 64)
        assert (batch.tokens[batch.counted] == 301).all()
        assert (batch.targets[batch.hole] >= 5).all(), "text and borders only"
        assert (batch.targets != -1).all()
        assert (batch.positions[:, 1:] - batch.positions[:, :-1] == 1).all()


def test_longer_windows_are_used(corpus: Corpus) -> None:
    batch = Sampler(corpus, 3, window=1024).batch(0, 2, 1024)
    assert batch.tokens.shape == (2, 1024)
