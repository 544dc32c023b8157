"""Which numbers of slots a language has strings for, before any model is asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.constraints.joint import Piece
from llada_edit.constraints.minimise import DEAD, Flags
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.rules import Rules


class Reach:
    """Sets of states that strings of a piece can be in.

    Args:
        piece: the language.
        rules: of each of its holes.
    """

    def __init__(self, piece: Piece, rules: Sequence[Rules]) -> None:
        self._piece = piece
        self._steps = [_Steps(piece, own) for own in rules]

    def start(self) -> Flags:
        """(states,) bool, before the first hole."""
        found = np.zeros(len(self._piece.automaton.accepting), dtype=np.bool_)
        found[self._piece.automaton.start] = True
        return found

    def after(self, hole: int, before: Flags, most: int) -> list[Flags]:
        """States after 0 … `most` slots of the `hole`-th hole of the piece, the text behind it included."""
        return [self._over(hole, states) for states in self._steps[hole].after(before, most)]

    def shortest(self, most: int) -> int | None:
        """Slots of the shortest string of a single hole, 1 or more if it can be; None where up to `most` none is."""
        accepting, steps = self._piece.automaton.accepting, self._steps[0]
        if (steps.forth("only", self.start()) & accepting).any():
            return 1
        states, met = steps.forth("first", self.start()), set[bytes]()
        for size in range(2, most + 1):
            if (steps.forth("last", states) & accepting).any():
                return size
            if not states.any() or states.tobytes() in met:
                break
            met.add(states.tobytes())
            states = steps.forth("middle", states)
        return 0 if bool(accepting[self._piece.automaton.start]) else None

    def wanted(self, sizes: Sequence[Sequence[int]]) -> list[Flags]:
        """Before each hole, the states from which some of the sizes of it and of those behind it lead to the end."""
        wanted, found = self._piece.automaton.accepting, list[Flags]()
        for hole in reversed(range(len(self._steps))):
            if hole < len(self._steps) - 1:
                jump = self._piece.jumps[hole]
                wanted = np.where(jump == DEAD, False, wanted[jump])
            wanted = self._steps[hole].before(wanted, sizes[hole])
            found.append(wanted)
        return found[::-1]

    def _over(self, hole: int, states: Flags) -> Flags:
        if hole >= len(self._piece.jumps):
            return states
        jump = self._piece.jumps[hole]
        found = np.zeros_like(states)
        found[jump[states & (jump != DEAD)]] = True
        return found


class _Steps:
    """One hole: states before and after its slots."""

    def __init__(self, piece: Piece, rules: Rules) -> None:
        arcs, class_of = piece.arcs, piece.automaton.class_of
        used = class_of != DEAD
        kinds = {
            "middle": rules.any,
            "first": rules.any & rules.first,
            "last": rules.any & rules.last,
            "only": rules.any & rules.first & rules.last & rules.alone,
        }
        self._arcs: dict[str, tuple[Ints, Ints]] = {}
        for kind, flags in kinds.items():
            open_ = np.zeros(piece.automaton.table.shape[1], dtype=np.bool_)
            open_[class_of[used & flags]] = True
            groups = np.zeros(int(arcs.group.max(initial=-1)) + 1, dtype=np.bool_)
            groups[arcs.owner[open_[arcs.members]]] = True
            live = groups[arcs.group]
            self._arcs[kind] = (arcs.source[live], arcs.target[live])

    def after(self, before: Flags, most: int) -> list[Flags]:
        """States after 0, 1, … `most` slots."""
        found = [before]
        if most:
            found.append(self.forth("only", before))
        inside = self.forth("first", before)
        for _ in range(most - 1):
            found.append(self.forth("last", inside))
            inside = self.forth("middle", inside)
        return found

    def before(self, wanted: Flags, sizes: Sequence[int]) -> Flags:
        """States from which some of the sizes lead into `wanted`."""
        found = wanted.copy() if 0 in sizes else np.zeros_like(wanted)
        if 1 in sizes:
            found |= self._back("only", wanted)
        inside, most, known = self._back("last", wanted), max(sizes, default=0), frozenset(sizes)
        for size in range(2, most + 1):
            if size in known:
                found |= self._back("first", inside)
            inside = self._back("middle", inside)
        return found

    def forth(self, kind: str, states: Flags) -> Flags:
        """States after one slot: the "first", one in the "middle", the "last", or the "only" one."""
        source, target = self._arcs[kind]
        found = np.zeros_like(states)
        found[target[states[source]]] = True
        return found

    def _back(self, kind: str, states: Flags) -> Flags:
        source, target = self._arcs[kind]
        found = np.zeros_like(states)
        found[source[states[target]]] = True
        return found
