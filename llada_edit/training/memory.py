"""Count an n-gram memory from a corpus, and fit how much it weighs beside a network.

Knows token arrays and networks; the memory itself is in `llada_edit.models.memory`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.errors import OptionError
from llada_edit.models.base import Layout
from llada_edit.models.bundled import END, SPECIALS
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.memory import BUCKETS, FEATURES, NGramMemory, stored_count
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Mix, Sampler

Keys = NDArray[np.int64]
Tables = dict[str, Tensor]
PLACES_PER_ROW = 8
ROW = 384
"""Tokens of the rows that weights are fitted on: as much text around the holes as an editor has."""


@dataclass(frozen=True, slots=True)
class MemoryRecipe:
    """What is kept.

    Attributes:
        least_pairs: pairs seen fewer times are dropped.
        least_triples: the same for triples; at least `least_pairs`, since a triple is found through its pair.
        places: held-out places on which the weights are fitted.
        held_out: share of the documents that is not counted but used for that.
    """

    least_pairs: int = 3
    least_triples: int = 4
    places: int = 3000
    held_out: float = 0.01

    def __post_init__(self) -> None:
        if not 1 <= self.least_pairs <= self.least_triples:
            raise OptionError(
                f"least_pairs {self.least_pairs} and least_triples {self.least_triples}: "
                "give whole numbers from 1, the second not below the first"
            )
        if not 0 < self.held_out < 1:
            raise OptionError(f"held_out is {self.held_out}; give a share between 0 and 1")


def make(corpus: Corpus, network: NetworkDenoiser, recipe: MemoryRecipe) -> Tables:
    """Count all but the last documents, and fit the weights on those."""
    documents = len(corpus.starts) - 1
    border = documents - max(1, round(documents * recipe.held_out))
    if border < 1:
        raise OptionError("a memory needs at least 2 documents, one to count and one to fit its weights on")
    tables = count(corpus.part(0, border), network.card.vocab_size, recipe)
    return fit(tables, network, corpus.part(border, documents), recipe)


def count(corpus: Corpus, vocab_size: int, recipe: MemoryRecipe) -> Tables:
    """The tables of `NGramMemory`; all weight is on the network until they are fitted."""
    tokens = np.insert(corpus.tokens.astype(np.int64), corpus.starts, END)
    pairs, pair_counts = _distinct(tokens[:-1] << 16 | tokens[1:], recipe.least_pairs)
    triples, triple_counts = _distinct(tokens[:-2] << 32 | tokens[1:-1] << 16 | tokens[2:], recipe.least_triples)
    weights = torch.zeros(BUCKETS, len(FEATURES))
    weights[:, 0] = 1
    tables = {
        "unigrams": np.bincount(tokens, minlength=vocab_size).astype(np.int32),
        "pair_starts": np.searchsorted(pairs >> 16, np.arange(vocab_size + 1)).astype(np.int32),
        "pair_next": (pairs & 0xFFFF).astype(np.uint16),
        "pair_size": stored_count(pair_counts),
        "pair_triples": np.bincount(np.searchsorted(pairs, triples >> 16), minlength=len(pairs)).astype(np.uint16),
        "triple_next": (triples & 0xFFFF).astype(np.uint16),
        "triple_size": stored_count(triple_counts),
        "specials": np.array([SPECIALS], dtype=np.int32),
    }
    return {**{name: torch.from_numpy(table) for name, table in tables.items()}, "weights": weights}


def _distinct(keys: Keys, least: int) -> tuple[Keys, Keys]:
    """The keys that come at least `least` times, ascending, and how often."""
    keys.sort()
    first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    counts = np.diff(np.append(first, len(keys)))
    kept = counts >= least
    return keys[first[kept]], counts[kept]


def fit(tables: Tables, network: NetworkDenoiser, held_out: Corpus, recipe: MemoryRecipe) -> Tables:
    """The tables with the weights under which held-out tokens are most probable."""
    found = examples(NGramMemory(tables), network, held_out, recipe.places)
    return {**tables, "weights": fitted(found, tables["weights"])}


@dataclass(frozen=True, slots=True)
class Example:
    """A masked place of held-out text.

    Attributes:
        bucket: which row of weights holds for it.
        features: (FEATURES, text tokens) log probabilities and log ratios; see `NGramMemory` and `Nearby`.
        target: the true token, counted from the first text token.
        row: of the text that it was taken from; places of one row are not independent.
    """

    bucket: int
    features: Tensor
    target: int
    row: int = 0


def fitted(found: Sequence[Example], start: Tensor, used: Sequence[str] = FEATURES) -> Tensor:
    """(BUCKETS, FEATURES) weights by L-BFGS, bucket by bucket.

    Where places are enough, what is not `used` has 0. Where they are too few to fit anything, all weights are those of
    `start`, used or not: whoever compares sets of features gives a start that says the same for each.
    """
    weights, columns = start.clone(), [FEATURES.index(name) for name in used]
    for bucket in range(BUCKETS):
        own = [one for one in found if one.bucket == bucket]
        if len(own) >= 8 * len(FEATURES):
            features = torch.stack([one.features[columns] for one in own])
            weights[bucket] = 0
            weights[bucket, columns] = _fitted(features, torch.tensor([one.target for one in own]))
    return weights


def _fitted(features: Tensor, targets: Tensor) -> Tensor:
    """(features,) weights for features (places, features, words) and targets (places,)."""
    weights = torch.full((features.shape[1],), 0.3, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=50)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(torch.einsum("pfw,f->pw", features, weights), targets)
        # A little pull to the start: buckets with few places must not run away.
        (value + 1e-3 * (weights - 0.3).square().sum()).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return weights.detach()


def examples(
    memory: NGramMemory, network: NetworkDenoiser, corpus: Corpus, places: int, row: int = ROW
) -> list[Example]:
    """Masked places of held-out canvases of `row` tokens, whose lengths are known."""
    sampler = Sampler(corpus, 0, replace(Mix(), whole=0.0, nulls_known=1.0, shifted=0.0))
    mixed = RemembersNGrams(network, memory)
    found: list[Example] = []
    for step in range(places):
        batch = sampler.batch(step, 1, row)
        tokens, hole, positions = (torch.from_numpy(part) for part in (batch.tokens, batch.hole, batch.positions))
        layout = Layout(hole, torch.ones_like(hole), positions)
        columns = np.flatnonzero(batch.counted[0] & (batch.targets[0] >= SPECIALS))
        columns = columns[:: 1 + len(columns) // PLACES_PER_ROW]
        logs = network.logits(tokens, torch.from_numpy(columns)[None], layout)[0, :, SPECIALS:].log_softmax(-1)
        for log, column in zip(logs, columns.tolist(), strict=True):
            bucket, evidence = mixed.evidence(tokens, layout, column)
            features = torch.cat((log[None], torch.from_numpy(evidence)))
            found.append(Example(bucket, features, int(batch.targets[0, column]) - SPECIALS, step))
        if len(found) >= places:
            break
    return found
