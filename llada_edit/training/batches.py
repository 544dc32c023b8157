"""What a training step is made of: rows with masked slots, and the control ids that stand in them.

Knows ids and arrays; does not know where the text comes from, nor any network.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from llada_edit.models.base import ModelCard
from llada_edit.models.bundled import END, MASK, NULL, PAD


@dataclass(frozen=True, slots=True)
class Controls:
    """What a model's training rows need to know of its card.

    Attributes:
        mask: id of a masked slot.
        null: id of "no text here"; None where the model has none: its holes are as long as their text.
        end: id of a document border.
        pad: id of positions that nobody attends to.
        isolated: whether context rows do not see hole rows.
    """

    mask: int = MASK
    null: int | None = NULL
    end: int = END
    pad: int = PAD
    isolated: bool = True

    @classmethod
    def of(cls, card: ModelCard) -> Controls:
        """Those of a loaded model."""
        end = card.stop_ids[0] if card.stop_ids else card.pad_id
        return cls(card.mask_id, card.null_id, end, card.pad_id, card.attention == "isolated")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to train on.

    Attributes:
        tokens: (rows, seq) int64, with masks.
        positions: (rows, seq) int64.
        targets: (rows, seq) int64, without masks.
        hole: (rows, seq) bool, slots of holes.
        counted: (rows, seq) bool, masked slots, whose loss counts.
        valid: (rows, seq) bool, False for padding.
        rates: (rows,) the probability t with which each slot of the row was masked.
    """

    tokens: np.ndarray
    positions: np.ndarray
    targets: np.ndarray
    hole: np.ndarray
    counted: np.ndarray
    valid: np.ndarray
    rates: np.ndarray

    def rows(self, index: slice) -> Batch:
        """Some of the rows."""
        return Batch(*(getattr(self, entry.name)[index] for entry in fields(self)))


class BatchSource(Protocol):
    """Where a trainer gets its batches from; a batch depends on the step only, so a run can be resumed anywhere."""

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        """About `rows` canvases of at most `length` tokens, masked at most at `highest_rate`."""
        ...


def stratified_rates(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Rates t (rows,), uniform on (0, 1) each, spread evenly over the batch by one common offset (arXiv 2107.00630)."""
    return (np.arange(rows) + rng.random()) / rows
