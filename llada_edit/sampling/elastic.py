"""Sampling for models that insert and delete slots while they denoise (DreamOn, arXiv 2602.01326).

One row, one token per step, lowest entropy first. An expand token turns its slot into two masks; a delete token takes
its slot away, and with it the masked slots to its right in the same hole.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from llada_edit.models.base import Denoiser, Layout
from llada_edit.sampling.choice import Chooser
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Step
from llada_edit.sampling.noise import Noise
from llada_edit.sampling.transfer import entropy, highest


def denoise_elastic(
    denoiser: Denoiser, tokens: Tensor, hole: Tensor, chooser: Chooser, noise: Noise, slots: SlotFilter, most: int
) -> Iterator[Step]:
    """Fill the masks of one row, letting the model choose how many there are.

    Args:
        denoiser: a model whose card names expand and delete ids.
        tokens: (1, seq) int64.
        hole: (1, seq) bool, slots; the slots of different holes do not touch.
        chooser: which token a position takes.
        noise: source of draws.
        slots: tokens that may not stand in a hole; the two control ids are let through.
        most: slots that the row may have at most; also bounds how often it grows.

    Yields:
        One `Step` per step; the canvas may change its length.
    """
    card = denoiser.card
    probability = (~hole).float()
    growth = most
    for index in range(int(hole.sum()) + 3 * most):
        masked = hole & (tokens == card.mask_id)
        if not bool(masked.any()):
            return
        noise.begin(index)
        layout = Layout.plain(tokens, hole)
        at = masked.nonzero()[:, 1][None]
        may_grow = growth > 0 and int(hole.sum()) < most
        logits = denoiser.logits(tokens, at, layout)
        allowed = slots(logits, at)
        for control, open_ in ((card.expand_id, may_grow), (card.delete_id, True)):
            if control is not None and open_:
                allowed[..., control] = logits[..., control]
        proposal = chooser(allowed, tokens, at, torch.ones_like(at, dtype=torch.bool), noise)
        one = torch.ones(1, dtype=torch.long, device=at.device)
        pick = highest(-entropy(proposal), proposal.asked, one)[0].nonzero()[0, 0]
        column, token = int(at[0, pick]), int(proposal.tokens[0, pick])
        committed = torch.zeros_like(hole)
        if token == card.expand_id:
            growth -= 1
            tokens, hole, probability, committed = (
                _widen(part, column) for part in (tokens, hole, probability, committed)
            )
        elif token == card.delete_id:
            kept = ~_tail(hole & masked, hole, column)[0]
            tokens, hole, probability, committed = (part[:, kept] for part in (tokens, hole, probability, committed))
        else:
            tokens, probability = tokens.clone(), probability.clone()
            tokens[0, column], probability[0, column] = token, proposal.confidence[0, pick]
            committed[0, column] = True
        yield Step(index, tokens, Layout.plain(tokens, hole), committed, torch.zeros_like(committed), probability)


def _widen(row: Tensor, column: int) -> Tensor:
    """The (1, seq) row with its entry at `column` doubled."""
    return torch.cat((row[:, : column + 1], row[:, column:]), dim=1)


def _tail(masked: Tensor, hole: Tensor, column: int) -> Tensor:
    """(1, seq) bool: `column` and the masked slots right of it in the same hole."""
    after = torch.arange(hole.shape[1], device=hole.device)[None] >= column
    same = (~hole & after).cumsum(1) == 0
    gone = masked & after & same
    gone[0, column] = True
    return gone
