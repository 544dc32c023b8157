"""Classifier-free guidance: push the distribution away from what the model says without, or with another, context."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from llada_edit.models.base import Denoiser, Layout
from llada_edit.sampling.choice import LAST_RESORT


@dataclass(frozen=True, slots=True, eq=False)
class Negative:
    """Another canvas with the same slots in another context.

    Attributes:
        tokens: (1, other seq) int64.
        layout: of that row; its hole slots correspond, in order, to those of the canvas being denoised.
    """

    tokens: Tensor
    layout: Layout


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """logits = u + (w + 1)(c - u), c with the context, u without it (LLaDA, arXiv 2502.09992; Nie et al., 2410.18514).

    Attributes:
        scale: w; 0 is no guidance.
        negative: the canvas of u; None masks the context, as the reference does.
        ramp: True lets w grow with the share of filled slots (guiding early hurts: arXiv 2507.08965).
        plausibility: tokens with less than this share of the best conditional probability are a last resort
            (arXiv 2210.15097).
    """

    scale: float
    negative: Negative | None = None
    ramp: bool = False
    plausibility: float = 0.0

    def __call__(
        self, denoiser: Denoiser, tokens: Tensor, layout: Layout, at: Tensor, conditional: Tensor, filled: Tensor
    ) -> Tensor:
        """Guided logits (rows, k, vocab).

        Args:
            denoiser: asked once more, for u.
            tokens: (rows, seq) int64 canvas.
            layout: of the canvas.
            at: (rows, k) asked columns.
            conditional: (rows, k, vocab) logits c, -inf for tokens that may not stand there.
            filled: (rows,) share of slots already filled.
        """
        scale = self.scale * (filled if self.ramp else torch.ones_like(filled))[:, None, None]
        if not bool(scale.any()):
            return conditional
        unconditional = self._unconditional(denoiser, tokens, layout, at)
        guided = unconditional + (scale + 1) * (conditional - unconditional)
        if self.plausibility > 0:
            probabilities = conditional.softmax(-1)
            implausible = probabilities < self.plausibility * probabilities.amax(-1, keepdim=True)
            guided = torch.where(implausible, guided - LAST_RESORT, guided)
        # A row that is not guided yet must not feel that its batch mates are.
        return torch.where(scale > 0, guided, conditional)

    def _unconditional(self, denoiser: Denoiser, tokens: Tensor, layout: Layout, at: Tensor) -> Tensor:
        if self.negative is None:
            return denoiser.logits(tokens.where(layout.hole, denoiser.card.mask_id), at, layout)
        ours = layout.hole[0].nonzero()[:, 0]
        theirs = self.negative.layout.hole[0].nonzero()[:, 0]
        rows = tokens.shape[0]
        other = self.negative.tokens.repeat(rows, 1)
        other[:, theirs] = tokens[:, ours]
        valid = self.negative.layout.valid.repeat(rows, 1)
        valid[:, theirs] = layout.valid[:, ours]
        other_layout = Layout(
            self.negative.layout.hole.expand(rows, -1), valid, self.negative.layout.positions.expand(rows, -1)
        )
        return denoiser.logits(other, theirs[torch.searchsorted(ours, at)], other_layout)
