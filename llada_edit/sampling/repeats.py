"""A chooser that writes no pair of tokens twice in one hole ("the name of the name of"), as weak models do.

The rule is that of arXiv 1705.04304 (there for three tokens, left to right), for slots that are filled in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from llada_edit.sampling.choice import LAST_RESORT, Chooser, Proposal
from llada_edit.sampling.noise import Noise

Pairs = tuple[dict[int, set[int]], dict[int, set[int]]]
"""What has followed each token, and what has come before it."""


@dataclass(frozen=True, slots=True, eq=False)
class NoRepeats:
    """`base`, with tokens put off that would make a pair that stands in the hole already.

    Attributes:
        base: makes the choice.
        holes: first column of each hole, and the one after its last.
        open_ids: what stands in columns that are masked or not used.
    """

    base: Chooser
    holes: Sequence[tuple[int, int]]
    open_ids: frozenset[int]

    @property
    def joint(self) -> bool:
        """As the base."""
        return self.base.joint

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`."""
        logits, columns = logits.clone(), at.tolist()
        for row, ids in enumerate(tokens.tolist()):
            known = [self._pairs(ids[first:last]) for first, last in self.holes]
            for index in asked[row].nonzero()[:, 0].tolist():
                column = columns[row][index]
                (hole,) = (hole for hole, (first, last) in enumerate(self.holes) if first <= column < last)
                if again := self._again(known[hole], ids, column, *self.holes[hole]):
                    logits[row, index, torch.tensor(again, device=logits.device)] -= LAST_RESORT
        return self.base(logits, tokens, at, asked, noise)

    def _pairs(self, ids: list[int]) -> Pairs:
        after, before = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
        for left, right in pairwise(ids):
            if left not in self.open_ids and right not in self.open_ids:
                after[left].add(right)
                before[right].add(left)
        return after, before

    def _again(self, pairs: Pairs, ids: list[int], column: int, first: int, last: int) -> list[int]:
        """Tokens that would repeat a pair at `column` of a hole."""
        after, before = pairs
        found = set[int]()
        if column > first:
            found |= after.get(ids[column - 1], set())
        if column + 1 < last:
            found |= before.get(ids[column + 1], set())
        if first < column < last - 1 and ids[column - 1] == ids[column + 1]:
            found.add(ids[column - 1])  # a third one between two would make the same pair on both sides
        return sorted(found)
