"""The model boundary: what a denoiser is, and what has to be known about one.

Everything here speaks of token ids and positions; text, holes as markup and sampling are unknown at this level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

import torch
from torch import Tensor

KeyValue = tuple[Tensor, Tensor]
"""Keys and values of one layer, each (rows, key-value heads, length, head width)."""

Attention = Literal["full", "isolated", "uncached"]
"""Who sees whom. full: all see all. isolated: context rows do not see hole rows, so cached context is exact.
uncached: all see all, and the network keeps no keys and values (BERT-like classes, local attention)."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A probability made honest (Platt 1999): logit p' = slope · logit p + size · log n + bias, for one of n tokens.

    Fitted on held-out text; the default changes nothing. 0 stays 0 and 1 stays 1.
    """

    slope: float = 1.0
    size: float = 0.0
    bias: float = 0.0

    def __call__(self, probability: Tensor, n: int = 1) -> Tensor:
        """Corrected probabilities of tokens in a filling of `n`."""
        if self == Logistic():
            return probability
        return torch.sigmoid(self.slope * torch.logit(probability) + self.size * math.log(max(1, n)) + self.bias)


@dataclass(frozen=True, slots=True)
class LengthScores:
    """Log weight of a hole of L tokens: trust · log P + bridge · B + one · [L = 1] + log · log L + linear · L / 10.

    P is what the nulls of an elastic hole say, B what an n-gram memory knows about texts of one to three tokens between
    these neighbours. The three weights depend on where the hole stands: `borders` holds them for neither end at the
    border of a sentence, the right one only, the left one only, both. Fitted on held-out text.
    """

    trust: float
    bridge: float
    borders: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learned on held-out text about how far a model's own numbers can be trusted; the default: fully.

    Attributes:
        tokens: of the probability shown for a token of a filling.
        words: of the probability shown for a word among `alternatives`.
        lengths: of holes; None uses the model's own numbers.
    """

    tokens: Logistic = Logistic()
    words: Logistic = Logistic()
    lengths: LengthScores | None = None


