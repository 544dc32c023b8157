"""How well a wording fits: against the plain definition, one masked token at a time."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.editor import Editor
from llada_edit.models.base import Layout
from llada_edit.rewriting.fluency import Fluency
from llada_edit.sampling import likelihood
from llada_edit.sampling.likelihood import shown_log_probabilities
from llada_edit.testing import ScriptedDenoiser, scripted_card, scripted_model, tiny_model


@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 99))
@settings(max_examples=20)
def test_each_token_given_all_others(sizes, seed):
    """With as many folds as tokens, every value is the leave-one-out log probability."""
    rows, most = len(sizes), max(sizes)
    tokens = torch.randint(5, 20, (rows, most + 4), generator=torch.Generator().manual_seed(seed))
    hole, valid = torch.zeros_like(tokens, dtype=torch.bool), torch.ones_like(tokens, dtype=torch.bool)
    hole[:, 2 : 2 + most] = True
    for row, size in enumerate(sizes):
        valid[row, 2 + size : 2 + most] = False
    layout = Layout.plain(tokens, hole, valid)
    denoiser = ScriptedDenoiser.random(scripted_card(20), seed)
    found, best = shown_log_probabilities(denoiser, tokens, layout, folds=most)
    for row, size in enumerate(sizes):
        for column in range(tokens.shape[1]):
            if not 2 <= column < 2 + size:
                assert found[row, column] == best[row, column] == 0
                continue
            noisy = tokens[row : row + 1].clone()
            noisy[0, column] = 0
            logs = denoiser.logits(noisy, torch.tensor([[column]]), layout.rows(slice(row, row + 1))).log_softmax(-1)
            assert found[row, column] == pytest.approx(float(logs[0, 0, tokens[row, column]]), abs=1e-5)
            assert best[row, column] == pytest.approx(float(logs.max()), abs=1e-5)


MODELS = {
    "scripted": scripted_model,
    "isolated": tiny_model,
    "full": lambda: tiny_model(attention="full"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_wording_is_measured_alike_in_any_company(kind):
    """Up to rounding, on canvases of the same size."""
    long = "The committee accepted the proposal after a long debate."
    both = Fluency(MODELS[kind](), "Before. ", " After.").measure([long, "The cat sat."])
    alone = Fluency(MODELS[kind](), "Before. ", " After.").measure([long])[0]
    assert [t.span for t in both[0].tokens] == [t.span for t in alone.tokens]
    assert both[0].total == pytest.approx(alone.total, rel=1e-4)
    assert all(token.margin <= 1e-6 for fit in both for token in fit.tokens)


def test_words_own_their_tokens():
    text = "The understandable cat didn't sit."
    fit = Fluency(tiny_model(), "", "").measure([text])[0]
    spans = sorted({t.span for t in fit.tokens})
    assert "".join(span.of(text) for span in spans) == text.replace(" ", "")
    assert sum(fit.surprise(span) for span in spans) == pytest.approx(-fit.total, rel=1e-6)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 99))
@settings(max_examples=20)
def test_it_does_not_matter_how_many_rows_go_through_the_network_together(sizes, seed):
    most = max(sizes)
    tokens = torch.randint(5, 20, (len(sizes), most + 4), generator=torch.Generator().manual_seed(seed))
    hole, valid = torch.zeros_like(tokens, dtype=torch.bool), torch.ones_like(tokens, dtype=torch.bool)
    hole[:, 2 : 2 + most] = True
    for row, size in enumerate(sizes):
        valid[row, 2 + size : 2 + most] = False
    layout, denoiser = Layout.plain(tokens, hole, valid), ScriptedDenoiser.random(scripted_card(20), seed)
    together = shown_log_probabilities(denoiser, tokens, layout)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likelihood, "TOGETHER", 1)
        alone = shown_log_probabilities(denoiser, tokens, layout)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(together, alone, strict=True))


def test_what_was_measured_is_kept_and_a_longer_wording_moves_all_to_a_larger_canvas():
    model = scripted_model()
    fluency = Fluency(model, "Before. ", " After.")
    first = fluency.measure(["The cat sat.", "A cat sat."])
    calls = model.denoiser.calls
    assert fluency.measure(["A cat sat.", "The cat sat."]) == first[::-1]
    assert model.denoiser.calls == calls
    longer = "The cat sat on the mat and the dog ran into the garden and nobody was surprised by the end of it."
    found = fluency.measure(["The cat sat.", longer, "A cat sat."])
    assert fluency.measure(["The cat sat.", "A cat sat."]) == [found[0], found[2]]
    assert model.denoiser.calls > calls


@pytest.mark.parametrize("op", ["simplify", "proofread", "paraphrase"])
def test_a_sentence_with_nothing_to_propose_does_not_cost_a_look_at_the_model(op):
    model = scripted_model()
    result = Editor(model).rewrite("She can, if we can.", op=op, trust="listed")
    assert (result.changed, model.denoiser.calls) == (False, 0)
