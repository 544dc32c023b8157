"""A corpus of token ids as they are given, for tests of what counts them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.training.corpus import Corpus


def corpus_of(*documents: Sequence[int], sign: int = 0) -> Corpus:
    """Documents of ids; all tokens have the same signs."""
    tokens = np.array([token for document in documents for token in document], dtype=np.uint16)
    return Corpus(tokens, np.cumsum([0, *map(len, documents)]), np.full(2**16, sign, dtype=np.uint16))
