"""The network of the bundled model: a BERT-shaped encoder with a diffusion head.

Knows tensors only: token ids in, hidden states and logits out. It does not know tokenisation, masks, holes or sampling.
Architecture: Devlin et al. 2019 (post-norm blocks, learned positions), head as in Press & Wolf 2017 (tied embeddings).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.base import KeyValue
from llada_edit.models.head import to_vocabulary


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """Sizes of an `Encoder`; read from ``config.json`` as plain data."""

    vocab_size: int
    width: int = 384
    layers: int = 6
    heads: int = 12
    feed_forward: int = 1536
    max_positions: int = 512
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

    def forward(self, hidden: Tensor, mask: Tensor | None, past: KeyValue | None) -> tuple[Tensor, KeyValue]:
        """One block.

        Args:
            hidden: (rows, queries, width).
            mask: bool, broadcastable to (rows, heads, queries, keys), True where attention is allowed; None allows all.
            past: keys and values of frozen positions, put before the new ones.

        Returns:
            The new hidden states and the new (not the past) keys and values.
        """
        rows, queries, width = hidden.shape
        query, key, value = (
            part.view(rows, queries, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(hidden).split(width, dim=-1)
        )
        new = (key, value)
        if past is not None:
            key = torch.cat((past[0].expand(rows, -1, -1, -1), key), dim=2)
            value = torch.cat((past[1].expand(rows, -1, -1, -1), value), dim=2)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        hidden = self.attention_norm(hidden + self.out(mixed.transpose(1, 2).reshape(rows, queries, width)))
        return self.feed_forward_norm(hidden + self.down(functional.gelu(self.up(hidden)))), new


class Encoder(nn.Module):
    """Bidirectional encoder; `hidden` and `project` are apart so that only asked positions reach the vocabulary."""

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

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """Hidden states of `tokens`.

        Args:
            tokens: (rows, queries) int64.
            positions: (rows, queries) int64, below ``config.max_positions``.
            mask: as in `Block.forward`; keys are the past positions followed by the queries.
            past: one entry per layer, rows 1 or rows.

        Returns:
            (rows, queries, width) and the keys and values of the queries, one entry per layer.
        """
        state = self.embedding_norm(self.embedding(tokens) + self.position(positions))
        present: list[KeyValue] = []
        for index, block in enumerate(self.blocks):
            state, new = block(state, mask, None if past is None else past[index])
            present.append(new)
        return state, present

    def project(self, hidden: Tensor) -> Tensor:
        """Logits (…, vocab) of hidden states (…, width)."""
        state = self.head_norm(functional.gelu(self.head(hidden)))
        return to_vocabulary(state, self.embedding.weight, self.bias)
