"""Conditions held on a canvas: which lengths can meet them, how probable each makes them, and a chooser that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from llada_edit.binding import LEVELS, Bound, bind
from llada_edit.canvas import Canvas
from llada_edit.conditions import Condition
from llada_edit.constraints.evidence import LEAST, Evidence, Mass, log_probability
from llada_edit.constraints.joint import Conditioned
from llada_edit.constraints.minimise import Flags
from llada_edit.errors import Unsatisfiable
from llada_edit.lengths import best_lengths
from llada_edit.sampling.choice import Independent
from llada_edit.shortfall import LONGEST, ROOMS, fewest_slots, starts, unsatisfiable

FEW = 8
"""Combinations of lengths that are carried on from hole to hole where one language covers several."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """How good each length of each hole is.

    Attributes:
        tables: (count + 1,) of each hole, log weight of 0, 1, … slots; -inf where nothing can meet the conditions.
        logits: (slots, vocab) of each hole with everything masked; None where no condition asks for them.
    """

    tables: list[Tensor]
    logits: Sequence[Tensor] | None


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """Lengths of the first holes under one language: their weights, and how probable what they lead to is."""

    sizes: tuple[int, ...]
    weight: float
    chance: float
    states: Flags
    mass: Mass

    @property
    def total(self) -> float:
        return self.weight + self.chance


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
        for most in (size, *ROOMS):
            if starts(held, [range(1, most + 1)] * len(held.piece.holes)):
                return max(size, most)
        return size

    def restrict(self, weights: list[Tensor], logits: Tensor | None = None) -> Weighed:
        """Log weights of the lengths with the log probability of the condition at each; -inf where it cannot be met.

        Args:
            weights: (count + 1,) of each hole.
            logits: (slots of all holes, vocab) with everything masked; None leaves the probabilities out.

        Raises:
            Unsatisfiable: nothing is left for a hole.
        """
        kept = [table.clone() for table in weights]
        own = None if logits is None else torch.split(logits, [slots.count for slots in self.canvas.slots])
        for held in self.bound:
            for index in held.piece.holes:
                kept[index] = self._bounded(kept[index], held, index)
            open_ = [_open(kept[index]) for index in held.piece.holes]
            if len(held.piece.holes) == 1:
                (index,) = held.piece.holes
                kept[index] = self._feasible(kept[index], held, None if own is None else own[index])
                if not _open(kept[index]):
                    raise self._unsatisfiable(held, open_)
            elif not starts(held, open_):
                raise self._unsatisfiable(held, open_)
        return Weighed(kept, own)

    def _bounded(self, table: Tensor, held: Bound, index: int) -> Tensor:
        extra, condition = self.canvas.slots[index].extra, held.condition
        table = table.clone()
        table[: condition.least + extra] = -torch.inf
        if condition.most is not None:
            table[condition.most + extra + 1 :] = -torch.inf
        return table

    def _feasible(self, table: Tensor, held: Bound, logits: Tensor | None) -> Tensor:
        accepting = held.piece.automaton.accepting
        after = held.reach.after(0, held.reach.start(), len(table) - 1)
        possible = torch.tensor([bool((states & accepting).any()) for states in after])
        kept = table.masked_fill(~possible, -torch.inf)
        if held.condition.value is None or logits is None or not _open(kept):
            return kept
        evidence = torch.from_numpy(Evidence(held.piece, [logits], held.rules).lengths()).to(kept.dtype)
        return torch.where(kept > -torch.inf, kept + evidence.clamp(min=LEAST), kept)

    def _unsatisfiable(self, held: Bound, open_: Sequence[Sequence[int]]) -> Unsatisfiable:
        extra = [self.canvas.slots[index].extra for index in held.piece.holes]
        tried = [[size - more for size in sizes] for sizes, more in zip(open_, extra, strict=True)]
        fewest = fewest_slots(held)
        needed = None if fewest is None else [size - more for size, more in zip(fewest, extra, strict=True)]
        return unsatisfiable(held.condition, self.canvas.document, tried, needed)

    def lengths(self, weighed: Weighed, n: int) -> list[tuple[tuple[int, ...], float]]:
        """The best choices of one length per hole that the conditions can be met with; see `best_lengths`."""
        joint = [held for held in self.bound if len(held.piece.holes) > 1]
        if not joint:
            return best_lengths(weighed.tables, n)
        (held,) = joint  # one language over several holes covers them all
        assert weighed.logits is not None  # such a language is one of text, for which they are asked
        accepting, tables = held.piece.automaton.accepting, weighed.tables
        evidence = Evidence(held.piece, weighed.logits, held.rules)
        wanted = held.reach.wanted([_open(table) for table in tables])
        chosen = [_Choice((), 0.0, 0.0, held.reach.start(), evidence.start())]
        for place, table in enumerate(tables):
            goal = wanted[place + 1] if place + 1 < len(tables) else accepting
            grown = []
            for choice in chosen:
                after = held.reach.after(place, choice.states, len(table) - 1)
                masses = evidence.after(place, choice.mass)
                for size in _open(table):
                    if (after[size] & goal).any():
                        chance = max(LEAST, log_probability(masses[size], goal))
                        total = choice.weight + float(table[size])
                        grown.append(_Choice((*choice.sizes, size), total, chance, after[size], masses[size]))
            chosen = sorted(grown, key=lambda one: -one.total)[: max(n, FEW)]
        return [(one.sizes, one.total) for one in chosen[:n]]

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
        if level == LEVELS - 1 or _possible(held):
            return held
    raise AssertionError("there is at least one level")


def _possible(held: Bound) -> bool:
    if len(held.piece.holes) == 1:
        return _shortest(held) is not None
    return any(starts(held, [range(1, most + 1)] * len(held.piece.holes)) for most in ROOMS)


def _shortest(held: Bound) -> int | None:
    """Slots of the shortest filling of a single hole, None where there is none of up to `LONGEST`."""
    return held.reach.shortest(LONGEST)
