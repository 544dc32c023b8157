"""The denoising loop: what always holds, and that rows do not know of each other (P5)."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.context import ContextReuse
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.guidance import Guidance
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.remasking import Never, Polish, ReMDM
from llada_edit.sampling.schedule import Even, Timesteps
from llada_edit.sampling.transfer import (
    Ancestral,
    Entropy,
    EntropyBound,
    Factor,
    LowConfidence,
    Margin,
    Random,
    Threshold,
)
from llada_edit.testing import ScriptedDenoiser, scripted_card, tiny_model

VOCAB = 12
CARD = scripted_card(VOCAB)
FORBIDDEN = SlotFilter(torch.tensor([i < 5 for i in range(VOCAB)]))
timeless = settings(max_examples=60)
policies = st.sampled_from(
    [LowConfidence(), Random(), Margin(), Entropy(), Threshold(0.6), Factor(), EntropyBound(), Ancestral()]
)
SCHEDULES = (Even(), Timesteps())


@st.composite
def samplers(draw, schedules=SCHEDULES):
    remasking = draw(st.sampled_from([Never(), Polish(0.4), Polish(0.2, rounds=2), ReMDM(cap=0.6)]))
    return Sampler(
        steps=draw(st.none() | st.integers(1, 12)),
        block=None if remasking.rounds else draw(st.none() | st.integers(1, 5)),
        schedule=draw(st.sampled_from(schedules)),
        transfer=draw(policies),
        remasking=remasking,
        guidance=draw(st.sampled_from([None, Guidance(1.5), Guidance(2.0, ramp=True, plausibility=0.3)])),
    )


@st.composite
def canvases(draw, most_rows=4):
    """Rows (tokens, hole, valid) of one length: context, slots, slots that are not used, masks outside the holes."""
    kinds = st.sampled_from("ccsssux")
    length = draw(st.integers(3, 14))
    rows = draw(st.lists(st.lists(kinds, min_size=length, max_size=length), min_size=1, max_size=most_rows))
    token = {"c": 7, "s": CARD.mask_id, "u": CARD.pad_id, "x": CARD.mask_id}
    tokens = torch.tensor([[token[kind] for kind in row] for row in rows])
    hole = torch.tensor([[kind in "su" for kind in row] for row in rows])
    return tokens, Layout.plain(tokens, hole, torch.tensor([[kind != "u" for kind in row] for row in rows]))


def run(denoiser, tokens, layout, sampler, seeds, temperatures=None, reuse=None):
    chooser = Independent(temperatures or (0.0,) * len(tokens), top_p=0.9)
    sampler = replace(sampler, chooser=chooser)
    return list(denoise(denoiser, tokens, layout, sampler, RowNoise(seeds), FORBIDDEN, reuse))


@timeless
@given(canvases(), samplers(), st.integers(0, 99), st.sampled_from([0.0, 1.0]))
def test_every_slot_is_filled_and_nothing_else_moves(canvas, sampler, seed, temperature):
    tokens, layout = canvas
    before = tokens.clone()
    slots = layout.hole & layout.valid
    denoiser = ScriptedDenoiser.random(CARD, seed)
    steps = run(
        denoiser, tokens, layout, sampler, [seed + row for row in range(len(tokens))], (temperature,) * len(tokens)
    )
    assert torch.equal(tokens, before), "the caller's tokens changed"
    last = steps[-1].tokens if steps else tokens
    assert bool((last[slots] >= 5).all()), "a mask, or a token that may not stand in a hole"
    assert torch.equal(last[~slots], before[~slots]), "context, unused slots and masks outside the holes"
    indices = [step.index for step in steps]
    assert indices == sorted(set(indices))
    masked = slots.clone()
    for step in steps:
        # A polish round opens slots between two steps: those are masked and not in the step before.
        assert not bool((step.committed & step.remasked).any())
        assert not bool((step.committed & ~slots).any())
        if not sampler.remasking.rounds:
            assert not bool((step.committed & ~masked).any()), "committed twice without being masked in between"
            masked = (masked & ~step.committed) | step.remasked
            assert torch.equal(step.tokens == CARD.mask_id, masked | ((tokens == CARD.mask_id) & ~slots))
        assert bool((step.probability[~slots & ~layout.hole & (tokens != CARD.mask_id)] == 1).all())
        assert bool((step.probability[slots & (step.tokens == CARD.mask_id)] == 0).all())


@timeless
@given(canvases(), samplers(), st.integers(0, 99))
def test_p5_a_row_does_not_depend_on_its_mates(canvas, sampler, seed):
    tokens, layout = canvas
    seeds = [seed * 10 + row for row in range(len(tokens))]
    temperatures = tuple([1.0, 0.0, 2.0, 0.5][: len(tokens)])
    denoiser = ScriptedDenoiser.random(CARD, seed)
    together = run(denoiser, tokens, layout, sampler, seeds, temperatures)
    result = together[-1] if together else None
    for row in range(len(tokens)):
        part = slice(row, row + 1)
        alone = run(denoiser, tokens[part], layout.rows(part), sampler, seeds[part], temperatures[part])
        if alone:
            assert result is not None
            assert torch.equal(result.tokens[row], alone[-1].tokens[0])
            assert torch.allclose(result.probability[row], alone[-1].probability[0], atol=1e-5)


@settings(max_examples=12)
@given(
    canvases(most_rows=3),
    samplers(schedules=(Even(),)),
    st.integers(0, 9),
    st.sampled_from(["full", "isolated"]),
    st.booleans(),
)
def test_p5_for_a_network(canvas, sampler, seed, attention, cached):
    """As above through real attention, whose sums differ in the last digits with the number of rows."""
    tokens, layout = canvas
    # All rows of a real canvas have the same holes: the first one's, used as far as a row wants.
    hole = layout.hole[:1].expand(len(tokens), -1)
    tokens = torch.where(hole & layout.valid, 0, torch.where(hole, 3, 100))
    layout = Layout(hole, layout.valid | ~hole, layout.positions)
    model = tiny_model(seed, attention)
    words = SlotFilter(torch.arange(model.card.vocab_size) < 32)
    seeds, temperatures = [seed + row for row in range(len(tokens))], tuple([1.0, 0.0, 2.0][: len(tokens)])

    def outcome(part):
        chosen = replace(sampler, chooser=Independent(temperatures[part]))
        reuse = ContextReuse(model.denoiser) if cached else None
        frames = denoise(model.denoiser, tokens[part], layout.rows(part), chosen, RowNoise(seeds[part]), words, reuse)
        return [frame.tokens for frame in frames]

    together = outcome(slice(None))
    for row in range(len(tokens)):
        alone = outcome(slice(row, row + 1))
        if alone:
            assert torch.equal(together[-1][row], alone[-1][0])


def plain(masks, rows=1):
    tokens = torch.tensor([[7, *[0] * masks, 8]] * rows)
    return tokens, Layout.plain(tokens, tokens == 0)


def peaked(tokens, at, layout):
    logits = torch.zeros(*at.shape, VOCAB)
    logits[..., 6] = 50
    return logits


def test_p6_closing_stops_the_work():
    denoiser = ScriptedDenoiser.random(CARD)
    tokens, layout = plain(8)
    frames = denoise(denoiser, tokens, layout, Sampler(transfer=LowConfidence()), RowNoise([0]), FORBIDDEN)
    assert denoiser.calls == 0, "nothing runs before the first frame is asked for"
    next(frames)
    next(frames)
    frames.close()
    assert denoiser.calls == 2


def test_yielded_frames_are_not_touched_again():
    tokens, layout = plain(6)
    sampler = Sampler(transfer=LowConfidence(), remasking=Polish(0.5))
    seen = []
    for step in denoise(ScriptedDenoiser.random(CARD), tokens, layout, sampler, RowNoise([0]), FORBIDDEN):
        seen.append((step, step.tokens.clone(), step.probability.clone()))
    for step, its_tokens, probability in seen:
        assert torch.equal(step.tokens, its_tokens)
        assert torch.equal(step.probability, probability)


def test_early_exit_when_the_model_is_sure():
    denoiser = ScriptedDenoiser(CARD, peaked)
    tokens, layout = plain(20)
    steps = list(denoise(denoiser, tokens, layout, Sampler(), RowNoise([0]), FORBIDDEN))
    assert len(steps) == denoiser.calls == 1


def test_steps_that_commit_nothing_need_no_model():
    denoiser = ScriptedDenoiser.random(CARD)
    tokens, layout = plain(3)
    sampler = Sampler(steps=10, schedule=Timesteps(), transfer=LowConfidence())
    steps = list(denoise(denoiser, tokens, layout, sampler, RowNoise([0]), FORBIDDEN))
    assert len(steps) == denoiser.calls <= 3


def test_one_forward_pass_a_step_over_masked_slots_only():
    denoiser = ScriptedDenoiser.random(CARD)
    tokens, layout = plain(4)
    assert (
        len(list(denoise(denoiser, tokens, layout, Sampler(transfer=LowConfidence()), RowNoise([0]), FORBIDDEN))) == 4
    )
    assert (denoiser.calls, denoiser.asked) == (4, 4 + 3 + 2 + 1)


def test_blocks_run_from_left_to_right():
    tokens, layout = plain(7)
    sampler = Sampler(block=3, transfer=Random())
    order = []
    for step in denoise(ScriptedDenoiser.random(CARD), tokens, layout, sampler, RowNoise([0]), FORBIDDEN):
        order += step.committed[0].nonzero()[:, 0].tolist()
    assert [sorted(order[0:3]), sorted(order[3:6]), order[6:]] == [[1, 2, 3], [4, 5, 6], [7]]


def test_blocks_and_polish_exclude_each_other():
    tokens, layout = plain(3)
    with pytest.raises(ValueError, match="block 2"):
        next(
            denoise(ScriptedDenoiser.random(CARD), tokens, layout, Sampler(block=2, remasking=Polish()), RowNoise([0]))
        )


def test_steps_bound_the_number_of_passes():
    denoiser = ScriptedDenoiser.random(CARD)
    tokens, layout = plain(12)
    list(denoise(denoiser, tokens, layout, Sampler(steps=4, transfer=LowConfidence()), RowNoise([0]), FORBIDDEN))
    assert denoiser.calls == 4


def test_guidance_never_leaves_a_slot_without_a_token():
    """The model wants a control token above all: what is plausible is measured among what may stand there."""

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCAB)
        logits[..., 0] = 50
        return logits

    tokens, layout = plain(3)
    sampler = Sampler(guidance=Guidance(1.0, plausibility=0.5))
    *_, last = denoise(ScriptedDenoiser(CARD, script), tokens, layout, sampler, RowNoise([0]), FORBIDDEN)
    assert bool((last.tokens[layout.hole] >= 5).all())
    assert bool(last.probability.isfinite().all())


def test_nothing_masked_yields_nothing():
    tokens = torch.tensor([[7, 8]])
    layout = Layout.plain(tokens, torch.zeros_like(tokens, dtype=torch.bool))
    assert list(denoise(ScriptedDenoiser.random(CARD), tokens, layout, Sampler(), RowNoise([0]))) == []


def test_p5_a_row_that_is_full_is_left_alone_while_its_mates_go_on():
    tokens = torch.tensor([[7, 0, 8, 8, 8, 8, 8, 8], [7, 0, 0, 0, 0, 0, 0, 8]])
    layout = Layout.plain(tokens, tokens == 0)
    sampler = Sampler(steps=8, transfer=LowConfidence(), remasking=ReMDM(cap=1.0))
    denoiser = ScriptedDenoiser.random(CARD, 3)
    for seed in range(5):
        together = run(denoiser, tokens, layout, sampler, [seed, 99], (2.0, 2.0))
        alone = run(denoiser, tokens[:1], layout.rows(slice(0, 1)), sampler, [seed], (2.0,))
        assert torch.equal(together[-1].tokens[0], alone[-1].tokens[0])
        assert not any(bool(step.remasked[0].any()) for step in together)
