"""Reuse of the context's keys and values, so that the cost of a step follows the span and not the document.

Isolated models: the frozen context is exact for every step, candidate and length. Other models: it is an
approximation that is renewed once (dual cache of Fast-dLLM, arXiv 2505.22618); the columns next to a hole, which change
most, are computed in every step.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from llada_edit.models.base import ContextCache, Denoiser, Layout

RENEW_FROM = 16
"""Slots per row from which on the context is computed again half-way; shorter holes change it too little."""

BUDGET = 2**30
"""Bytes of keys and values that a store keeps unless it is told otherwise."""


class ContextStore:
    """The most recently used caches, by content of the canvas they were computed for.

    Args:
        capacity: how many are kept at most.
        budget: bytes of keys and values that are kept at most; a model of 8 billion parameters has half a megabyte for
            each token of context, so that a window of 768 tokens is 400 MB.
    """

    def __init__(self, capacity: int = 4, budget: int = BUDGET) -> None:
        self.capacity, self.budget = capacity, budget
        self.hits = self.misses = 0
        self._kept: OrderedDict[bytes, ContextCache] = OrderedDict()

    def get(self, key: bytes) -> ContextCache | None:
        """The cache of this content, if it is still kept."""
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
        else:
            self.hits += 1
            self._kept.move_to_end(key)
        return found

    def put(self, key: bytes, cache: ContextCache) -> None:
        """Keep `cache`, and drop the least recently used ones above capacity or budget; it alone may be too large."""
        self._kept[key] = cache
        self._kept.move_to_end(key)
        while len(self._kept) > self.capacity or self.size > self.budget:
            self._kept.popitem(last=False)

    @property
    def size(self) -> int:
        """Bytes of what is kept."""
        return sum(cache.size for cache in self._kept.values())


@dataclass(slots=True)
class ContextReuse:
    """Hands the loop a context cache for each step; one object per run.

    Attributes:
        denoiser: computes the caches.
        neighbours: columns left and right of every hole that are computed in each step (full attention only).
        store: where caches outlive the run; None keeps them for this run only.
    """

    denoiser: Denoiser
    neighbours: int = 8
    store: ContextStore | None = None
    _cache: ContextCache | None = None
    _renewed: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))

    def step(self, tokens: Tensor, layout: Layout, filled: Tensor) -> ContextCache | None:
        """The context for the next step; None where the model keeps none.

        Args:
            tokens: (rows, seq) int64.
            layout: of the canvas.
            filled: (rows,) share of slots already filled.
        """
        if self.denoiser.card.attention == "uncached":
            return None
        if self._cache is None:
            self._renewed = torch.zeros_like(filled, dtype=torch.bool)
            self._cache = self._compute(tokens, layout, self.store)
        elif self.denoiser.card.attention == "full":
            due = (filled >= 0.5) & ~self._renewed & ((layout.hole & layout.valid).sum(1) > RENEW_FROM)
            if bool(due.any()):
                self._renewed |= due
                self._cache = _merged(self._cache, self._compute(tokens, layout, None), due)
        return self._cache

    def _compute(self, tokens: Tensor, layout: Layout, store: ContextStore | None) -> ContextCache | None:
        """From `store` or anew; a renewal is of a canvas half filled, which no later run begins with."""
        isolated = self.denoiser.card.attention == "isolated"
        near = layout.hole.any(0) if isolated else self._near(layout)
        unused = layout.hole.any(0) & ~(layout.hole & layout.valid).any(0)
        frozen, active = (~near).nonzero()[:, 0], (near & ~unused).nonzero()[:, 0]
        key = b"" if store is None else self._key(tokens, layout, frozen if isolated else None)
        cache = None if store is None else store.get(key)
        if cache is None:
            cache = self.denoiser.prefill(tokens, layout, frozen)
            if cache is not None and store is not None:
                store.put(key, cache)
        return None if cache is None else replace(cache, active=active)

    def _near(self, layout: Layout) -> Tensor:
        """(seq,) bool, holes, their neighbours, and the column left of each for shifted logits."""
        slots = layout.hole.any(0)
        reach = 2 * self.neighbours + 1
        near = torch.nn.functional.max_pool1d(slots[None].float(), reach, 1, self.neighbours)[0] > 0
        if self.denoiser.card.logit_shift:
            near[:-1] |= slots[1:]
        return near

    def _key(self, tokens: Tensor, layout: Layout, frozen: Tensor | None) -> bytes:
        """What the keys and values depend on: the context of one row if isolated, else everything."""
        seen = [tokens, layout.positions, layout.valid, layout.hole]
        if frozen is not None:
            seen = [frozen, tokens[:1, frozen], layout.positions[:1, frozen]]
        digest = hashlib.sha256()
        for part in seen:
            digest.update(repr(tuple(part.shape)).encode())
            digest.update(part.cpu().contiguous().numpy().tobytes())
        return digest.digest()


def _merged(old: ContextCache, new: ContextCache | None, rows: Tensor) -> ContextCache:
    """`old` with the keys and values of `rows` (rows,) bool from `new`: a row is renewed when its own time has come."""
    if new is None:
        return old
    pick = rows[:, None, None, None]
    layers = tuple(
        (torch.where(pick, key, old_key), torch.where(pick, value, old_value))
        for (old_key, old_value), (key, value) in zip(old.layers, new.layers, strict=True)
    )
    return replace(new, layers=layers)
