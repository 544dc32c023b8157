"""A small network, what was counted in training text, and what stands around the holes: weighed together.

All of it is combined log-linearly (a product of experts, Hinton 2002). Knows token ids; does not know text, holes as
markup or sampling.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from llada_edit.models.base import ContextCache, Layout, ModelCard, Network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.memory import BRIDGED, GAPS, NGramMemory
from llada_edit.models.nearby import GAP, Nearby, Side
from llada_edit.models.tables import Floats

CONTEXTS = 32
"""Contexts whose counts are kept for the next time; two vectors over the vocabulary each."""


class RemembersNGrams:
    """A `Denoiser` that asks a memory beside its network; controls such as null keep the network's probability.

    Args:
        base: a denoiser over the same vocabulary.
        memory: counts and weights.
    """

    def __init__(self, base: NetworkDenoiser, memory: NGramMemory) -> None:
        self.base = base
        self.memory = memory
        self._nearby = lru_cache(maxsize=CONTEXTS)(self._counts)

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
        for row, (place, columns) in enumerate(zip(self._rows(tokens, layout), at.tolist(), strict=True)):
            # A place that is asked for twice (rows are padded with their first one) is mixed once.
            done: dict[int, Tensor] = {}
            for index, column in enumerate(columns):
                if column not in done:
                    done[column] = self._mixed(mixed[row, index], *self._weighed(*place, column))
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

    def evidence(self, tokens: Tensor, layout: Layout, column: int) -> tuple[int, Floats]:
        """Bucket and evidence (FEATURES but the network, text tokens) for one column of one row (1, seq)."""
        [(ids, valid, nearby)] = self._rows(tokens, layout)
        left, right = self._sides(ids, valid, column)
        bucket, counted = self.memory.features(left, right)
        return bucket, np.concatenate((counted[:, self.memory.specials :], nearby.features(left, right)))

    def _rows(self, tokens: Tensor, layout: Layout) -> Iterator[tuple[list[int], list[bool], Nearby]]:
        """Ids and slots in use of every row, and the counts of its context."""
        contexts = tokens.masked_fill(layout.hole, GAP).cpu().numpy()
        for ids, valid, context in zip(tokens.tolist(), layout.valid.cpu().numpy(), contexts, strict=True):
            yield ids, valid.tolist(), self._nearby(context[valid].tobytes())

    def _counts(self, context: bytes) -> Nearby:
        return Nearby(np.frombuffer(context, dtype=np.int64), self.memory.unigram, self.memory.specials)

    def _weighed(self, ids: list[int], valid: list[bool], nearby: Nearby, column: int) -> tuple[Tensor, Tensor]:
        """Weight (1,) of the network at a column, and weighted sum (text tokens,) of everything else."""
        left, right = self._sides(ids, valid, column)
        bucket, counted = self.memory.weighted(left, right)
        network, _, around = self.memory.weights_of(bucket)
        return network, counted + around @ torch.from_numpy(nearby.features(left, right))

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
