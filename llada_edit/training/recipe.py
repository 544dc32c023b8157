"""The choices of a training run that decide its result."""

from __future__ import annotations

from dataclasses import dataclass

from llada_edit.errors import OptionError
from llada_edit.training.objective import Objective


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

    steps: int
    tokens_per_step: int = 4096
    accumulate: int = 1
    lengths: tuple[int, ...] = (128, 128, 128, 256, 256, 512)
    body_rate: float = 4e-4
    embedding_rate: float = 1e-3
    head_rate: float = 1.5e-3
    warm_up: float = 0.03
    decay: float = 0.4
    rate_ramp: float = 0.04
    clip: float = 1.0
    average: float = 0.999
    objective: Objective = "mean"
    seed: int = 0
    save_every: int = 200
    validate_every: int = 500
    validate_batches: int = 12
    bf16: bool = False

    def __post_init__(self) -> None:
        for name in ("steps", "tokens_per_step", "accumulate", "save_every", "validate_every", "validate_batches"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise OptionError(f"{name} is {value!r}; give a whole number of at least 1")
        if not self.lengths or min(self.lengths) < 2 or max(self.lengths) > self.tokens_per_step:
            raise OptionError(f"lengths are {self.lengths}; give 2 to tokens_per_step ({self.tokens_per_step})")
        if self.tokens_per_step // max(self.lengths) < self.accumulate:
            raise OptionError(f"accumulate is {self.accumulate}; give at most tokens_per_step / the longest length")
        if self.objective not in ("mean", "bound"):
            raise OptionError(f"objective is {self.objective!r}; give mean or bound")

    def rate(self, step: int) -> float:
        """Factor of the learning rates: linear warm-up, constant, linear decay over the last `decay` share."""
        done = (step + 1) / self.steps
        return min(1.0, done / self.warm_up, (1 - step / self.steps) / self.decay)

    def highest_mask_rate(self, step: int) -> float:
        """Masking starts easy (30 %) and reaches everything after `rate_ramp` of the steps."""
        return min(1.0, 0.3 + 0.7 * (step / self.steps) / self.rate_ramp)
