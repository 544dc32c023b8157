"""The network of the bundled model: a BERT-shaped encoder with a diffusion head.

It started from published weights of that shape; from random ones it learns far worse than `Llama` (docs/training.md).
Architecture: Devlin et al. 2019 (post-norm blocks, learned positions), head as in Press & Wolf 2017 (tied embeddings).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.base import KeyValue
from llada_edit.models.transformer import Rotation, Sizes, Transformer, attend


@dataclass(frozen=True, slots=True)
class EncoderConfig(Sizes):
    """Sizes of an `Encoder`."""

    norm_eps: float = 1e-12


class Block(nn.Module):
    """Self-attention and feed-forward, each followed by residual addition and LayerNorm."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.attention_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.up = nn.Linear(config.width, config.feed_forward)
        self.down = nn.Linear(config.feed_forward, config.width)
        self.feed_forward_norm = nn.LayerNorm(config.width, eps=config.norm_eps)

    def forward(
        self, hidden: Tensor, mask: Tensor | None, past: KeyValue | None, rotation: Rotation | None = None
    ) -> tuple[Tensor, KeyValue]:
        """One block on (rows, queries, width); see `Transformer`."""
        mixed, new = attend(self.qkv(hidden), self.heads, mask, past, rotation)
        hidden = self.attention_norm(hidden + self.out(mixed))
        return self.feed_forward_norm(hidden + self.down(functional.gelu(self.up(hidden)))), new


class Encoder(Transformer):
    """See the module; the head is the embedding's matrix with a bias, after a layer of its own."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.width)
        self.position = nn.Embedding(config.max_positions, config.width)
        self.embedding_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.head = nn.Linear(config.width, config.width)
        self.head_norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def enter(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """Embeddings of tokens and positions."""
        states: Tensor = self.embedding_norm(self.embedding(tokens) + self.position(positions))
        return states

    def project(self, hidden: Tensor) -> Tensor:
        """Logits (…, vocab) of hidden states (…, width)."""
        return super().project(self.head_norm(functional.gelu(self.head(hidden))))
