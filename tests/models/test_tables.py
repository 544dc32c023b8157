"""Counts of neighbours, looked up from every side, against a plain count."""

from collections import Counter
from itertools import pairwise

import numpy as np
from corpora import corpus_of
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.models.bundled import END, SPECIALS
from llada_edit.models.memory import stored_count
from llada_edit.models.tables import STEPS, Counts
from llada_edit.training.memory import MemoryRecipe, count

SIZE = SPECIALS + 5
TOKENS = st.integers(SPECIALS, SIZE - 1)


def row_of(counted):
    """Tokens, ascending, and what is stored of their counts."""
    stored = stored_count(np.array([counted[token] for token in sorted(counted)], dtype=np.int64))
    return sorted(counted), np.exp2(stored.astype(np.float32) / STEPS).tolist()


@given(st.lists(TOKENS, min_size=3, max_size=40), TOKENS, TOKENS)
def test_rows_are_what_a_plain_count_finds(tokens, one, two):
    counts = Counts(count(corpus_of(tokens), SIZE, MemoryRecipe(least_pairs=1, least_triples=1)))
    tokens = [END, *tokens, END]
    pairs, triples = list(pairwise(tokens)), list(zip(tokens, tokens[1:], tokens[2:], strict=False))
    expected = [
        (counts.beside(0, one), Counter(b for a, b in pairs if a == one)),
        (counts.beside(1, one), Counter(a for a, b in pairs if b == one)),
        (counts.behind(0, one, two), Counter(c for a, b, c in triples if (a, b) == (one, two))),
        (counts.behind(1, one, two), Counter(a for a, b, c in triples if (b, c) == (two, one))),
        (counts.between(one, two), Counter(b for a, b, c in triples if (a, c) == (one, two))),
    ]
    for (words, sizes), counted in expected:
        assert (words.tolist(), sizes.tolist()) == row_of(counted)
