"""The choices of a training run that decide its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from llada_edit.errors import OptionError
from llada_edit.training.objective import Objective
from llada_edit.training.settings import POSITIVE, Amount, Count, Share, Within, check


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a training run; learning rates are for body, embeddings and head.

    Attributes:
        steps: optimiser steps of the whole run.
        tokens_per_step: rows times length; rows of padded pairs have fewer.
        accumulate: parts that a step's rows are divided into; the gradient is the same, the memory less.
        lengths: of the rows, one step after the other.
        body_rate: highest learning rate of the blocks.
        embedding_rate: of embeddings and output bias.
        head_rate: of the head.
        warm_up: share of the steps with a rising rate.
        decay: share of the steps, at the end, with a falling rate.
        rate_ramp: share of the steps until masks may cover everything; masking starts easy.
        clip: longest gradient.
        average: decay of the running average of the weights, which is what is kept.
        objective: "mean" or "bound" (see `llada_edit.training.objective`).
        seed: of weights, rows and masks.
        save_every: steps between checkpoints.
        validate_every: steps between held-out figures.
        validate_batches: of 16 rows, with holes and without, that those are measured on.
        bf16: products in bfloat16.
    """

    steps: Count
    tokens_per_step: Count = 4096
    accumulate: Count = 1
    lengths: tuple[Annotated[int, Within(2)], ...] = (128, 128, 128, 256, 256, 512)
    body_rate: Amount = 4e-4
    embedding_rate: Amount = 1e-3
    head_rate: Amount = 1.5e-3
    warm_up: Share = 0.03
    decay: Share = 0.4
    rate_ramp: Share = 0.04
    clip: Annotated[float, POSITIVE] = 1.0
    average: Annotated[float, Within(0, 0.99999)] = 0.999
    objective: Objective = "mean"
    seed: Annotated[int, Within(0)] = 0
    save_every: Count = 200
    validate_every: Count = 500
    validate_batches: Count = 12
    bf16: bool = False

    def __post_init__(self) -> None:
        check(self)
        if not self.lengths or max(self.lengths) > self.tokens_per_step:
            raise OptionError(f"lengths are {self.lengths}; give 2 to tokens_per_step ({self.tokens_per_step})")
        if self.tokens_per_step // max(self.lengths) < self.accumulate:
            raise OptionError(f"accumulate is {self.accumulate}; give at most tokens_per_step / the longest length")

    def rate(self, step: int) -> float:
        """Factor of the learning rates: linear warm-up, constant, linear decay over the last `decay` share."""
        return min(_part((step + 1) / self.steps, self.warm_up), _part(1 - step / self.steps, self.decay))

    def highest_mask_rate(self, step: int) -> float:
        """Masking starts easy (30 %) and reaches everything after `rate_ramp` of the steps."""
        return min(1.0, 0.3 + 0.7 * _part(step / self.steps, self.rate_ramp))


def _part(done: float, share: float) -> float:
    """How much of a ramp over a share of the steps is done, at most all; one of no steps is done from the start."""
    return min(1.0, done / share) if share else 1.0
