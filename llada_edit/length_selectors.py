"""Ways to ask a model how long a hole should be: by its nulls, or by how sure it is of every length.

Models with a null token say it themselves in one forward pass over an elastic hole; others are asked how sure they are
at a grid of lengths, corrected for the bias of short and long ones (CAL, arXiv 2602.00476).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.length_scores import border, calibrated, length_features
from llada_edit.lengths import AllMasked, LengthSelector, allowed, log_normal, words_prior
from llada_edit.models.base import Denoiser, LengthScores, ModelCard
from llada_edit.slots import Slots

GRID = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
ROWS_AT_ONCE = 16
UNPROBED = 3.0
"""Nats by which a length that was not probed stands behind the worst that was."""


@runtime_checkable
class Bridging(Protocol):
    """A denoiser that knows how plausible short texts between two neighbours are."""

    def bridges(self, tokens: list[int], first: int, count: int) -> list[float]:
        """In nats against chance, for 1, 2, … used slots of the `count` columns from `first` on."""
        ...


@dataclass(frozen=True, slots=True)
class NullPosterior:
    """Trailing nulls of an elastic hole: P(null at slot j) = P(length ≤ j), read off one forward pass.

    Attributes:
        denoiser: a model whose card names a null id.
        expected: length of the text that is replaced, in tokens; None where there is none.
        scores: calibration, for holes of open length that replace nothing; None trusts the nulls.
    """

    denoiser: Denoiser
    expected: int | None = None
    scores: LengthScores | None = None

    def bridges(self, canvas: Canvas, slots: Slots) -> list[float]:
        """See `Bridging`; empty for a denoiser that is none."""
        if not isinstance(self.denoiser, Bridging):
            return []
        return self.denoiser.bridges(canvas.tokens.tolist(), slots.start, slots.count)

    def exactly(self, masked: AllMasked) -> list[Tensor]:
        """(count + 1,) of each hole: probability of using 0, 1, … slots as the nulls say it."""
        null = masked.logits.softmax(-1)[:, self.denoiser.card.null_id].cpu()
        shares = torch.split(null, [slots.count for slots in masked.canvas.slots])
        at_most = [torch.cat((torch.zeros(1), share.cummax(0).values, torch.ones(1))) for share in shares]
        return [rising.diff() for rising in at_most]

    def log_weights(self, masked: AllMasked) -> list[Tensor]:
        """See `LengthSelector`."""
        canvas = masked.canvas
        weights = []
        for slots, exactly, around in zip(canvas.slots, self.exactly(masked), pairwise(canvas.around), strict=True):
            if self.scores is not None and self.expected is None and slots.hole.length is None:
                features = length_features(exactly, self.bridges(canvas, slots), slots.extra)
                exactly = calibrated(features, exactly, slots.extra, self.scores, border(*around))
            else:
                exactly = exactly.clamp(min=1e-6).log()
            exactly += words_prior(slots, len(exactly))
            exactly += torch.tensor([log_normal(size, self.expected) for size in range(len(exactly))])
            weights.append(_masked(exactly, allowed(slots)))
        return weights


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Mean confidence Φ over L masked slots, divided by its bias B(L) = a·e^(-bL) + c·e^(-dL) + e (CAL).

    One batched pass over a geometric grid, one over the neighbours of its peak.

    Attributes:
        denoiser: the model.
        bias: a, b, c, d, e as published for LLaDA-8B-Base.
        expected: length of the text that is replaced, in tokens; None where there is none.
    """

    denoiser: Denoiser
    bias: tuple[float, float, float, float, float] = (1.00, 1.77, 0.56, 0.06, 0.24)
    expected: int | None = None

    def log_weights(self, masked: AllMasked) -> list[Tensor]:
        """See `LengthSelector`."""
        canvas = masked.canvas
        middle = [min(max(allowed(slots).start, 8), allowed(slots).stop - 1) for slots in canvas.slots]
        found: list[dict[int, float]] = []
        for index, slots in enumerate(canvas.slots):
            open_ = allowed(slots)
            grid = {size + slots.extra for size in GRID} & set(open_) or {open_[0]}
            scores = self._probe(canvas, index, middle, sorted(grid | {open_[0]}))
            best = max(scores, key=scores.__getitem__)
            near = [size for size in range(best - 2, best + 3) if size in open_ and size not in scores]
            found.append(scores | (self._probe(canvas, index, middle, near) if near else {}))
        return [_table(scores, slots) for scores, slots in zip(found, canvas.slots, strict=True)]

    def _probe(self, canvas: Canvas, index: int, middle: list[int], sizes: list[int]) -> dict[int, float]:
        """log(Φ/B) of hole `index` at some sizes, the other holes at a middle one."""
        lengths = [[*middle[:index], size, *middle[index + 1 :]] for size in sizes]
        slots, forbid = canvas.slots[index], canvas.slot_filter(lengths).forbidden
        scores: dict[int, float] = {}
        for first in range(0, len(sizes), ROWS_AT_ONCE):
            part = lengths[first : first + ROWS_AT_ONCE]
            tokens, layout = canvas.rows(part)
            last = slots.start + max(1, max(row[index] for row in part))
            at = torch.arange(slots.start, last, device=tokens.device).expand(len(part), -1)
            best = self.denoiser.logits(tokens, at, layout).masked_fill(forbid, -torch.inf).softmax(-1).amax(-1).cpu()
            for row, confidence in zip(part, best, strict=True):
                size = row[index]
                mean = float(confidence[:size].mean()) if size else 1e-3
                scores[size] = math.log(mean / self._bias(max(1, size))) + log_normal(size, self.expected)
        return scores

    def _bias(self, size: int) -> float:
        a, b, c, d, e = self.bias
        return a * math.exp(-b * size) + c * math.exp(-d * size) + e


def selector_for(card: ModelCard, denoiser: Denoiser, expected: int | None = None) -> LengthSelector:
    """The way in which a model is asked for lengths; `expected` is the length of what is replaced, if anything is."""
    if card.null_id is not None:
        return NullPosterior(denoiser, expected, card.calibration.lengths)
    return Calibrated(denoiser, expected=expected)


def _table(scores: dict[int, float], slots: Slots) -> Tensor:
    """Log weights; an allowed length that was not probed comes after all that were."""
    weights = torch.full((slots.count + 1,), -torch.inf)
    weights[list(allowed(slots))] = min(scores.values()) - UNPROBED
    for size, score in scores.items():
        weights[size] = score
    return weights.log_softmax(0)


def _masked(weights: Tensor, open_: range) -> Tensor:
    kept = torch.full_like(weights, -torch.inf)
    kept[list(open_)] = weights[list(open_)]
    return kept
