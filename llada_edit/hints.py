"""Conditions held on a canvas: which lengths can meet them, how probable each makes them, and a chooser that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from llada_edit.binding import LEVELS, Bound, bind
from llada_edit.canvas import Canvas
from llada_edit.conditions import Condition
from llada_edit.constraints.joint import Conditioned
from llada_edit.constraints.minimise import Flags
from llada_edit.constraints.reach import weights_of_lengths
from llada_edit.errors import Unsatisfiable
from llada_edit.lengths import best_lengths
from llada_edit.sampling.choice import Independent

LONGEST = 1024
"""Slots up to which the shortest possible filling is looked for."""
FEW = 8
"""Combinations of lengths that are carried on from hole to hole where one language covers several."""


@dataclass(frozen=True, slots=True, eq=False)
class Hinted:
    """The conditions of a canvas.

    Attributes:
        canvas: where the holes stand, with the rules of the conditions in its slots.
        bound: the conditions on it.
    """

    canvas: Canvas
    bound: tuple[Bound, ...]

    @classmethod
    def of(cls, canvas: Canvas, conditions: Sequence[tuple[Condition, tuple[int, ...]]]) -> Hinted:
        """Compile conditions, each with the indices of its holes on the canvas.

        Raises:
            ConstraintError: one cannot be compiled.
            Unsatisfiable: no text of tokens of this model meets one.
        """
        found = []
        slots = list(canvas.slots)
        for condition, indices in conditions:
            held = _strictest(condition, canvas, indices)
            found.append(held)
            for index, rules in zip(indices, held.rules, strict=True):
                slots[index] = replace(slots[index], rules=rules)
        return cls(replace(canvas, slots=tuple(slots)), tuple(found))

    def sizes(self, reserved: Sequence[int]) -> list[int]:
        """Slots to reserve for each hole, repeated word starts left out, so that something can meet the conditions."""
        found = list(reserved)
        for held in self.bound:
            most = held.condition.most
            for index in held.piece.holes:
                if most is not None:
                    found[index] = max(found[index], min(most, LONGEST))
            if len(held.piece.holes) == 1:
                (index,) = held.piece.holes
                least = max(_shortest(held) or 0, held.condition.least) - self.canvas.slots[index].extra
                if least * 2 > found[index]:
                    found[index] = least + least // 2 + 4 if most is None else max(found[index], least)
            else:
                found = [self._roomy(held, index, size) for index, size in enumerate(found)]
        return found

    def _roomy(self, held: Bound, index: int, size: int) -> int:
        """Slots of one hole of several under one language: as many as any filling of it needs at least, and more."""
        if index not in held.piece.holes:
            return size
        for most in (size, 64, 256):
            if self._starts(held, [range(1, most + 1)] * len(held.piece.holes)):
                return max(size, most)
        return size

    def _starts(self, held: Bound, sizes: Sequence[Sequence[int]]) -> bool:
        return bool(held.reach.wanted(sizes)[0][held.piece.automaton.start])

    def restrict(self, weights: list[Tensor], logits: Tensor | None = None) -> list[Tensor]:
        """Log weights of the lengths with the log probability of the condition at each; -inf where it cannot be met.

        Args:
            weights: (count + 1,) of each hole.
            logits: (slots of all holes, vocab) with everything masked; None leaves the probabilities out.

        Raises:
            Unsatisfiable: nothing is left for a hole.
        """
        kept = [table.clone() for table in weights]
        for held in self.bound:
            for index in held.piece.holes:
                kept[index] = self._bounded(kept[index], held, index)
            if len(held.piece.holes) == 1:
                (index,) = held.piece.holes
                kept[index] = self._feasible(kept[index], held, index, logits)
                if not bool((kept[index] > -torch.inf).any()):
                    raise self._unsatisfiable(held, [len(kept[index]) - 1])
            elif not self._starts(held, [_open(kept[index]) for index in held.piece.holes]):
                raise self._unsatisfiable(held, [len(kept[index]) - 1 for index in held.piece.holes])
        return kept

    def _bounded(self, table: Tensor, held: Bound, index: int) -> Tensor:
        extra, condition = self.canvas.slots[index].extra, held.condition
        table = table.clone()
        table[: condition.least + extra] = -torch.inf
        if condition.most is not None:
            table[condition.most + extra + 1 :] = -torch.inf
        return table

    def _feasible(self, table: Tensor, held: Bound, index: int, logits: Tensor | None) -> Tensor:
        accepting = held.piece.automaton.accepting
        after = held.reach.after(0, held.reach.start(), len(table) - 1)
        possible = torch.tensor([bool((states & accepting).any()) for states in after])
        kept = table.masked_fill(~possible, -torch.inf)
        if held.condition.value is None or logits is None or not bool((kept > -torch.inf).any()):
            return kept
        first = sum(slots.count for slots in self.canvas.slots[:index])
        own = logits[first : first + len(table) - 1].float().cpu().numpy()
        evidence = torch.from_numpy(weights_of_lengths(held.piece, own, held.rules[0])).to(kept.dtype)
        return torch.where(kept > -torch.inf, kept + evidence.nan_to_num(neginf=-1e4, posinf=0), kept)

    def _unsatisfiable(self, held: Bound, tried: Sequence[int]) -> Unsatisfiable:
        name, document = held.condition.name(self.canvas.document), self.canvas.document
        if held.condition.value is None:
            hole = document.holes[held.condition.holes[0]]
            return Unsatisfiable(
                f"{name} asks for {hole.length}, which no text of up to {tried[0]} tokens of this model has here; "
                "widen the range"
            )
        told = f"{name} cannot meet {held.condition.asked!r} with up to {', '.join(map(str, tried))} tokens"
        if len(tried) > 1:
            return Unsatisfiable(f"{told}; give the holes more room, or change the text between them")
        shortest = _shortest(held)
        if shortest is None:
            return Unsatisfiable(f"{told}, nor with more: no text of this model's tokens meets it here; change it")
        spent = shortest - self.canvas.slots[held.piece.holes[0]].extra
        return Unsatisfiable(f"{told}; the shortest text that meets it has {spent} tokens: widen the length")

    def lengths(self, weights: list[Tensor], n: int) -> list[tuple[tuple[int, ...], float]]:
        """The best choices of one length per hole that the conditions can be met with; see `best_lengths`."""
        joint = [held for held in self.bound if len(held.piece.holes) > 1]
        if not joint:
            return best_lengths(weights, n)
        (held,) = joint  # one language over several holes covers them all
        wanted = held.reach.wanted([_open(weights[index]) for index in held.piece.holes])
        chosen: list[tuple[tuple[int, ...], float, Flags]] = [((), 0.0, held.reach.start())]
        for place, table in enumerate(weights):
            goal = wanted[place + 1] if place + 1 < len(weights) else held.piece.automaton.accepting
            grown = []
            for sizes, total, states in chosen:
                after = held.reach.after(place, states, len(table) - 1)
                for size in _open(table):
                    if (after[size] & goal).any():
                        grown.append(((*sizes, size), total + float(table[size]), after[size]))
            chosen = sorted(grown, key=lambda item: -item[1])[: max(n, FEW)]
        return [(sizes, total) for sizes, total, _ in chosen[:n]]

    def chooser(self, base: Independent, lengths: Sequence[Sequence[int]], full: bool) -> Independent | Conditioned:
        """`base`, conditioned on what is asked."""
        if not self.bound:
            return base
        return Conditioned(base, tuple(held.piece for held in self.bound), lengths, full)


def _open(table: Tensor) -> list[int]:
    found: list[int] = (table > -torch.inf).nonzero()[:, 0].tolist()
    return found


def _strictest(condition: Condition, canvas: Canvas, indices: Sequence[int]) -> Bound:
    """The condition with as much taste as it can be met with."""
    for level in range(LEVELS):
        held = bind(condition, canvas, indices, level)
        if level == LEVELS - 1 or _possible(held, canvas):
            return held
    raise AssertionError("there is at least one level")


def _possible(held: Bound, canvas: Canvas) -> bool:
    if len(held.piece.holes) == 1:
        return _shortest(held) is not None
    for most in (16, 64, 256):
        sizes = [range(1, most + 1)] * len(held.piece.holes)
        if held.reach.wanted(sizes)[0][held.piece.automaton.start]:
            return True
    return False


def _shortest(held: Bound) -> int | None:
    """Slots of the shortest filling of a single hole, None where there is none of up to `LONGEST`."""
    return held.reach.shortest(LONGEST)
