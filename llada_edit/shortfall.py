"""What is said where no text of the lengths tried can meet a condition: which they were, and what would do."""

from __future__ import annotations

from collections.abc import Sequence

from llada_edit.binding import Bound
from llada_edit.conditions import Condition
from llada_edit.constraints.wording import wording
from llada_edit.document import Document
from llada_edit.errors import Unsatisfiable

LONGEST = 1024
"""Slots up to which the shortest possible filling of one hole is looked for."""
ROOMS = (16, 64, 256)
"""Slots of each of several holes under one language that are tried one after the other."""


def starts(held: Bound, sizes: Sequence[Sequence[int]]) -> bool:
    """Whether some choice of one size for each hole leads to the end of the language."""
    return bool(held.reach.wanted(sizes)[0][held.piece.automaton.start])


def fewest_slots(held: Bound) -> list[int] | None:
    """Slots of the holes that some text has: the fewest for the first hole, then for the next; None where none has."""
    count = len(held.piece.holes)
    if count == 1:
        shortest = held.reach.shortest(LONGEST)
        return None if shortest is None else [shortest]
    every: list[list[Sequence[int]]] = [[range(1, most + 1)] * count for most in ROOMS]
    open_ = next((sizes for sizes in every if starts(held, sizes)), [])
    for hole, sizes in enumerate(open_):
        least = next(size for size in sizes if starts(held, [*open_[:hole], [size], *open_[hole + 1 :]]))
        open_ = [*open_[:hole], [least], *open_[hole + 1 :]]
    return [sizes[0] for sizes in open_] or None


def unsatisfiable(
    condition: Condition, document: Document, tried: Sequence[Sequence[int]], needed: Sequence[int] | None
) -> Unsatisfiable:
    """The error for a condition.

    Args:
        condition: what was asked.
        document: its holes have names.
        tried: tokens of each hole that were looked at.
        needed: tokens of each hole that would do, None where nothing does.
    """
    name, lengths = condition.name(document), f"{' and '.join(map(_ranges, tried))} tokens"
    if condition.value is None:
        hint = document.holes[condition.holes[0]].length
        least = "" if needed is None else f", the shortest has {needed[0]}"
        return Unsatisfiable(f"{name} asks for {hint}: no text of {lengths} has that here{least}; widen the range")
    asked = "" if condition.asked is None else wording(condition.asked)
    told = f"{name} cannot meet what is asked ({asked}) with {lengths}"
    if needed is None:
        return Unsatisfiable(f"{told}, nor with more: no text of this model's tokens meets it here; change it")
    if len(needed) == 1:
        return Unsatisfiable(f"{told}; the shortest text that meets it has {needed[0]} tokens: widen the length")
    return Unsatisfiable(f"{told}; it can be met with {' and '.join(map(str, needed))}: give the holes more room")


def _ranges(sizes: Sequence[int]) -> str:
    """Numbers in rising order, those in a row as a range."""
    rows: list[list[int]] = []
    for size in sizes:
        if rows and size == rows[-1][-1] + 1:
            rows[-1].append(size)
        else:
            rows.append([size])
    return ", ".join(f"{row[0]}" if len(row) == 1 else f"{row[0]} to {row[-1]}" for row in rows) or "no"
