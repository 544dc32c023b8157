"""Models that insert and delete slots."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.sampling.choice import Independent
from llada_edit.sampling.elastic import denoise_elastic
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.noise import RowNoise
from llada_edit.testing import ScriptedDenoiser, scripted_card

VOCAB, EXPAND, DELETE, WORD = 12, 2, 4, 7
CARD = scripted_card(VOCAB, expand_id=EXPAND, delete_id=DELETE)
FORBIDDEN = SlotFilter(torch.tensor([i < 5 for i in range(VOCAB)]))


def script_of(choose):
    """Logits that are sure of choose(tokens, column) everywhere, a little surer the further left."""

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCAB)
        for index, column in enumerate(at[0].tolist()):
            logits[0, index, choose(tokens[0].tolist(), column)] = 20 - 0.1 * column
        return logits

    return ScriptedDenoiser(CARD, script)


def run(denoiser, row, hole, most=16, temperature=0.0, seed=0):
    tokens, slots = torch.tensor([row]), torch.tensor([[bool(flag) for flag in hole]])
    chooser = Independent(temperature)
    return list(denoise_elastic(denoiser, tokens, slots, chooser, RowNoise([seed]), FORBIDDEN, most))


def test_expand_makes_two_masks():
    steps = run(script_of(lambda tokens, column: EXPAND if len(tokens) < 4 else WORD), [8, 0, 9], [0, 1, 0])
    assert steps[0].tokens.tolist() == [[8, 0, 0, 9]]
    assert steps[0].layout.hole.tolist() == [[False, True, True, False]]
    assert steps[-1].tokens.tolist() == [[8, WORD, WORD, 9]]
    assert not bool(steps[0].committed.any())


def test_delete_takes_the_slot_and_the_masked_ones_to_its_right_in_the_same_hole():
    row, hole = [8, 0, 0, 0, 9, 0, 0, 8], [0, 1, 1, 1, 0, 1, 1, 0]

    def choose(tokens, column):
        return DELETE if len(tokens) == 8 and column == 2 else WORD

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCAB)
        for index, column in enumerate(at[0].tolist()):
            token = choose(tokens[0].tolist(), column)
            logits[0, index, token] = 30 if token == DELETE else 10
        return logits

    steps = run(ScriptedDenoiser(CARD, script), row, hole)
    assert steps[0].tokens.tolist() == [[8, 0, 9, 0, 0, 8]]
    assert steps[-1].tokens.tolist() == [[8, WORD, 9, WORD, WORD, 8]]


def test_delete_spares_what_is_committed_to_its_right():
    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCAB)
        for index, column in enumerate(at[0].tolist()):
            done = WORD in tokens[0].tolist()
            logits[0, index, DELETE if done else WORD] = 10.0 if (column == 2) != done else 9.0
        return logits

    steps = run(ScriptedDenoiser(CARD, script), [8, 0, 0, 0, 9], [0, 1, 1, 1, 0])
    assert steps[0].tokens.tolist() == [[8, 0, WORD, 0, 9]]
    assert steps[1].tokens.tolist() == [[8, WORD, 9]], "both masks go, the word between them stays"


def test_all_slots_may_vanish():
    steps = run(script_of(lambda tokens, column: DELETE), [8, 0, 0, 9], [0, 1, 1, 0])
    assert steps[-1].tokens.tolist() == [[8, 9]]
    assert not bool(steps[-1].layout.hole.any())


def test_growth_is_bounded_even_if_the_model_always_expands():
    steps = run(script_of(lambda tokens, column: EXPAND), [8, 0, 9], [0, 1, 0], most=6)
    assert max(int(step.layout.hole.sum()) for step in steps) == 6
    assert not bool((steps[-1].tokens == CARD.mask_id).any())


def test_more_slots_than_may_grow_are_filled_all_the_same():
    steps = run(script_of(lambda tokens, column: WORD), [8, *[0] * 20, 9], [0, *[1] * 20, 0], most=4)
    assert not bool((steps[-1].tokens == CARD.mask_id).any())


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.integers(1, 12),
    st.integers(0, 999),
    st.sampled_from([0.0, 1.5]),
)
def test_ends_filled_within_bounds_for_any_model(sizes, most, seed, temperature):
    row, hole = [8], [0]
    for size in sizes:
        row, hole = [*row, *[0] * size, 9], [*hole, *[1] * size, 0]
    denoiser = ScriptedDenoiser.random(CARD, seed, scale=6.0)
    steps = run(denoiser, row, hole, most, temperature, seed)
    if not sum(sizes):
        assert not steps
        return
    assert len(steps) == denoiser.calls <= sum(sizes) + 3 * most
    for step in steps:
        assert int(step.layout.hole.sum()) <= max(most, sum(sizes))
        assert step.tokens.shape == step.probability.shape == step.layout.hole.shape == step.committed.shape
        assert [
            t for t, slot in zip(step.tokens[0].tolist(), step.layout.hole[0].tolist(), strict=True) if not slot
        ] == [8, *[9] * len(sizes)]
    assert bool((steps[-1].tokens >= 5).all())
