"""An n-gram memory beside a small network: what followed, preceded and joined the same neighbours in training text.

A small network trained for hours knows little of which words go together; counts of pairs and triples of tokens know
it after one pass over the text. There is one set of weights for each distance to the nearest known token on either
side, fitted on text that was not counted. Knows token ids; does not know networks, holes or sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.models.nearby import AROUND, Side
from llada_edit.models.tables import STEPS, Counts, Floats, Words

COUNTED = ("unigram", "left", "right", "both")
"""Kinds of counts in training text."""
FEATURES = ("network", *COUNTED, *AROUND)
"""What is weighed for a place."""
GAPS = 3
"""Distances to the nearest known token that have weights of their own: next to it, one between, farther or none."""
BUCKETS = GAPS * GAPS + 1
"""One for each pair of distances; the last one where both neighbours are known and were seen together."""
KEPT = 2**25
"""Bytes of vectors over the vocabulary that are kept for the next time, of messages and of weighted sums each."""
DISCOUNT = 0.7
"""Taken off every count and given to what was not seen (absolute discounting, Ney et al. 1994)."""
DOUBT = 4.0
"""Pseudo-counts of the estimate from each side alone, against counts of both sides together."""
CARRIED = 256
"""Tokens that a message through an unknown slot carries on exactly; the rest counts as unigram."""
BRIDGED = 3
"""Longest filling, in tokens, whose plausibility between its neighbours is asked for as a whole."""


class NGramMemory:
    """Pairs and triples of tokens with their counts, and how much each kind of evidence weighs.

    Args:
        tables: ``unigrams`` (vocab,), ``pair_starts`` (vocab + 1,), ``pair_next`` and ``pair_size`` (pairs,),
            ``pair_triples`` (pairs,) triples of each pair, ``triple_next`` and ``triple_size`` (triples,),
            ``weights`` (BUCKETS, FEATURES), ``specials`` (1,): ids below it are no text.

    Raises:
        ValueError: for weights of another shape.
    """

    def __init__(self, tables: Mapping[str, Tensor]) -> None:
        self.tables = dict(tables)
        self.weights = tables["weights"].float()
        if self.weights.shape != (BUCKETS, len(FEATURES)):
            raise ValueError(
                f"weights of shape {tuple(self.weights.shape)}, not {(BUCKETS, len(FEATURES))}: "
                "those of another version, whose memory must be trained again"
            )
        self.specials = int(tables["specials"][0])
        self.size = len(tables["unigrams"])
        self._counts = Counts(tables)
        most = max(16, KEPT // (4 * self.size))
        self._vector = lru_cache(maxsize=most)(self._message)
        self.weighted = lru_cache(maxsize=most)(self._weighted)

    def weights_of(self, bucket: int) -> tuple[Tensor, ...]:
        """Those of a bucket: (1,) of the network, (`COUNTED`,), (`AROUND`,)."""
        return torch.tensor_split(self.weights[bucket], (1, 1 + len(COUNTED)))

    def features(self, left: Side, right: Side) -> tuple[int, Floats]:
        """Bucket, and log probabilities (`COUNTED`, vocab) of every token."""
        near, far = (gap if known else GAPS - 1 for known, gap in (left, right))
        forward = self._vector(0, *left) if left[0] else self.unigram
        backward = self._vector(1, *right) if right[0] else self.unigram
        both = forward * backward / self.unigram
        both /= both.sum()
        bucket = near * GAPS + far
        if not near and not far:
            words, counts = self._counts.between(left[0][-1], right[0][-1])
            if len(words):
                bucket, total = BUCKETS - 1, counts.sum()
                seen = np.maximum(counts - DISCOUNT, 0)
                share = (DISCOUNT * len(words) + DOUBT) / (total + DOUBT)
                both = both * share
                both[words] += (1 - share) * seen / seen.sum()
        return bucket, np.log(np.stack((self.unigram, forward, backward, both)))

    def bridges(self, left: tuple[int, ...], right: tuple[int, ...]) -> list[float]:
        """How much likelier the two sides, nearest token last, are with 1, 2, … `BRIDGED` slots between than by chance.

        In nats: the log of the sum over all tokens w of P(w | left) P(w | right) / P(w), more slots in turn on the left
        and on the right of w.
        """
        gaps = [(slots // 2, (slots - 1) // 2) for slots in range(1, BRIDGED + 1)]
        pairs = [(self._vector(0, left, near), self._vector(1, right, far)) for near, far in gaps]
        return [float(np.log((ahead * back / self.unigram).sum())) for ahead, back in pairs]

    def _weighted(self, left: Side, right: Side) -> tuple[int, Tensor]:
        """Bucket, and weighted sum (text tokens,) of the counts of a place, on the CPU; both are kept."""
        bucket, counted = self.features(left, right)
        _, weights, _ = self.weights_of(bucket)
        return bucket, weights @ torch.from_numpy(counted)[:, self.specials :]

    def _message(self, side: int, context: tuple[int, ...], gap: int) -> Floats:
        """(vocab,) probabilities at `gap` slots behind a context, nearest token last; `side` 0 looks to the right."""
        if gap:
            before = self._vector(side, context, gap - 1)
            top = np.argpartition(-before, min(CARRIED, self.size) - 1)[:CARRIED]
            result = self.unigram * (1 - before[top].sum())
            for token in top.tolist():
                result = self._mix(result, before[token], self._counts.beside(side, token), self._totals[token])
            return np.asarray(result / result.sum(), dtype=np.float32)
        nearest = context[-1]
        single = np.zeros(self.size, dtype=np.float32)
        single = self._mix(single, 1.0, self._counts.beside(side, nearest), self._totals[nearest])
        if len(context) < 2:
            return single
        seen = self._counts.behind(side, *context)
        words, counts = self._counts.beside(side, context[-2])
        total = float(counts[words == nearest].sum())
        return self._discounted(seen, total, single)

    def _mix(self, into: Floats, weight: float, row: tuple[Words, Floats], total: float) -> Floats:
        """`into` plus `weight` times the distribution of a row of pairs, what was not seen by unigram."""
        words, counts = row
        if not len(words):
            return into + np.float32(weight) * self.unigram
        kept = np.maximum(counts - DISCOUNT, 0) / max(total, float(counts.sum()))
        into = into + np.float32(weight * (1 - kept.sum())) * self.unigram
        into[words] += np.float32(weight) * kept
        return into

    def _discounted(self, row: tuple[Words, Floats], total: float, lower: Floats) -> Floats:
        words, counts = row
        if not len(words):
            return lower
        kept = np.maximum(counts - DISCOUNT, 0) / max(total, float(counts.sum()))
        result = lower * np.float32(1 - kept.sum())
        result[words] += kept
        return result

    @cached_property
    def unigram(self) -> Floats:
        """(vocab,) probabilities of single tokens."""
        counts = self.tables["unigrams"].numpy().astype(np.float64) + 0.5
        return np.asarray(counts / counts.sum(), dtype=np.float32)

    @cached_property
    def _totals(self) -> Floats:
        """How often each token stands next to another one: its count."""
        return self.tables["unigrams"].numpy().astype(np.float32)


def stored_count(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Counts as they are stored: one byte, within 2.2 % of the true value."""
    return np.minimum(np.round(np.log2(counts) * STEPS), 255).astype(np.uint8)
