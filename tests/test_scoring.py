"""Alternatives and scores against what the model says."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.scoring import alternatives, score
from llada_edit.testing import PARAGRAPH, scripted_model, tiny_model

WORDS = tiny_model().vocabulary
MODELS = [tiny_model(), tiny_model(attention="full"), scripted_model(seed=2), scripted_model(seed=3, null_id=1)]


@pytest.mark.parametrize("model", MODELS, ids=["network", "full", "scripted", "null"])
@pytest.mark.parametrize(
    "text",
    ["The [?] sat.", "[?]", "I und[?] it", "I xyl[?] it", "(the [?])", "a-[?] b", "\u4eca[?]", "\ud800[?]\ud800"],
)
def test_alternatives_are_words_with_probabilities(model, text):
    found = alternatives(model, Document.parse(text), 20)
    assert found
    values = [word.probability for word in found]
    assert values == sorted(values, reverse=True)
    assert all(0 < value <= 1 for value in values)
    assert sum(values) <= 1 + 1e-4
    assert len({word.text for word in found}) == len(found)
    for word in found:
        assert word.text == word.text.strip()
        assert len(word.text.split()) == 1
        assert "<|" not in word.text
        word.text.encode()


def test_the_best_alternative_is_what_the_model_wants():
    cat = WORDS.spelling(b" cat")[0]

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, WORDS.size)
        logits[..., cat] = 12
        logits[..., 1] = torch.where(layout.positions.gather(1, at) > 1, 14, 0)
        return logits

    found = alternatives(scripted_model(script, null_id=1), Document.parse("The [?] sat."), 3)
    assert found[0].text == "cat"
    assert found[0].probability > 0.5


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=12), st.sampled_from([0, 1, 2]))
def test_any_text_has_a_score(text, index):
    got = score(MODELS[index], text, samples=4)
    assert math.isfinite(got.bound)
    assert math.isfinite(got.per_token)
    assert len(got.tokens) == len(WORDS.encode(text))
    assert got.exact == (len(got.tokens) <= 10)
    assert all(0 <= token.probability <= 1 for token in got.tokens)
    got.to_json()


def test_the_tokens_of_a_score_are_the_text():
    assert "".join(token.text for token in score(MODELS[0], "The cat sat.").tokens) == "The cat sat."


def test_a_model_that_knows_the_text_scores_it_higher():
    ids = WORDS.encode("The cat sat")

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, WORDS.size)
        for index, token in enumerate(ids):
            logits[..., token] += 9.0 * (at == index)
        return logits

    model = scripted_model(script)
    right, wrong = (score(model, text) for text in ("The cat sat", "The dog ran"))
    assert right.bound > wrong.bound
    assert right.per_token > wrong.per_token
    assert right.per_token * len(ids) == pytest.approx(right.bound, rel=1e-3), "without context they are the same"


def test_a_text_longer_than_the_window_is_scored_in_pieces():
    model = tiny_model(max_length=64, start_ids=(4,), end_ids=(4,))
    got = score(model, PARAGRAPH[:400], samples=2)
    assert len(got.tokens) == len(WORDS.encode(PARAGRAPH[:400])) > 64
    assert not got.exact
    assert Editor(model).score("a").exact
