"""Length hints in words and characters, made certain: which lengths can meet them, and a chooser that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import torch
from torch import Tensor

from llada_edit.canvas import Canvas, Slots
from llada_edit.constraints.counting import IMPOSSIBLE, Count, Counted, feasible
from llada_edit.document import LengthHint
from llada_edit.errors import Unsatisfiable
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.sampling.choice import Chooser, Independent


@dataclass(frozen=True, slots=True, eq=False)
class Hinted:
    """The counts that the hints of a canvas ask for.

    Attributes:
        canvas: where the holes stand.
        counts: by index of the hole on the canvas; holes without a hint in words or characters have none.
    """

    canvas: Canvas
    counts: dict[int, Count]

    @classmethod
    def of(cls, canvas: Canvas) -> Self:
        """Read the hints of all holes."""
        found = {}
        for index, slots in enumerate(canvas.slots):
            hint = slots.hole.length
            if hint is not None and hint.unit != "tokens":
                found[index] = _count(slots, hint, canvas.vocabulary)
        return cls(canvas, found)

    def restrict(self, weights: list[Tensor]) -> list[Tensor]:
        """Log weights of the lengths, -inf where no string of that many tokens meets the hint.

        Raises:
            Unsatisfiable: nothing is left for a hole.
        """
        kept = []
        for index, table in enumerate(weights):
            table = table.clone()
            if index in self.counts:
                for size in (table > -torch.inf).nonzero()[:, 0].tolist():
                    if not self._feasible(index, size):
                        table[size] = -torch.inf
            if not bool((table > -torch.inf).any()):
                hole = self.canvas.slots[index].hole
                raise Unsatisfiable(
                    f"hole {hole.name or index + 1} asks for {hole.length}, which no text of up to {len(table) - 1} "
                    "tokens of this model has here; widen the range"
                )
            kept.append(table)
        return kept

    def chooser(self, base: Independent, lengths: Sequence[Sequence[int]]) -> Chooser:
        """`base`, corrected to meet the counts."""
        if not self.counts:
            return base
        return Counted(base, tuple(self.counts.values()), [[row[index] for index in self.counts] for row in lengths])

    def _feasible(self, index: int, size: int) -> bool:
        slots = self.canvas.slots[index]
        lengths = [[size if i == index else 0 for i in range(len(self.canvas.slots))]]
        rules = self.canvas.slot_filter(lengths)
        first, last = ~rules.forbidden, ~rules.forbidden
        for _, column, forbidden in rules.edges:
            first = first & ~forbidden if column == slots.start else first
            last = last & ~forbidden if column == slots.start + size - 1 and size > 1 else last
        return feasible(self.counts[index], size, first.cpu(), ~rules.forbidden.cpu(), last.cpu())


def _count(slots: Slots, hint: LengthHint, vocabulary: Vocabulary) -> Count:
    words = hint.unit == "words"
    columns = range(slots.start, slots.start + slots.count)
    rest = _rest_costs(vocabulary, words)
    first = rest.copy()
    for token in np.flatnonzero(vocabulary.starting_with(slots.healed) if slots.healed else vocabulary.writable):
        text = vocabulary.token_bytes(int(token)).removeprefix(slots.healed).decode(errors="replace")
        if not text:  # the word so far and no more: what follows begins the filling
            first[token] = 0 if slots.extra else IMPOSSIBLE
        elif words:
            first[token] = IMPOSSIBLE if text[-1].isspace() else len(text.split())
        else:
            first[token] = len(text)
    fresh = _rest_costs(vocabulary, words, fresh=True)
    ends = (hint.minimum, hint.maximum)
    return Count(columns, torch.from_numpy(first), torch.from_numpy(rest), *ends, torch.from_numpy(fresh))


@lru_cache(maxsize=8)
def _rest_costs(vocabulary: Vocabulary, words: bool, fresh: bool = False) -> np.ndarray:
    """Words or characters that each token adds after another one, or where nothing stands yet."""
    costs = np.full(vocabulary.size, IMPOSSIBLE, dtype=np.int64)
    for token in np.flatnonzero(vocabulary.writable):
        text = vocabulary.token_bytes(int(token)).decode()
        if not words:
            costs[token] = len(text)
        elif not text[-1].isspace():
            costs[token] = len(text.split()) - (not fresh and not text[0].isspace())
    return costs
