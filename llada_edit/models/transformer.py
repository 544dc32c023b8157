"""What networks of our own have in common: sizes, attention over kept keys and values, the way through the blocks.

Knows tensors only: token ids in, hidden states and logits out. It does not know tokenisation, masks, holes or sampling.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, arange, cat, nn
from torch.nn import functional

from llada_edit.errors import OptionError
from llada_edit.models.base import KeyValue
from llada_edit.models.head import to_vocabulary

WAVE = 10_000.0
"""The slowest pair of numbers turns by about 1 / WAVE a position, the fastest by 1 (in radians)."""
Rotation = tuple[Tensor, Tensor]
"""Cosines and sines of the angles that queries and keys are turned by, each (rows, 1, queries, head width / 2)."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a network of our own; read from ``config.json`` and recipes as plain data."""

    vocab_size: int
    width: int = 384
    layers: int = 6
    heads: int = 12
    feed_forward: int = 1536
    max_positions: int = 512

    def __post_init__(self) -> None:
        if self.heads < 1 or self.width % (2 * self.heads):
            raise OptionError(f"width is {self.width}, heads are {self.heads}; give a multiple of two times the heads")


class Transformer(nn.Module):
    """Bidirectional; `hidden` and `project` are apart so that only asked positions reach the vocabulary.

    Subclasses make `config`, `embedding`, `blocks` and `bias`, and say what differs: how tokens enter, how positions
    are told, how states leave the blocks. A block takes hidden states, mask, past and rotation; it gives the new states
    and the new keys and values.
    """

    config: Sizes
    embedding: nn.Embedding
    blocks: nn.ModuleList
    bias: nn.Parameter

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """Hidden states of `tokens`.

        Args:
            tokens: (rows, queries) int64.
            positions: (rows, queries) int64, below ``config.max_positions``; they may have gaps.
            mask: bool, broadcastable to (rows, heads, queries, keys), True where attention is allowed, None where
                everywhere; keys are the past positions followed by the queries.
            past: one entry per layer, rows 1 or rows.

        Returns:
            (rows, queries, width) and the keys and values of the queries, one entry per layer.
        """
        return self.through(self.enter(tokens, positions), positions, mask, past)

    def through(
        self, state: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """As `hidden`, of states (rows, queries, width) that stand before the first block."""
        rotation, present = self.rotation(positions), list[KeyValue]()
        for index, block in enumerate(self.blocks):
            state, new = block(state, mask, None if past is None else past[index], rotation)
            present.append(new)
        return self.leave(state), present

    def enter(self, tokens: Tensor, positions: Tensor) -> Tensor:
        """States (rows, queries, width) before the first block."""
        states: Tensor = self.embedding(tokens)
        return states

    def rotation(self, positions: Tensor) -> Rotation | None:
        """What the blocks are told of the positions; None where `enter` has told it all."""
        return None

    def leave(self, state: Tensor) -> Tensor:
        """Hidden states of what comes out of the last block."""
        return state

    def project(self, hidden: Tensor) -> Tensor:
        """Logits (…, vocab) of hidden states (…, width)."""
        return to_vocabulary(hidden, self.embedding.weight, self.bias)


def attend(
    projected: Tensor, heads: int, mask: Tensor | None, past: KeyValue | None, rotation: Rotation | None = None
) -> tuple[Tensor, KeyValue]:
    """Self-attention of several heads.

    Args:
        projected: (rows, queries, 3 · width): queries, keys and values side by side.
        heads: parts that the width is divided into.
        mask: as in `Transformer.hidden`.
        past: keys and values of frozen positions, put before the new ones.
        rotation: turns queries and keys; the keys of the past are turned already.

    Returns:
        (rows, queries, width) and the new (not the past) keys and values.
    """
    rows, queries, width = projected.shape
    query, key, value = projected.view(rows, queries, 3, heads, width // (3 * heads)).permute(2, 0, 3, 1, 4)
    if rotation is not None:
        query, key = rotated(query, rotation), rotated(key, rotation)
    new = (key, value)
    if past is not None:
        key = cat((past[0].expand(rows, -1, -1, -1), key), dim=2)
        value = cat((past[1].expand(rows, -1, -1, -1), value), dim=2)
    mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    return mixed.transpose(1, 2).reshape(rows, queries, width // 3), new


def turns(positions: Tensor, head_width: int) -> Rotation:
    """How far queries and keys at positions (rows, queries) are turned; float32, whatever the products are in."""
    half = head_width // 2
    rates = WAVE ** -(arange(half, device=positions.device) / half)
    angles = positions[:, None, :, None].float() * rates
    return angles.cos(), angles.sin()


def rotated(heads: Tensor, rotation: Rotation) -> Tensor:
    """Queries or keys (rows, heads, queries, head width), each pair of numbers turned (RoPE, arXiv 2104.09864)."""
    (one, two), (cosine, sine) = heads.chunk(2, dim=-1), rotation
    return cat((one * cosine - two * sine, one * sine + two * cosine), dim=-1).to(heads.dtype)
