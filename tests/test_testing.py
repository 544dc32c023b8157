"""The stand-ins themselves: they must repeat, and the check must be able to fail."""

import pytest
import torch

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.models.base import Layout
from llada_edit.testing import ScriptedDenoiser, assert_untouched, scripted_card, tiny_model

CARD = scripted_card(12)


def ask(denoiser, row):
    tokens = torch.tensor([row])
    return denoiser.logits(tokens, torch.arange(len(row))[None], Layout.plain(tokens, tokens == 0))


def test_random_scripts_repeat_and_see_everything():
    one, same, other = (ScriptedDenoiser.random(CARD, seed) for seed in (1, 1, 2))
    assert torch.equal(ask(one, [7, 0, 8]), ask(same, [7, 0, 8]))
    assert not torch.equal(ask(one, [7, 0, 8]), ask(other, [7, 0, 8]))
    assert not torch.equal(ask(one, [7, 0, 8])[0, 1], ask(one, [7, 0, 9])[0, 1]), "the right context counts"
    assert not torch.equal(ask(one, [7, 0, 0])[0, 1], ask(one, [7, 0, 0])[0, 2])
    assert (one.calls, one.asked) == (6, 18)


def test_tables_go_by_column():
    table = torch.eye(12)[:2]
    assert ask(ScriptedDenoiser.from_table(CARD, table), [7, 0, 8])[0].argmax(-1).tolist() == [0, 1, 1]


def test_tiny_models_repeat_whatever_else_was_drawn():
    one = tiny_model(3)
    torch.rand(5)
    state = torch.random.get_rng_state()
    same = tiny_model(3)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(ask(one.denoiser, [40, 0, 41]), ask(same.denoiser, [40, 0, 41]))
    assert not torch.equal(ask(one.denoiser, [40, 0, 41]), ask(tiny_model(4).denoiser, [40, 0, 41]))


def test_assert_untouched_can_fail():
    edits = [Edit(Span(6, 6), "!"), Edit(Span(2, 3), "xx")]
    assert_untouched("abcdef", "abxxdef!", edits)
    for wrong in ("abxxdef", "abXxdef!", "aBxxdef!", "abxxdeF!", "abxxdef!?", "abxxdef! "):
        with pytest.raises(AssertionError):
            assert_untouched("abcdef", wrong, edits)
