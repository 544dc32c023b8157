"""Which tokens may not stand in which slot. Token ids and columns only; why a token may not is unknown here."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SlotFilter:
    """Tokens that may not stand in a slot.

    Attributes:
        forbidden: (vocab,) bool, in no slot.
        edges: (row, column, (vocab,) bool) for slots with a rule of their own, in addition.
    """

    forbidden: Tensor
    edges: tuple[tuple[int, int, Tensor], ...] = ()

    def __call__(self, logits: Tensor, at: Tensor) -> Tensor:
        """`logits` (rows, k, vocab) of columns `at` (rows, k), with -inf for what may not stand there."""
        allowed = logits.masked_fill(self.forbidden, -torch.inf)
        for row, column, forbidden in self.edges:
            for index in (at[row] == column).nonzero()[:, 0].tolist():
                allowed[row, index] = allowed[row, index].masked_fill(forbidden, -torch.inf)
        return allowed
