"""How many slots a hole gets: fixed, a range, or found automatically.

Models with a null token say it themselves in one forward pass over an elastic hole; others are asked how sure they are
at a grid of lengths, corrected for the bias of short and long ones (CAL, arXiv 2602.00476).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.holes import Hole
from llada_edit.length_scores import BETWEEN, border, calibrated, length_features, log_tokens_of_words
from llada_edit.models.base import Denoiser, LengthScores, ModelCard
from llada_edit.sampling.context import ContextReuse
from llada_edit.slots import Slots

LONGEST = 32
"""Slots that an automatic hole may grow to; longer ones are asked for with a length."""
MOST_SLOTS = 64
"""Slots laid out at most for a hint in words or characters, unless that many words are asked for."""
LEAST_ELASTIC = 16
"""Slots that a hole of open length gets at least: elastic holes that a model was trained on are not shorter."""
GRID = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
TOKENS_PER_WORD = 3
SEAM_TOKENS = 8
ROWS_AT_ONCE = 16
UNPROBED = 3.0
"""Nats by which a length that was not probed stands behind the worst that was."""


def reserve(hole: Hole, card: ModelCard, left: str = "", right: str = "") -> int:
    """Slots to lay out for a hole: its hint's maximum, or a guess that `LengthSelector` may find too short.

    Args:
        hole: with its hint.
        card: of the model.
        left: text before the hole, as far as it is known here.
        right: text after it; a model whose lengths are calibrated gets room for a sentence between two sentences.
    """
    hint = hole.length
    if hint is None:
        whole = card.calibration.lengths is not None and border(left, right) == BETWEEN
        return LEAST_ELASTIC if card.null_id is not None and not whole else LONGEST
    most = hint.minimum * 2 + 8 if hint.maximum is None else hint.maximum
    if hint.unit == "tokens":
        return most if hint.minimum == hint.maximum else max(most, LEAST_ELASTIC)
    if hint.unit == "words":
        return max(min(most * TOKENS_PER_WORD, max(MOST_SLOTS, most)), LEAST_ELASTIC)
    return max(min(most, max(MOST_SLOTS, most // 3)), LEAST_ELASTIC)


def allowed(slots: Slots) -> range:
    """Numbers of slots, repeated word start included, that the hole's hint leaves open."""
    hint = slots.hole.length
    if hint is None or hint.unit != "tokens":
        least = 1 if hint is None or hint.minimum else 0
        if hint is not None and hint.unit == "words":
            least = max(least, hint.minimum)
        return range(least + slots.extra, slots.count + 1)
    most = slots.count if hint.maximum is None else hint.maximum + slots.extra
    return range(hint.minimum + slots.extra, most + 1)


def masked_logits(
    denoiser: Denoiser, canvas: Canvas, reuse: ContextReuse | None, used: Sequence[int] | None = None
) -> Tensor:
    """(slots of all holes, vocab) logits with every slot masked; `used` slots of each hole, all of them by default."""
    tokens, layout = canvas.rows([[slots.count for slots in canvas.slots] if used is None else used])
    at = (layout.hole & layout.valid)[0].nonzero()[:, 0][None]
    context = None if reuse is None else reuse.step(tokens, layout, torch.zeros(1))
    return denoiser.logits(tokens, at, layout, context)[0]


class AllMasked:
    """A canvas with every slot masked, and what a model says of it; the model is asked when that is first needed.

    Attributes:
        canvas: with all its slots.
    """

    def __init__(self, denoiser: Denoiser, canvas: Canvas, reuse: ContextReuse | None) -> None:
        self.canvas, self._denoiser, self._reuse = canvas, denoiser, reuse

    @cached_property
    def logits(self) -> Tensor:
        """(slots of all holes, vocab)."""
        return masked_logits(self._denoiser, self.canvas, self._reuse)


@runtime_checkable
class Bridging(Protocol):
    """A denoiser that knows how plausible short texts between two neighbours are."""

    def bridges(self, tokens: list[int], first: int, count: int) -> list[float]:
        """In nats against chance, for 1, 2, … used slots of the `count` columns from `first` on."""
        ...


class LengthSelector(Protocol):
    """Weighs the lengths of every hole of a canvas."""

    def log_weights(self, masked: AllMasked) -> list[Tensor]:
        """One (count + 1,) tensor a hole: log weight of using 0, 1, … slots; -inf where the hint forbids it."""
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


def words_prior(slots: Slots, count: int) -> Tensor:
    """(count,) log weight of 0, 1, … slots by what a hint in words says of tokens; 0 for all where there is none."""
    hint = slots.hole.length
    if hint is None or hint.unit != "words":
        return torch.zeros(count)
    sizes = [max(0, size - slots.extra) for size in range(count)]
    return torch.tensor([log_tokens_of_words(size, hint.minimum, hint.maximum) for size in sizes])


def log_normal(size: int, expected: int | None) -> float:
    """Log-normal weight of a length around the one that is replaced, σ = 0.25; 0 where nothing is."""
    return -0.5 * (math.log(max(size, 0.5) / expected) / 0.25) ** 2 if expected else 0.0


def _masked(weights: Tensor, open_: range) -> Tensor:
    kept = torch.full_like(weights, -torch.inf)
    kept[list(open_)] = weights[list(open_)]
    return kept


def _table(scores: dict[int, float], slots: Slots) -> Tensor:
    """Log weights; an allowed length that was not probed comes after all that were."""
    weights = torch.full((slots.count + 1,), -torch.inf)
    weights[list(allowed(slots))] = min(scores.values()) - UNPROBED
    for size, score in scores.items():
        weights[size] = score
    return weights.log_softmax(0)


def best_lengths(weights: list[Tensor], n: int) -> list[tuple[tuple[int, ...], float]]:
    """The n best choices of one length per hole, with the sum of their log weights, best first."""
    combined: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for table in weights:
        values, sizes = table.topk(min(n, len(table)))
        options = [(int(s), float(v)) for v, s in zip(values, sizes, strict=True) if v > -torch.inf]
        grown = [((*chosen, size), total + value) for chosen, total in combined for size, value in options]
        combined = sorted(grown, key=lambda item: -item[1])[:n]
    return combined


def seam_scores(denoiser: Denoiser, canvas: Canvas, tokens: Tensor, lengths: list[tuple[int, ...]]) -> Tensor:
    """Mean log probability, (rows,), of the first tokens right of every hole when they are masked again.

    A fill that was cut off or padded makes its right neighbours improbable (methods of rescoring by the seam).

    Args:
        denoiser: the model.
        canvas: where the rows come from.
        tokens: (rows, seq) finished rows.
        lengths: slots used of each hole, per row.
    """
    _, layout = canvas.rows(lengths)
    hidden = torch.zeros_like(layout.hole)
    for slots in canvas.slots:
        hidden[:, slots.start + slots.count : slots.start + slots.count + SEAM_TOKENS] = True
    hidden &= ~layout.hole
    at = hidden[0].nonzero()[:, 0].expand(len(tokens), -1)
    if not at.shape[1]:
        return torch.zeros(len(tokens))
    noisy = tokens.masked_fill(hidden, denoiser.card.mask_id)
    hole_too = type(layout)(layout.hole | hidden, layout.valid, layout.positions)
    log_probabilities = denoiser.logits(noisy, at, hole_too).log_softmax(-1)
    return log_probabilities.gather(-1, tokens.gather(1, at)[..., None])[..., 0].mean(1).cpu()
