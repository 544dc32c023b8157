"""A corpus of token ids as they are given, for tests of what counts them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.training.corpus import Corpus


def corpus_of(*documents: Sequence[int]) -> Corpus:
    """Documents of ids; no token has a sign."""
    tokens = np.array([token for document in documents for token in document], dtype=np.uint16)
    return Corpus(tokens, np.cumsum([0, *map(len, documents)]), np.zeros(2**16, dtype=np.uint16))
