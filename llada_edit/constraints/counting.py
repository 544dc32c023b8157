"""Counts that must come out right: words or characters of a hole, whatever the model would rather say.

Each token adds a cost (its words, its characters). Viterbi over slots and running totals finds the most probable string
of the row whose total is allowed; a step commits a part of that one string, so a valid completion always remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from llada_edit.sampling.choice import Independent, Proposal
from llada_edit.sampling.noise import Noise

IMPOSSIBLE = -1
"""Cost of a token that may not stand in a slot at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """What one hole must add up to.

    Attributes:
        columns: canvas columns of the hole's slots, from left to right; a row uses a prefix of them.
        first: (vocab,) int64, cost of each token in the first slot.
        rest: (vocab,) int64, cost in any other slot; `IMPOSSIBLE` where it may not stand.
        minimum: least total.
        maximum: largest total; None leaves it open.
        fresh: (vocab,) int64, as `rest`, while the total is still 0; None where that makes no difference.
    """

    columns: range
    first: Tensor
    rest: Tensor
    minimum: int
    maximum: int | None
    fresh: Tensor | None = None

    def costs(self, is_first: bool, total: int) -> Tensor:
        """Costs of the next slot at a running total."""
        if is_first:
            return self.first
        return self.fresh if self.fresh is not None and total == 0 else self.rest

    @property
    def states(self) -> int:
        """Running totals that are told apart; an open maximum saturates at the minimum."""
        return (self.minimum if self.maximum is None else self.maximum) + 1

    def after(self, total: int, cost: int) -> int | None:
        """The total after a token, None where it is over the maximum."""
        if self.maximum is None:
            return min(total + cost, self.minimum)
        return total + cost if total + cost <= self.maximum else None


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A `Chooser`: the independent one, corrected to the best joint string that meets all counts.

    Attributes:
        base: temperature and truncation of the scores.
        counts: one entry per hole that has a count.
        used: slots used of each of these holes, per row: used[row][index of count].
    """

    joint: ClassVar[bool] = True

    base: Independent
    counts: tuple[Count, ...]
    used: Sequence[Sequence[int]]

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`."""
        free = self.base(logits, tokens, at, asked, noise)
        scores = self.base.perturbed(logits, at, asked, noise)
        chosen = free.tokens.clone()
        for row in range(len(at)):
            place = {int(column): index for index, column in enumerate(at[row][asked[row]].tolist())}
            if not place:  # nothing is asked of this row; it may be full, or wait for its turn
                continue
            for count, used in zip(self.counts, self.used[row], strict=True):
                columns = count.columns[:used]
                picks = best_string(count, columns, scores[row], place, tokens[row])
                for column, token in picks.items():
                    chosen[row, place[column]] = token
        confidence = free.log_probabilities.gather(-1, chosen[..., None])[..., 0].exp()
        return Proposal(at, asked, chosen, confidence, free.log_probabilities)


def best_string(count: Count, columns: range, scores: Tensor, place: dict[int, int], tokens: Tensor) -> dict[int, int]:
    """The tokens of the masked slots in the best string with an allowed total.

    Args:
        count: costs and bounds.
        columns: the slots in use.
        scores: (k, vocab), -inf for what may not stand there.
        place: canvas column -> row of `scores`, for masked slots.
        tokens: (seq,) int64, the canvas.

    Raises:
        ValueError: no string has an allowed total; `feasible` tells beforehand.
    """
    best: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {0: (0.0, ())}
    for column in columns:
        is_first = column == count.columns.start
        options = {
            fresh: _options(count.costs(is_first, 1 - fresh), column, scores, place, tokens, count.states)
            for fresh in {total == 0 for total in best}
        }
        following: dict[int, tuple[float, tuple[tuple[int, int], ...]]] = {}
        for total, (value, string) in best.items():
            for cost, (score, token) in options[total == 0].items():
                reached = None if cost == IMPOSSIBLE else count.after(total, cost)
                if reached is not None and value + score > following.get(reached, (-torch.inf,))[0]:
                    following[reached] = (value + score, (*string, (column, token)))
        best = following
    ends = [end for total, end in best.items() if total >= count.minimum]
    if not ends:
        raise ValueError(f"no {len(columns)} tokens add up to {count.minimum}-{count.maximum}")
    return {column: token for column, token in max(ends)[1] if column in place}


def _options(
    costs: Tensor, column: int, scores: Tensor, place: dict[int, int], tokens: Tensor, states: int
) -> dict[int, tuple[float, int]]:
    """For every cost, the best score and its token; what is committed already is the only option."""
    if column in place:
        return _best_by_cost(scores[place[column]], costs.to(scores.device), states)
    token = int(tokens[column])
    return {int(costs[token]): (0.0, token)}


def _best_by_cost(scores: Tensor, costs: Tensor, states: int) -> dict[int, tuple[float, int]]:
    """For every cost, the best score and its token."""
    capped = costs.clamp(max=states)
    usable = torch.where(costs == IMPOSSIBLE, -torch.inf, scores)
    best = torch.full((states + 1,), -torch.inf, dtype=scores.dtype, device=scores.device)
    best = best.scatter_reduce(0, capped.clamp(min=0).to(scores.device), usable, "amax")
    return {
        cost: (value, int(((usable == value) & (capped == cost)).to(torch.uint8).argmax()))
        for cost, value in enumerate(best.tolist())
        if value > -torch.inf
    }


def feasible(count: Count, used: int, first: Tensor, rest: Tensor, last: Tensor) -> bool:
    """Whether some string over `used` slots has an allowed total.

    Args:
        count: costs and bounds.
        used: slots in use.
        first: (vocab,) bool, tokens that may stand in the first slot.
        rest: (vocab,) bool, in any slot.
        last: (vocab,) bool, in the last one.
    """
    totals = {0}
    for index in range(used):
        open_ = first & rest if index == 0 else rest
        open_ = open_ & last if index == used - 1 else open_
        usable: dict[bool, set[int]] = {}
        for fresh in {total == 0 for total in totals}:
            costs = count.costs(index == 0, 0 if fresh else 1)
            usable[fresh] = set(costs[open_ & (costs != IMPOSSIBLE)].clamp(max=count.states).tolist())
        ends = (count.after(total, cost) for total in totals for cost in usable[total == 0])
        totals = {end for end in ends if end is not None}
    return any(total >= count.minimum for total in totals)
