"""Where randomness comes from: one generator per row, so that a row's result does not depend on its batch mates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class Noise(Protocol):
    """Uniform draws for the asked positions of a step; called in the order in which a step needs them."""

    def begin(self, step: int) -> None:
        """Told at the start of every step, also of those that draw nothing."""
        ...

    def vocabulary(self, at: Tensor, asked: Tensor, vocab: int) -> Tensor:
        """(rows, k, vocab) uniform in (0, 1), one draw for every token of every asked position.

        Args:
            at: (rows, k) int64 canvas columns.
            asked: (rows, k) bool, False for filler entries of `at`.
            vocab: width of the logits.
        """
        ...

    def positions(self, at: Tensor, asked: Tensor) -> Tensor:
        """(rows, k) uniform in (0, 1), one draw for every asked position; arguments as above."""
        ...


class RowNoise:
    """One generator per row; draws only what the row itself asks for."""

    def __init__(self, seeds: Sequence[int], device: torch.device | str = "cpu") -> None:
        self.generators = [torch.Generator(device).manual_seed(seed % 2**63) for seed in seeds]

    def begin(self, step: int) -> None:
        """Nothing to do: rows draw when they need to."""

    def vocabulary(self, at: Tensor, asked: Tensor, vocab: int) -> Tensor:
        """See `Noise.vocabulary`; float32."""
        return self._draw(asked, (vocab,))

    def positions(self, at: Tensor, asked: Tensor) -> Tensor:
        """See `Noise.positions`; float32."""
        return self._draw(asked, ())

    def _draw(self, asked: Tensor, tail: tuple[int, ...]) -> Tensor:
        drawn = torch.full((*asked.shape, *tail), 0.5, device=asked.device)
        for row, (generator, count) in enumerate(zip(self.generators, asked.sum(1).tolist(), strict=True)):
            drawn[row, asked[row]] = torch.rand((count, *tail), generator=generator, device=asked.device)
        return drawn.clamp_(1e-20, 1 - 1e-7)


class ReferenceNoise:
    """The draws of LLaDA's generate.py, in its order: the whole canvas in every step, from one generator.

    Only for reproducing reference runs: it needs memory for (rows, seq, vocab) float64.
    """

    def __init__(self, seed: int, shape: tuple[int, int, int], temperature: float, random: bool) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.shape, self.temperature, self.random = shape, temperature, random
        self.step = -1

    def begin(self, step: int) -> None:
        """Draw for `step`, and for steps that were left out on the way."""
        while self.step < step:
            self.step += 1
            if self.temperature > 0:
                self._tokens = torch.rand(self.shape, dtype=torch.float64, generator=self.generator)
            if self.random:
                self._columns = torch.rand(self.shape[:2], generator=self.generator)

    def vocabulary(self, at: Tensor, asked: Tensor, vocab: int) -> Tensor:
        """See `Noise.vocabulary`; float64."""
        return self._tokens.gather(1, at[..., None].expand(-1, -1, vocab))

    def positions(self, at: Tensor, asked: Tensor) -> Tensor:
        """See `Noise.positions`; float32."""
        return self._columns.gather(1, at)


class SharedNoise:
    """One generator for the asked positions of all rows in row order, as in Dream's "origin" (whole-batch draws)."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def begin(self, step: int) -> None:
        """Nothing to do."""

    def vocabulary(self, at: Tensor, asked: Tensor, vocab: int) -> Tensor:
        """See `Noise.vocabulary`; float32."""
        drawn = torch.full((*asked.shape, vocab), 0.5)
        drawn[asked] = torch.rand((int(asked.sum()), vocab), generator=self.generator)
        return drawn

    def positions(self, at: Tensor, asked: Tensor) -> Tensor:
        """See `Noise.positions`; float32."""
        drawn = torch.full(asked.shape, 0.5)
        drawn[asked] = torch.rand(int(asked.sum()), generator=self.generator)
        return drawn
