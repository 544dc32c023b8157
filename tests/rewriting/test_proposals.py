"""Which words are masked, and how long the holes are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.holes import Span
from llada_edit.rewriting.fluency import Fit, TokenFit
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.proposals import LONGEST_RUN, chosen, runs, with_holes
from llada_edit.rewriting.words import words
from llada_edit.testing import tiny_model

TEXT = "The committee accepted the old proposal after a long debate, and nobody was very surprised by what it had said."
WORDS = [w for w in words(TEXT, Span(0, len(TEXT))) if w.kind not in ("name", "number")]
surprises = st.lists(st.floats(0, 12), min_size=len(WORDS), max_size=len(WORDS))


def fit(values):
    return Fit(tuple(TokenFit(word.span, -value, -value) for word, value in zip(WORDS, values, strict=True)))


@given(surprises, st.sampled_from(sorted(OPERATIONS)), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9))
def test_more_strength_masks_the_same_words_and_more(values, name, a, b, seed):
    low, high = sorted((a, b))
    operation = OPERATIONS[name]
    few, many = (chosen(WORDS, fit(values), operation, strength, seed) for strength in (low, high))
    assert set(few) <= set(many)
    assert chosen(WORDS, fit(values), operation, 0, seed) == []
    assert all(word.kind != "negation" for word in many)


def test_full_strength_masks_all_that_has_weight():
    found = chosen(WORDS, fit([1.0] * len(WORDS)), OPERATIONS["paraphrase"], 1.0, 0)
    assert found == [word for word in WORDS if word.kind != "negation"]


def test_surprising_words_come_first_as_a_rule():
    values = [0.0] * len(WORDS)
    values[3] = 12.0
    hits = sum(WORDS[3] in chosen(WORDS, fit(values), OPERATIONS["paraphrase"], 0.05, seed) for seed in range(50))
    assert hits > 30


@pytest.mark.parametrize("name", ["proofread", "refine"])
def test_only_suspicious_words_are_looked_at(name):
    values = [0.1] * len(WORDS)
    values[4] = 9.0
    assert chosen(WORDS, fit(values), OPERATIONS[name], 1.0, 0) == [WORDS[4]]


@given(st.sets(st.integers(0, len(WORDS) - 1)), st.booleans())
def test_runs_cover_whole_words_and_nothing_else(picked, joined):
    masked = [WORDS[i] for i in sorted(picked)]
    spans = runs(TEXT, masked, joined)
    assert [w for w in WORDS if any(s.start <= w.span.start < s.end for s in spans)] == masked
    assert all(len(span.of(TEXT).split()) <= LONGEST_RUN for span in spans)
    assert all("," not in span.of(TEXT) for span in spans)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("shorten", 0, 0.8), ("expand", 1, 2.5), ("paraphrase", 0.75, 1.5)]
)
def test_holes_have_the_length_that_the_operation_asks_for(name, least, most):
    vocabulary, span = tiny_model().vocabulary, Span(4, 13)
    size = len(vocabulary.encode(" committee"))
    assert size > 1
    (document,) = with_holes("", TEXT, "", [span], OPERATIONS[name], vocabulary)
    hint = document.holes[0].length
    assert document.holes[0].span == span
    assert hint.minimum <= least * size <= most * size <= hint.maximum < most * size + 1
