"""Counting agrees with counting by hand; fitting finds the evidence that is worth something."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pytest
import torch
from corpora import corpus_of
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.errors import OptionError
from llada_edit.models.base import Layout
from llada_edit.models.bundled import END, MASK, SPECIALS
from llada_edit.models.memory import BUCKETS, FEATURES, NGramMemory
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.testing import tiny_model
from llada_edit.training.memory import Example, MemoryRecipe, count, fitted, make
from llada_edit.training.spans import BEGINS, ENDS

SIZE = 40


@given(
    st.lists(st.lists(st.integers(SPECIALS, SIZE - 1), min_size=1, max_size=30), min_size=1, max_size=4),
    st.integers(1, 3),
    st.integers(0, 2),
)
def test_counting(documents, least, more):
    tables = count(corpus_of(*documents), SIZE, MemoryRecipe(least, least + more))
    text = [END]
    for document in documents:
        text += [*document, END]
    pairs = {key: n for key, n in Counter(pairwise(text)).items() if n >= least}
    triples = {key: n for key, n in Counter(zip(text, text[1:], text[2:], strict=False)).items() if n >= least + more}
    first = np.repeat(np.arange(SIZE), np.diff(tables["pair_starts"].numpy()))
    kept = list(zip(first.tolist(), tables["pair_next"].tolist(), strict=True))
    assert kept == sorted(pairs)
    ahead = [key for key, n in zip(kept, tables["pair_triples"].tolist(), strict=True) for _ in range(n)]
    assert [(*key, third) for key, third in zip(ahead, tables["triple_next"].tolist(), strict=True)] == sorted(triples)
    sizes = np.round(np.exp2(tables["triple_size"].numpy() / 16.0)).astype(int).tolist()
    assert sizes == [triples[key] for key in sorted(triples)]


def test_fitting_finds_that_the_memory_is_right_and_a_random_network_is_not():
    model = tiny_model(max_length=512)
    size = model.card.vocab_size
    rng = np.random.default_rng(0)
    phrases = [rng.integers(SPECIALS, size, 6).tolist() for _ in range(12)]
    documents = [list(chain.from_iterable(phrases[i] for i in rng.integers(0, 12, 60))) for _ in range(20)]
    recipe = MemoryRecipe(1, 1, places=300, held_out=0.2)
    tables = make(corpus_of(*documents, sign=BEGINS | ENDS), model.denoiser, recipe)
    denoiser = RemembersNGrams(model.denoiser, NGramMemory(tables))
    right = plain = 0.0
    for phrase in phrases:
        tokens = torch.tensor([[*phrase[:2], MASK, *phrase[3:]]])
        at, layout = torch.tensor([[2]]), Layout.plain(tokens, tokens == MASK)
        right += float(denoiser.logits(tokens, at, layout).log_softmax(-1)[0, 0, phrase[2]])
        plain += float(model.denoiser.logits(tokens, at, layout).log_softmax(-1)[0, 0, phrase[2]])
    assert right / 12 > -1 > -4 > plain / 12


def test_weights_are_fitted_where_places_are_many_and_for_what_is_used_only():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(8 * len(FEATURES)):
        features, target = torch.from_numpy(rng.normal(size=(len(FEATURES), 9)).astype(np.float32)), rng.integers(9)
        features[1, target] += 4
        found.append(Example(3, features, int(target)))
    start = torch.full((BUCKETS, len(FEATURES)), 0.5)
    weights = fitted(found, start, ("unigram", "near"))
    others = [bucket for bucket in range(BUCKETS) if bucket != 3]
    assert (weights[others] == 0.5).all(), "no places"
    near = FEATURES.index("near")
    assert weights[3, 1] > 0.8 > 0.3 > abs(weights[3, near])
    assert weights[3].count_nonzero() == 2
    assert weights[3, 1] == pytest.approx(float(fitted(found, start)[3, 1]), abs=0.3)


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(OptionError, match="least_triples 2"):
        MemoryRecipe(3, 2)
    with pytest.raises(OptionError, match="held_out"):
        MemoryRecipe(held_out=0)
    with pytest.raises(OptionError, match="at least 2 documents"):
        make(corpus_of([40]), tiny_model().denoiser, MemoryRecipe())
