"""How probable a language is at every number of slots, with everything masked: evidence for the lengths of holes.

Knows scores and states; which lengths are asked for, and how they are weighed otherwise, is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.constraints.classes import Floats, Reduced
from llada_edit.constraints.joint import Piece
from llada_edit.constraints.minimise import DEAD, Flags
from llada_edit.constraints.paths import added
from llada_edit.constraints.rules import Rules

LEAST = -1e4
"""Log probability of what is possible but lies beyond the range of floating point."""

Mass = tuple[Floats, float]
"""(states,) probability of being in each state, and the log of a factor of all of them."""


class Evidence:
    """Probabilities of a piece's strings, each hole beginning where the one before it ended.

    Args:
        piece: the language.
        scores: of each of its holes, (slots, vocab) logits with all slots masked.
        rules: of each of its holes.
    """

    def __init__(self, piece: Piece, scores: Sequence[Tensor], rules: Sequence[Rules]) -> None:
        self._piece = piece
        self._weights = [_weights(piece, *both) for both in zip(scores, rules, strict=True)]

    def start(self) -> Mass:
        """Before the first hole."""
        found = np.zeros(self._piece.arcs.states)
        found[self._piece.automaton.start] = 1.0
        return found, 0.0

    def after(self, hole: int, before: Mass) -> list[Mass]:
        """After 0, 1, … slots of the `hole`-th hole of the piece, the text behind it included."""
        arcs, (inside, scale) = self._piece.arcs, before
        found = [before]
        for middle, last in zip(*self._weights[hole], strict=True):
            found.append((arcs.forth(inside, last[arcs.group]), scale))
            inside = arcs.forth(inside, middle[arcs.group])
            peak = float(inside.max())
            if peak > 0:
                inside, scale = inside / peak, scale + float(np.log(peak))
        if hole >= len(self._piece.jumps):
            return found
        jump = self._piece.jumps[hole]
        live = jump != DEAD
        return [(added(mass[live], jump[live], arcs.states), log) for mass, log in found]

    def lengths(self) -> NDArray[np.float64]:
        """(slots + 1,) log probability that a text of 0, 1, … slots of a single hole is in the language."""
        accepting = self._piece.automaton.accepting
        return np.array([log_probability(mass, accepting) for mass in self.after(0, self.start())])


def log_probability(mass: Mass, states: Flags) -> float:
    """Log probability of being in one of some states, -inf for none."""
    total = float(mass[0][states].sum())
    return float(np.log(total)) + mass[1] if total > 0 else -np.inf


def _weights(piece: Piece, scores: Tensor, rules: Rules) -> tuple[Floats, Floats]:
    """(slots, groups) each: probability of each group of classes in a slot that others follow, and in the last slot."""
    allowed, first, last, alone = (
        torch.from_numpy(flags).to(scores.device) for flags in (rules.any, rules.first, rules.last, rules.alone)
    )
    middle = scores.float().masked_fill(~allowed, -torch.inf)
    middle[:1] = middle[:1].masked_fill(~first, -torch.inf)
    ends = middle.masked_fill(~last, -torch.inf)
    ends[:1] = ends[:1].masked_fill(~alone, -torch.inf)
    both = torch.cat((middle, ends))
    normal = both.logsumexp(1).double().cpu().numpy()[:, None]
    sums = piece.arcs.sums_of_groups(Reduced(piece.classes, both).sums)
    weights = np.exp(sums - np.where(normal == -np.inf, 0.0, normal))
    return weights[: len(scores)], weights[len(scores) :]