@dataclass(frozen=True, slots=True)
class LongFills:
    """How holes of many slots are filled where the most probable words, one after the other, come out hollow.

    Several rows are drawn from left to right, one slot a step, and the most probable of them is taken.

    Attributes:
        slots: from which on a hole is long.
        rows: how many are drawn.
        temperature: of the draws.
    """

    slots: int
    rows: int
    temperature: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What the rest of the package must know about a model; one convention for all families.

    Attributes:
        name: id or folder as the user wrote it.
        family: short family name, e.g. ``llada``, ``dream``, ``bundled``.
        mask_id: the id that stands for "to be filled".
        pad_id: an id for positions that are not valid; never attended to.
        vocab_size: width of the logits.
        max_length: longest canvas in tokens.
        stop_ids: end-of-text and end-of-turn ids, never written into a hole.
        start_ids: ids put before the text where the canvas starts at the document's start.
        end_ids: ids put after the text where the canvas ends at the document's end.
        always_framed: start and end ids also where the document goes on outside the window (BERT).
        null_id: "no text here" for trailing slots of an elastic hole; None where the model has none.
        expand_id: "this slot becomes two" (DreamOn); None where the model has none.
        delete_id: "this slot vanishes" (DreamOn); None where the model has none.
        logit_shift: 1 where the logits of position i stand at i - 1 (Dream), else 0.
        attention: see `Attention`.
        dialog: True where the model was tuned on chat turns and follows instructions.
        operations: rewriting operations that the model was trained for; it is no word on how well it does them.
        licence: SPDX id or a short phrase, as the publisher states it.
        calibration: corrections of the model's own probabilities.
        long_fills: how long holes are filled; None fills them like short ones.
    """

    name: str
    family: str
    mask_id: int
    pad_id: int
    vocab_size: int
    max_length: int
    stop_ids: tuple[int, ...] = ()
    start_ids: tuple[int, ...] = ()
    end_ids: tuple[int, ...] = ()
    always_framed: bool = False
    null_id: int | None = None
    expand_id: int | None = None
    delete_id: int | None = None
    logit_shift: Literal[0, 1] = 0
    attention: Attention = "full"
    dialog: bool = False
    operations: tuple[str, ...] = ()
    licence: str = "unknown"
    calibration: Calibration = Calibration()
    long_fills: LongFills | None = None

    @property
    def control_ids(self) -> frozenset[int]:
        """Ids that mean something to the sampler or end the text; none of them is text."""
        named = (self.mask_id, self.pad_id, self.null_id, self.expand_id, self.delete_id)
        return frozenset(i for i in (*named, *self.stop_ids, *self.start_ids, *self.end_ids) if i is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """What stays fixed about a canvas while its tokens change; all tensors (rows, seq).

    Attributes:
        hole: bool, slots of holes, whether still masked or already filled.
        valid: bool, False for padding and for slots that a row does not use; nobody attends to those.
        positions: int64, position ids.
    """

    hole: Tensor
    valid: Tensor
    positions: Tensor

    @classmethod
    def plain(cls, tokens: Tensor, hole: Tensor, valid: Tensor | None = None) -> Self:
        """Positions counted from the left edge; everything valid unless said otherwise."""
        everything = torch.ones_like(tokens, dtype=torch.bool) if valid is None else valid
        return cls(hole, everything, torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens))

    def rows(self, index: Tensor | slice) -> Layout:
        """The layout of some rows."""
        return Layout(self.hole[index], self.valid[index], self.positions[index])


@dataclass(frozen=True, slots=True)
class ContextCache:
    """Keys and values of the frozen positions of a canvas.

    Attributes:
        layers: one `KeyValue` a layer; rows 1 (shared by all rows) or as many as the canvas has.
        frozen: (f,) int64, canvas columns that the keys and values stand for.
        active: (a,) int64 ascending, columns computed anew in every step; columns in neither are not attended to.
    """

    layers: tuple[KeyValue, ...]
    frozen: Tensor
    active: Tensor

    def rows(self, index: Tensor) -> ContextCache:
        """The cache of some rows; the same where all rows share theirs."""
        if self.layers[0][0].shape[0] == 1:
            return self
        return replace(self, layers=tuple((key[index], value[index]) for key, value in self.layers))

    @property
    def size(self) -> int:
        """Bytes of all keys and values."""
        return sum(part.numel() * part.element_size() for layer in self.layers for part in layer)


class Network(Protocol):
    """A bidirectional transformer as tensors in, tensors out; adapters of all architectures look like this."""

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """Final hidden states (rows, queries, width) and the new keys and values of every layer.

        Args:
            tokens: (rows, queries) int64.
            positions: (rows, queries) int64.
            mask: bool, broadcastable to (rows, 1, queries, past + queries), True where attention is allowed.
            past: keys and values that stand before those of `tokens`; rows 1 or rows.
        """
        ...

    def project(self, hidden: Tensor) -> Tensor:
        """Logits (…, vocab) of hidden states (…, width)."""
        ...


class Denoiser(Protocol):
    """p(x0 | xt): a distribution over the vocabulary for every asked position of a canvas."""

    @property
    def card(self) -> ModelCard:
        """Facts about the model."""
        ...

    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        """Logits (rows, k, vocab), float32, of the asked positions only.

        Args:
            tokens: (rows, seq) int64, the whole canvas.
            at: (rows, k) int64, columns of the canvas; with a context, all of them active ones.
            layout: of the same rows.
            context: computed by `prefill` for this canvas; None computes everything.
        """
        ...

    def log_probabilities(self, tokens: Tensor, at: Tensor, truth: Tensor, layout: Layout) -> Tensor:
        """Log p in nats, (rows, k) float32, of given tokens at the asked positions, in bounded memory.

        Args:
            tokens: (rows, seq) int64, the whole canvas.
            at: (rows, k) int64, columns of the canvas.
            truth: (rows, k) int64, a token for each of them.
            layout: of the same rows.
        """
        ...

    def prefill(self, tokens: Tensor, layout: Layout, frozen: Tensor) -> ContextCache | None:
        """Keys and values of the columns `frozen` (f,) int64, all others active; None where the model keeps no cache.

        The logits of column i of a model with `logit_shift` stand at i - 1: that column must be active too. With
        isolated attention only context columns may be frozen.
        """
        ...
