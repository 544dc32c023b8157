"""An n-gram memory beside a small network: what followed, preceded and joined the same neighbours in training text.

A small network trained for hours knows little of which words go together; counts of pairs and triples of tokens know
it after one pass over the text. Both are combined log-linearly (a product of experts, Hinton 2002), with one set of
weights for each distance to the nearest known token on either side, fitted on text that was not counted. Knows token
ids; does not know text, holes or sampling.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.models.base import ContextCache, Layout, ModelCard, Network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.tables import STEPS, Counts, Floats, Words

Side = tuple[tuple[int, ...], int]
"""Known tokens on one side of a place, at most two, the nearest last, and the unknown slots before the nearest."""

FEATURES = ("network", "unigram", "left", "right", "both")
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
    """

    def __init__(self, tables: Mapping[str, Tensor]) -> None:
        self.tables = dict(tables)
        self.weights = tables["weights"].float()
        self.specials = int(tables["specials"][0])
        self.size = len(tables["unigrams"])
        self._counts = Counts(tables)
        most = max(16, KEPT // (4 * self.size))
        self._vector = lru_cache(maxsize=most)(self._message)
        self.weighted = lru_cache(maxsize=most)(self._weighted)

    def features(self, left: Side, right: Side) -> tuple[int, Floats]:
        """Bucket, and log probabilities (4, vocab) of every token by unigram, left side, right side, both sides."""
        near, far = (gap if known else GAPS - 1 for known, gap in (left, right))
        forward = self._vector(0, *left) if left[0] else self._unigram
        backward = self._vector(1, *right) if right[0] else self._unigram
        both = forward * backward / self._unigram
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
        return bucket, np.log(np.stack((self._unigram, forward, backward, both)))

    def bridges(self, left: tuple[int, ...], right: tuple[int, ...]) -> list[float]:
        """How much likelier the two sides, nearest token last, are with 1, 2, … `BRIDGED` slots between than by chance.

        In nats: the log of the sum over all tokens w of P(w | left) P(w | right) / P(w), more slots in turn on the left
        and on the right of w.
        """
        gaps = [(slots // 2, (slots - 1) // 2) for slots in range(1, BRIDGED + 1)]
        pairs = [(self._vector(0, left, near), self._vector(1, right, far)) for near, far in gaps]
        return [float(np.log((ahead * back / self._unigram).sum())) for ahead, back in pairs]

    def _weighted(self, left: Side, right: Side) -> tuple[Tensor, Tensor]:
        """Weight of the network () and weighted sum of the evidence (text tokens,), both on the CPU; they are kept."""
        bucket, evidence = self.features(left, right)
        weights = self.weights[bucket]
        return weights[0], weights[1:] @ torch.from_numpy(evidence)[:, self.specials :]

    def _message(self, side: int, context: tuple[int, ...], gap: int) -> Floats:
        """(vocab,) probabilities at `gap` slots behind a context, nearest token last; `side` 0 looks to the right."""
        if gap:
            before = self._vector(side, context, gap - 1)
            top = np.argpartition(-before, min(CARRIED, self.size) - 1)[:CARRIED]
            result = self._unigram * (1 - before[top].sum())
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
            return into + np.float32(weight) * self._unigram
        kept = np.maximum(counts - DISCOUNT, 0) / max(total, float(counts.sum()))
        into = into + np.float32(weight * (1 - kept.sum())) * self._unigram
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
    def _unigram(self) -> Floats:
        counts = self.tables["unigrams"].numpy().astype(np.float64) + 0.5
        return np.asarray(counts / counts.sum(), dtype=np.float32)

    @cached_property
    def _totals(self) -> Floats:
        """How often each token stands next to another one: its count."""
        return self.tables["unigrams"].numpy().astype(np.float32)


def stored_count(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Counts as they are stored: one byte, within 2.2 % of the true value."""
    return np.minimum(np.round(np.log2(counts) * STEPS), 255).astype(np.uint8)


class RemembersNGrams:
    """A `Denoiser` that asks a memory beside its network; controls such as null keep the network's probability.

    Args:
        base: a denoiser over the same vocabulary.
        memory: counts and weights.
    """

    def __init__(self, base: NetworkDenoiser, memory: NGramMemory) -> None:
        self.base = base
        self.memory = memory

    @property
    def card(self) -> ModelCard:
        """Facts about the model."""
        return self.base.card

    @property
    def network(self) -> Network:
        """The network beside the memory."""
        return self.base.network

    def prefill(self, tokens: Tensor, layout: Layout, frozen: Tensor) -> ContextCache | None:
        """See `Denoiser.prefill`; the memory keeps nothing of a canvas."""
        return self.base.prefill(tokens, layout, frozen)

    @torch.inference_mode()
    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        """See `Denoiser.logits`; they are log probabilities here."""
        mixed = self.base.logits(tokens, at, layout, context).log_softmax(-1)
        for row, (ids, used, columns) in enumerate(
            zip(tokens.tolist(), layout.valid.tolist(), at.tolist(), strict=True)
        ):
            # A place that is asked for twice (rows are padded with their first one) is mixed once.
            done: dict[int, Tensor] = {}
            for index, column in enumerate(columns):
                if column not in done:
                    done[column] = self._mixed(
                        mixed[row, index], *self.memory.weighted(*self._sides(ids, used, column))
                    )
                mixed[row, index] = done[column]
        return mixed

    def log_probabilities(self, tokens: Tensor, at: Tensor, truth: Tensor, layout: Layout) -> Tensor:
        """See `Denoiser.log_probabilities`; one row at a time, since the memory is asked place by place anyway."""
        rows = []
        for row in range(len(tokens)):
            one = slice(row, row + 1)
            mixed = self.logits(tokens[one], at[one], layout.rows(one))
            rows.append(mixed.gather(-1, truth[one, :, None])[..., 0])
        return torch.cat(rows)

    def evidence(self, tokens: list[int], valid: list[bool], column: int) -> tuple[int, Floats]:
        """See `NGramMemory.features`, of one column of a row (seq,)."""
        return self.memory.features(*self._sides(tokens, valid, column))

    def _sides(self, tokens: list[int], valid: list[bool], column: int) -> tuple[Side, Side]:
        return self._side(tokens, valid, column, -1), self._side(tokens, valid, column, 1)

    def bridges(self, tokens: list[int], first: int, count: int) -> list[float]:
        """See `NGramMemory.bridges`, of the `count` columns from `first` on; zeros beside another open hole."""
        valid = [True] * len(tokens)
        left, right = self._side(tokens, valid, first, -1), self._side(tokens, valid, first + count - 1, 1)
        if left[1] or right[1] or not left[0] or not right[0]:
            return [0.0] * BRIDGED
        return self.memory.bridges(left[0], right[0])

    def _side(self, tokens: list[int], valid: list[bool], column: int, step: int) -> Side:
        """The known tokens on one side of a column, nearest last; slots that a row does not use are not there."""
        gap, found = 0, list[int]()
        column += step
        while 0 <= column < len(tokens) and len(found) < 2:
            if valid[column] and tokens[column] != self.card.null_id:
                if tokens[column] != self.card.mask_id:
                    found.insert(0, tokens[column])
                elif found or gap == GAPS - 1:
                    break
                else:
                    gap += 1
            column += step
        return tuple(found), gap

    def _mixed(self, network: Tensor, weight: Tensor, evidence: Tensor) -> Tensor:
        """(vocab,) log probabilities of one place from those of the network."""
        text = slice(self.memory.specials, None)
        scores = weight.to(network.device) * network[text] + evidence.to(network.device)
        return torch.cat((network[: text.start], scores.log_softmax(0) + network[text].logsumexp(0)))
