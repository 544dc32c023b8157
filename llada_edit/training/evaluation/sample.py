"""Which rewriting pairs are measured: some of each operation, drawn by a seed. Pure text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from contextlib import suppress

import numpy as np

from llada_edit.errors import DocumentError
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.mistakes import with_mistakes
from llada_edit.training.pairs import Pair
from llada_edit.training.texts import Text


def sample(pairs: Iterable[Pair], most: int, seed: int) -> list[Pair]:
    """At most so many pairs of every operation, each operation drawn by itself: what others have changes nothing.

    Of the same two texts, one direction is taken: both would be counted as two witnesses where there is one.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.operation, []).append(pair)
    found = list[Pair]()
    for operation, group in groups.items():
        random.Random(f"{operation} {seed}").shuffle(group)
        found += list({frozenset((pair.source, pair.target)): pair for pair in group}.values())[:most]
    return found


def mistaken(texts: Sequence[Text], count: int, seed: int) -> list[Pair]:
    """Pairs for proofreading: sentences with made mistakes in them, and as they were; fewer where the texts have fewer.

    The mistakes are of the kinds that `llada_edit.training.mistakes` makes for training, too; the sentences that it
    leaves as they are have nothing to mend, and are passed over.
    """
    rng, found = np.random.default_rng(seed), list[Pair]()
    with suppress(DocumentError):  # the texts have no more
        for cut in cuts(texts, "sentence", 2 * count, seed):
            pair = Pair("proofread", with_mistakes(cut.truth, rng), cut.truth)
            found += [pair] if pair.source != pair.target else []
    return found[:count]
