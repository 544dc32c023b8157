"""Reuse of the context: exact for isolated models, an approximation that is renewed for others."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.models.base import Layout
from llada_edit.models.shapes import SHAPES
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.context import RENEW_FROM, ContextReuse, ContextStore
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.remasking import Polish
from llada_edit.sampling.transfer import LowConfidence
from llada_edit.testing import scripted_model, tiny_model

WORDS = SlotFilter(torch.arange(tiny_model().card.vocab_size) < 32)


class Counting:
    """A denoiser that counts prefills and the columns that it computes."""

    def __init__(self, inner):
        self.inner, self.card = inner, inner.card
        self.prefills = self.columns = 0

    def logits(self, tokens, at, layout, context=None):
        self.columns += tokens.shape[1] if context is None else len(context.active)
        return self.inner.logits(tokens, at, layout, context)

    def prefill(self, tokens, layout, frozen):
        self.prefills += 1
        return self.inner.prefill(tokens, layout, frozen)


def canvas(lengths, before=10, slots=6, after=8, second=0, seed=0):
    """Rows with two holes (the second may be empty) that use some of their slots."""
    text = torch.randint(32, 400, (before + after + 5,), generator=torch.Generator().manual_seed(seed)).tolist()
    row = [*text[:before], *[0] * slots, *text[before : before + 5], *[0] * second, *text[before + 5 :]]
    tokens = torch.tensor([row] * len(lengths))
    hole = tokens == 0
    valid = torch.ones_like(hole)
    for index, used in enumerate(lengths):
        valid[index, before + used : before + slots] = False
    tokens[~valid] = 3
    return tokens, Layout.plain(tokens, hole, valid)


def drain(model, tokens, layout, reuse, sampler=None, temperature=0.0):
    sampler = sampler or Sampler(transfer=LowConfidence(), chooser=Independent(temperature))
    noise = RowNoise(list(range(len(tokens))))
    denoiser = model.denoiser if reuse is None else reuse.denoiser
    return [step.tokens for step in denoise(denoiser, tokens, layout, sampler, noise, WORDS, reuse)]


@settings(max_examples=20)
@given(
    st.sampled_from(sorted(SHAPES)),
    st.lists(st.integers(0, 6), min_size=1, max_size=3),
    st.sampled_from([0, 3]),
    st.integers(0, 9),
    st.sampled_from([0.0, 1.0]),
)
def test_isolated_context_is_exact(shape, lengths, second, seed, temperature):
    model = tiny_model(seed, shape=shape)
    tokens, layout = canvas(lengths, second=second, seed=seed)
    reuse = ContextReuse(model.denoiser)
    cached = drain(model, tokens, layout, reuse, temperature=temperature)
    plain = drain(model, tokens, layout, None, temperature=temperature)
    assert len(cached) == len(plain)
    assert all(torch.equal(a, b) for a, b in zip(cached, plain, strict=True))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shift", [0, 1])
def test_isolated_logits_agree_in_fp32(shift, shape):
    model = tiny_model(3, shape=shape, logit_shift=shift)
    tokens, layout = canvas([6, 4], second=2)
    if shift:  # the column left of a hole must be computed too, and with isolated attention it must be a slot
        layout = Layout(layout.hole | layout.hole.roll(-1, 1), layout.valid, layout.positions)
    frozen = (~layout.hole[0]).nonzero()[:, 0]
    context = model.denoiser.prefill(tokens, layout, frozen)
    at = torch.tensor([[10, 11, 12]] * 2)
    with_it, without = (model.denoiser.logits(tokens, at, layout, cache) for cache in (context, None))
    assert torch.allclose(with_it, without, atol=1e-4)


def test_store_is_hit_by_other_candidates_lengths_and_runs():
    model, store = tiny_model(), ContextStore()
    tokens, layout = canvas([6, 6, 2])
    denoiser = Counting(model.denoiser)
    first = drain(model, tokens, layout, ContextReuse(denoiser, store=store))
    assert (store.hits, store.misses, denoiser.prefills) == (0, 1, 1)
    again = drain(model, *canvas([3]), ContextReuse(denoiser, store=store), temperature=1.0)
    assert (store.hits, store.misses, denoiser.prefills) == (1, 1, 1)
    assert torch.equal(again[-1], drain(model, *canvas([3]), None, temperature=1.0)[-1])
    assert torch.equal(drain(model, tokens, layout, ContextReuse(denoiser, store=store))[-1], first[-1])
    assert denoiser.prefills == 1


def test_store_is_missed_by_another_context_and_forgets_the_oldest():
    model, store = tiny_model(), ContextStore(capacity=1)
    for seed in (0, 1, 0):
        drain(model, *canvas([2], seed=seed), ContextReuse(model.denoiser, store=store))
    assert (store.hits, store.misses) == (0, 3)


def test_store_keeps_what_its_budget_holds():
    model = tiny_model()
    tokens, layout = canvas([2])
    one = model.denoiser.prefill(tokens, layout, (~layout.hole[0]).nonzero()[:, 0])
    assert one.size == 2 * 2 * (tokens.shape[1] - 6) * 32 * 4, "layers, keys and values, columns, width, bytes"
    for budget, kept in ((one.size - 1, 0), (one.size, 1), (3 * one.size - 1, 2)):
        store = ContextStore(budget=budget)
        for seed in (0, 1, 2):
            drain(model, *canvas([2], seed=seed), ContextReuse(model.denoiser, store=store))
            assert store.size <= budget
        assert store.size == kept * one.size
        for seed in (2, 1, 0):
            drain(model, *canvas([2], seed=seed), ContextReuse(model.denoiser, store=store))
            if seed == 3 - kept:
                assert store.hits == kept


@pytest.mark.parametrize("attention", ["isolated", "full"])
def test_store_owns_no_more_memory_than_it_says(attention):
    """Keys that are a view of something larger would keep all of it."""
    model, store = tiny_model(attention=attention), ContextStore()
    drain(model, *canvas([2]), ContextReuse(model.denoiser, store=store))
    (cache,) = store._kept.values()
    held = [part.untyped_storage() for pair in cache.layers for part in pair]
    assert sum({storage.data_ptr(): storage.nbytes() for storage in held}.values()) == store.size


def test_renewals_are_not_kept():
    model, store = tiny_model(2, "full"), ContextStore()
    rows = canvas([RENEW_FROM + 4], slots=RENEW_FROM + 4, before=60, after=60)
    denoiser = Counting(model.denoiser)
    drain(model, *rows, ContextReuse(denoiser, neighbours=2, store=store))
    assert (denoiser.prefills, len(store._kept), store.misses) == (2, 1, 1)
    drain(model, *rows, ContextReuse(denoiser, neighbours=2, store=store))
    assert (denoiser.prefills, store.hits) == (3, 1), "the first context is known, its renewal is not"


def test_same_tokens_at_other_places_are_another_context():
    """Holes of other sizes move the right context: the keys hold other positions."""
    model, store = tiny_model(), ContextStore()
    for slots in (6, 4):
        tokens, layout = canvas([4], slots=slots)
        reuse = ContextReuse(model.denoiser, store=store)
        assert torch.equal(drain(model, tokens, layout, reuse)[-1], drain(model, tokens, layout, None)[-1])
    assert store.misses == 2


@pytest.mark.parametrize("attention", ["isolated", "full", "uncached"])
def test_rows_that_are_full_are_not_computed(attention):
    """A short row in a batch with long ones costs what it costs alone."""
    model = tiny_model(1, attention)
    denoiser = Rows(model.denoiser)
    lengths = [6, 1, 3]
    tokens, layout = canvas(lengths)
    together = drain(model, tokens, layout, ContextReuse(denoiser))
    assert denoiser.rows == [3, 2, 2, 1, 1, 1]
    for row, used in enumerate(lengths):
        alone = drain(model, tokens[row : row + 1], layout.rows(slice(row, row + 1)), ContextReuse(model.denoiser))
        assert len(alone) == used
        assert torch.equal(alone[-1][0], together[-1][row])


class Rows:
    """A denoiser that notes how many rows each pass had."""

    def __init__(self, inner):
        self.inner, self.card, self.prefill, self.rows = inner, inner.card, inner.prefill, []

    def logits(self, tokens, at, layout, context=None):
        assert len(tokens) == len(at) == len(layout.hole)
        assert context is None or context.layers[0][0].shape[0] in (1, len(tokens))
        self.rows.append(len(tokens))
        return self.inner.logits(tokens, at, layout, context)


def test_isolated_steps_compute_hole_columns_only():
    model = tiny_model()
    tokens, layout = canvas([4, 2], before=100, after=50)
    denoiser = Counting(model.denoiser)
    steps = drain(model, tokens, layout, ContextReuse(denoiser))
    assert denoiser.columns == 4 * len(steps), "the slots that some row uses, and no context"


@settings(max_examples=10)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=3), st.integers(0, 20), st.integers(0, 9), st.sampled_from([0, 1])
)
def test_full_attention_runs_with_cache_and_neighbours(lengths, neighbours, seed, shift):
    model = tiny_model(seed, "full", logit_shift=shift)
    tokens, layout = canvas(lengths, second=2, seed=seed)
    denoiser = Counting(model.denoiser)
    *_, last = drain(model, tokens, layout, ContextReuse(denoiser, neighbours=neighbours))
    assert bool((last[layout.hole & layout.valid] >= 32).all())
    assert torch.equal(last[~layout.hole], tokens[~layout.hole])


def test_full_attention_with_all_columns_near_is_exact():
    model = tiny_model(2, "full")
    tokens, layout = canvas([6, 3])
    cached = drain(model, tokens, layout, ContextReuse(model.denoiser, neighbours=99))
    assert torch.equal(cached[-1], drain(model, tokens, layout, None)[-1])


def test_full_attention_is_renewed_once_in_long_holes_only():
    model = tiny_model(2, "full")
    for slots, prefills in ((RENEW_FROM, 1), (RENEW_FROM + 4, 2)):
        denoiser = Counting(model.denoiser)
        drain(model, *canvas([slots], slots=slots, before=60, after=60), ContextReuse(denoiser, neighbours=2))
        assert denoiser.prefills == prefills


def test_first_step_of_full_attention_is_exact():
    """Nothing has changed since the context was computed."""
    model = tiny_model(4, "full")
    tokens, layout = canvas([6, 3], before=40)
    context = ContextReuse(model.denoiser, neighbours=2).step(tokens, layout, torch.zeros(2))
    at = torch.tensor([[40, 41], [40, 42]])
    with_it, without = (model.denoiser.logits(tokens, at, layout, cache) for cache in (context, None))
    assert torch.allclose(with_it, without, atol=1e-4)


def test_uncached_and_scripted_models_run_without():
    for model in (
        tiny_model(attention="uncached"),
        scripted_model(attention="full"),
        scripted_model(attention="isolated"),
    ):
        reuse = ContextReuse(model.denoiser, store=ContextStore())
        assert reuse.step(*canvas([3]), torch.zeros(1)) is None
        assert torch.equal(drain(model, *canvas([3]), reuse)[-1], drain(model, *canvas([3]), None)[-1])


def test_polish_keeps_the_context():
    model, denoiser = tiny_model(), Counting(tiny_model().denoiser)
    sampler = Sampler(remasking=Polish(0.5))
    tokens, layout = canvas([6])
    cached = drain(model, tokens, layout, ContextReuse(denoiser), sampler)
    assert torch.equal(cached[-1], drain(model, tokens, layout, None, sampler)[-1])
    assert denoiser.prefills == 1
