"""Classifier-free guidance."""

import pytest
import torch

from llada_edit.models.base import Layout
from llada_edit.sampling.guidance import Guidance, Negative
from llada_edit.testing import ScriptedDenoiser, scripted_card

CARD = scripted_card(12)
TOKENS = torch.tensor([[7, 8, 0, 0, 9]])
HOLE = torch.tensor([[False, False, True, True, False]])
LAYOUT = Layout.plain(TOKENS, HOLE)
AT = torch.tensor([[2, 3]])


def model():
    return ScriptedDenoiser.random(CARD, seed=5, scale=1.0)


def guided(guidance, filled=1.0, tokens=TOKENS, at=AT, layout=LAYOUT):
    conditional = model().logits(tokens, at, layout)
    return guidance(model(), tokens, layout, at, conditional, torch.full((len(tokens),), filled)), conditional


def test_no_scale_is_the_conditional_and_costs_nothing():
    denoiser, conditional = model(), torch.zeros(1, 2, 12)
    assert Guidance(0.0)(denoiser, TOKENS, LAYOUT, AT, conditional, torch.ones(1)) is conditional
    assert denoiser.calls == 0


def test_formula_with_masked_context():
    got, conditional = guided(Guidance(1.5))
    unconditional = model().logits(torch.zeros_like(TOKENS), AT, LAYOUT)
    assert torch.allclose(got, unconditional + 2.5 * (conditional - unconditional))


def test_committed_slots_stay_visible_to_the_unconditional():
    tokens = torch.tensor([[7, 8, 6, 0, 9]])
    got, conditional = guided(Guidance(1.0), tokens=tokens)
    unconditional = model().logits(torch.tensor([[0, 0, 6, 0, 0]]), AT, LAYOUT)
    assert torch.allclose(got, 2 * conditional - unconditional)


def test_ramp_grows_with_what_is_filled():
    assert guided(Guidance(2.0, ramp=True), filled=0.0)[0].equal(guided(Guidance(2.0), 0.0)[1])
    half, full = guided(Guidance(2.0, ramp=True), filled=0.5)[0], guided(Guidance(1.0))[0]
    assert torch.allclose(half, full)


def test_a_row_without_scale_yet_is_left_alone_whatever_its_mates():
    tokens = TOKENS.repeat(2, 1)
    layout = Layout.plain(tokens, HOLE.repeat(2, 1))
    conditional = model().logits(tokens, AT.repeat(2, 1), layout)
    guidance = Guidance(3.0, ramp=True, plausibility=0.5)
    got = guidance(model(), tokens, layout, AT.repeat(2, 1), conditional, torch.tensor([0.0, 1.0]))
    assert torch.equal(got[0], conditional[0])
    assert not torch.allclose(got[1], conditional[1])


def test_implausible_tokens_are_a_last_resort():
    got, conditional = guided(Guidance(2.0, plausibility=0.2))
    probabilities = conditional.softmax(-1)
    implausible = probabilities < 0.2 * probabilities.amax(-1, keepdim=True)
    assert bool(implausible.any())
    assert got[implausible].max() < got[~implausible].min() - 1000


def test_negative_canvas_has_the_same_slots_elsewhere():
    other = torch.tensor([[11, 0, 0, 9]])
    negative = Negative(other, Layout.plain(other, torch.tensor([[False, True, True, False]])))
    tokens = torch.tensor([[7, 8, 6, 0, 9]])
    got, conditional = guided(Guidance(1.0, negative), tokens=tokens)
    shown = torch.tensor([[11, 6, 0, 9]])
    unconditional = model().logits(shown, AT - 1, negative.layout)
    assert torch.allclose(got, 2 * conditional - unconditional)


def test_negative_canvas_leaves_out_the_slots_that_a_row_does_not_use():
    other = torch.tensor([[11, 0, 0, 9]])
    negative = Negative(other, Layout.plain(other, torch.tensor([[False, True, True, False]])))
    layout = Layout(HOLE, torch.tensor([[True, True, True, False, True]]), LAYOUT.positions)
    seen = []

    def script(tokens, at, layout):
        seen.append(layout.valid.tolist())
        return torch.zeros(*at.shape, 12)

    Guidance(1.0, negative)(
        ScriptedDenoiser(CARD, script), TOKENS, layout, AT[:, :1], torch.zeros(1, 1, 12), torch.ones(1)
    )
    assert seen == [[[True, True, False, True]]]


@pytest.mark.parametrize("scale", [0.5, 4.0])
def test_the_sign_pushes_away_from_the_unconditional(scale):
    got, conditional = guided(Guidance(scale))
    unconditional = model().logits(torch.zeros_like(TOKENS), AT, LAYOUT)
    moved = (got - conditional) * (conditional - unconditional)
    assert bool((moved >= -1e-5).all())
