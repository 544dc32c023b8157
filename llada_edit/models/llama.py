"""A network of our own that learns from nothing: LLaDA's shape (arXiv 2502.09992), small.

A Llama without the causal mask: root-mean-square norms before each part, rotary positions, gated feed-forward
(SwiGLU, arXiv 2002.05202), no biases but that of the vocabulary, whose matrix is that of the embedding.
`benchmarks/shapes.py` measures it against `Encoder`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.base import KeyValue
from llada_edit.models.transformer import Rotation, Sizes, Transformer, attend, turns

EPS = 1e-6


@dataclass(frozen=True, slots=True)
class LlamaConfig(Sizes):
    """Sizes of a `Llama`; `max_positions` is how far it was trained, no table ends there."""


class LlamaBlock(nn.Module):
    """Self-attention and feed-forward, each of normed states, each added to what came in."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.attention_norm = nn.RMSNorm(config.width, eps=EPS)
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.feed_forward_norm = nn.RMSNorm(config.width, eps=EPS)
        self.gate = nn.Linear(config.width, config.feed_forward, bias=False)
        self.up = nn.Linear(config.width, config.feed_forward, bias=False)
        self.down = nn.Linear(config.feed_forward, config.width, bias=False)

    def forward(
        self, hidden: Tensor, mask: Tensor | None, past: KeyValue | None, rotation: Rotation | None
    ) -> tuple[Tensor, KeyValue]:
        """One block on (rows, queries, width); see `Transformer`."""
        mixed, new = attend(self.qkv(self.attention_norm(hidden)), self.heads, mask, past, rotation)
        hidden = hidden + self.out(mixed)
        normed = self.feed_forward_norm(hidden)
        return hidden + self.down(functional.silu(self.gate(normed)) * self.up(normed)), new


class Llama(Transformer):
    """See the module; the head is the embedding's matrix with a bias."""

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.width)
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width, eps=EPS)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def rotation(self, positions: Tensor) -> Rotation:
        """By the positions, whatever stands between them."""
        return turns(positions, self.config.width // self.config.heads)

    def leave(self, state: Tensor) -> Tensor:
        """Normed."""
        normed: Tensor = self.norm(state)
        return normed
