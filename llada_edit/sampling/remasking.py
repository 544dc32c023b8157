"""Remasking: committed positions that are masked again, so that a fill can be revised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from llada_edit.sampling.noise import Noise
from llada_edit.sampling.transfer import highest


class Remasking(Protocol):
    """Chooses slots to mask again."""

    @property
    def rounds(self) -> int:
        """How many times a full canvas is opened again after the last step."""
        ...

    def during(self, committed: Tensor, rate_now: Tensor, rate_next: Tensor, noise: Noise) -> Tensor | None:
        """(rows, seq) bool subset of the `committed` slots to mask after a step, None for none.

        Args:
            committed: (rows, seq) bool, slots that hold a token of an earlier step.
            rate_now: (rows,) mask rate before the step.
            rate_next: (rows,) mask rate after the step.
            noise: source of draws.
        """
        ...

    def after(self, probability: Tensor, slots: Tensor) -> Tensor:
        """(rows, seq) bool subset of `slots` to mask when all are filled; called `rounds` times.

        Args:
            probability: (rows, seq) float, how sure the model was of each token.
            slots: (rows, seq) bool, filled slots.
        """
        ...


@dataclass(frozen=True, slots=True)
class Never:
    """What is committed stays."""

    rounds: int = 0

    def during(self, committed: Tensor, rate_now: Tensor, rate_next: Tensor, noise: Noise) -> Tensor | None:
        """None."""
        return None

    def after(self, probability: Tensor, slots: Tensor) -> Tensor:
        """None of them."""
        return torch.zeros_like(slots)


@dataclass(frozen=True, slots=True)
class Polish:
    """When all slots are filled, the `share` the model was least sure of is masked and filled again, `rounds` times."""

    share: float = 0.15
    rounds: int = 1

    def during(self, committed: Tensor, rate_now: Tensor, rate_next: Tensor, noise: Noise) -> Tensor | None:
        """None."""
        return None

    def after(self, probability: Tensor, slots: Tensor) -> Tensor:
        """See `Remasking.after`."""
        return highest(-probability, slots, (slots.sum(1) * self.share).ceil().long())


@dataclass(frozen=True, slots=True)
class ReMDM:
    """Every committed slot with probability min(cap, (1 - α_s) / α_t), α = 1 - mask rate (arXiv 2503.00307, "cap")."""

    cap: float = 0.05
    rounds: int = 0

    def during(self, committed: Tensor, rate_now: Tensor, rate_next: Tensor, noise: Noise) -> Tensor | None:
        """See `Remasking.during`."""
        sigma = (rate_next / (1 - rate_now).clamp(min=1e-9)).clamp(max=self.cap).to(committed.device)
        columns = torch.arange(committed.shape[1], device=committed.device).expand_as(committed)
        return committed & (noise.positions(columns, committed) < sigma[:, None])

    def after(self, probability: Tensor, slots: Tensor) -> Tensor:
        """None of them."""
        return torch.zeros_like(slots)
