"""Noise schedules: how much is masked at time t, and how many tokens each step of a run commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch


class NoiseSchedule(Protocol):
    """Time runs from t = 1 (all masked) to t = 0 (clean)."""

    def mask_rate(self, t: float) -> float:
        """Share of positions that are masked at time t."""
        ...

    def share(self, step: int, steps: int) -> float:
        """1 - s/t for the times t and s of step `step`: the chance of a masked position to turn clean."""
        ...

    def budget(self, steps: int, masked: int) -> list[int]:
        """How many of `masked` positions each of `steps` steps commits; the sum is `masked`."""
        ...


@dataclass(frozen=True, slots=True)
class Even:
    """LLaDA's split (arXiv 2502.09992, generate.py): equal shares, the first steps take the remainder."""

    def mask_rate(self, t: float) -> float:
        """Linear."""
        return t

    def share(self, step: int, steps: int) -> float:
        """See `NoiseSchedule.share`."""
        return 1 / (steps - step)

    def budget(self, steps: int, masked: int) -> list[int]:
        """See `NoiseSchedule.budget`."""
        share, remainder = divmod(masked, steps)
        return [share + (index < remainder) for index in range(steps)]


@dataclass(frozen=True, slots=True)
class Timesteps:
    """Dream's split (arXiv 2508.15487, generation_utils.py): int(left · (1 - s/t)), linear times down to `epsilon`."""

    epsilon: float = 1e-3

    def mask_rate(self, t: float) -> float:
        """Linear."""
        return t

    def times(self, steps: int) -> torch.Tensor:
        """(steps + 1,) float32 times from 1 to `epsilon`; float32 on purpose, as the counts are truncated."""
        return torch.linspace(1, self.epsilon, steps + 1)

    def share(self, step: int, steps: int) -> float:
        """See `NoiseSchedule.share`."""
        times = self.times(steps)
        return float(1 - times[step + 1] / times[step])

    def budget(self, steps: int, masked: int) -> list[int]:
        """See `NoiseSchedule.budget`."""
        counts: list[int] = []
        left = masked
        for step in range(steps):
            counts.append(
                left if step == steps - 1 else int(torch.tensor(float(left)) * torch.tensor(self.share(step, steps)))
            )
            left -= counts[-1]
        return counts
