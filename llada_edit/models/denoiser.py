"""The one denoiser over any `Network`: masks, cached context, logit shift, and the head on asked positions only."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from llada_edit.models.base import ContextCache, Layout, ModelCard, Network

LOGITS_AT_ONCE = 2**25
"""Logits that are held together while a text is scored: 128 MiB as float32."""


class NetworkDenoiser:
    """A `Denoiser` made of a network and its card."""

    def __init__(self, card: ModelCard, network: Network) -> None:
        self._card = card
        self.network = network

    @property
    def card(self) -> ModelCard:
        """Facts about the model."""
        return self._card

    @torch.inference_mode()
    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        """See `Denoiser.logits`."""
        return self.network.project(self._hidden(tokens, at, layout, context)).float()

    @torch.inference_mode()
    def log_probabilities(self, tokens: Tensor, at: Tensor, truth: Tensor, layout: Layout) -> Tensor:
        """See `Denoiser.log_probabilities`; never more than `LOGITS_AT_ONCE` numbers leave the head together."""
        hidden = self._hidden(tokens, at, layout, None).flatten(0, 1)
        size = max(1, LOGITS_AT_ONCE // self.card.vocab_size)
        parts = zip(torch.split(hidden, size), torch.split(truth.flatten(), size), strict=True)
        losses = [
            functional.cross_entropy(self.network.project(part).float(), wanted, reduction="none")
            for part, wanted in parts
        ]
        return -torch.cat(losses).view(at.shape)

    def _hidden(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None) -> Tensor:
        """Final hidden states (rows, k, width) of the columns that the logits of `at` stand at."""
        source = (at - self.card.logit_shift).clamp(min=0)
        if context is None:
            hidden, _ = self.network.hidden(tokens, layout.positions, self._mask(layout))
        else:
            active = context.active
            hidden, _ = self.network.hidden(
                tokens[:, active], layout.positions[:, active], self._cached_mask(layout, context), list(context.layers)
            )
            source = torch.searchsorted(active, source)
        return hidden.gather(1, source[..., None].expand(-1, -1, hidden.shape[-1]))

    @torch.inference_mode()
    def prefill(self, tokens: Tensor, layout: Layout, frozen: Tensor) -> ContextCache | None:
        """See `Denoiser.prefill`; with isolated attention one row is enough, since all rows share their context."""
        if self.card.attention == "uncached":
            return None
        others = torch.ones(tokens.shape[1], dtype=torch.bool, device=tokens.device)
        others[frozen] = False
        active = others.nonzero()[:, 0]
        if self.card.attention == "isolated":
            _, layers = self.network.hidden(tokens[:1, frozen], layout.positions[:1, frozen])
            # Copies: keys may be views of a tensor that also holds the queries.
            whole = torch.contiguous_format
            kept = tuple((key.clone(memory_format=whole), value.clone(memory_format=whole)) for key, value in layers)
            return ContextCache(kept, frozen, active)
        _, layers = self.network.hidden(tokens, layout.positions, self._mask(layout))
        return ContextCache(tuple((key[:, :, frozen], value[:, :, frozen]) for key, value in layers), frozen, active)

    def _mask(self, layout: Layout) -> Tensor | None:
        """(rows, 1, queries or 1, keys) bool; None where everybody may see everybody."""
        keys = None if bool(layout.valid.all()) else layout.valid[:, None, None, :]
        if self.card.attention != "isolated":
            return keys
        isolated = layout.hole[:, None, :, None] | ~layout.hole[:, None, None, :]
        return isolated if keys is None else isolated & keys

    def _cached_mask(self, layout: Layout, context: ContextCache) -> Tensor | None:
        """As `_mask`, for active queries over frozen and active keys."""
        order = torch.cat((context.frozen, context.active))
        keys = None if bool(layout.valid.all()) else layout.valid[:, order][:, None, None, :]
        if self.card.attention != "isolated" or bool(layout.hole[:, context.active].all()):
            return keys
        isolated = layout.hole[:, context.active][:, None, :, None] | ~layout.hole[:, order][:, None, None, :]
        return isolated if keys is None else isolated & keys
