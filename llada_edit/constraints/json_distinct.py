"""Lists of a few given values in every order, none twice: what ``uniqueItems`` asks of small sets, by construction."""

from __future__ import annotations

import json
from math import comb
from typing import Any

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.subsets import Arcs

MOST_VALUES = 64
MOST_SUBSETS = 256
"""Sets of values that may have been used: one state of the automaton for each, and the letters between them."""


def distinct(item: Automaton, comma: Automaton, least: int, most: int | None) -> Automaton | None:
    """From `least` to `most` items with commas between them, no value twice; None where there are too many values.

    Args:
        item: the texts of one item.
        comma: what stands between two.
        least: fewest items.
        most: most items, None for as many as there are values.
    """
    texts = texts_of(item, MOST_VALUES)
    if texts is None:
        return None
    spellings: dict[str, list[str]] = {}
    for text in texts:
        spellings.setdefault(_name(json.loads(text)), []).append(text)
    values = [Automaton.strings(some) for some in spellings.values()]
    top = len(values) if most is None else min(most, len(values))
    if sum(comb(len(values), size) for size in range(top + 1)) > MOST_SUBSETS:
        return None
    arcs = Arcs()
    start = arcs.state()
    states, todo = {frozenset[int](): start}, [frozenset[int]()]
    for used in todo:  # grows while it is read
        if len(used) >= least:
            arcs.final.add(states[used])
        for index, value in enumerate(values if len(used) < top else ()):
            after = used | {index}
            if index in used:
                continue
            if after not in states:
                states[after] = arcs.state()
                todo.append(after)
            _lead(arcs, [comma, value] if used else [value], states[used], states[after])
    return Automaton.of(*arcs.determinise(start))


def _lead(arcs: Arcs, parts: list[Automaton], source: int, target: int) -> None:
    """From one state to another through some automata in a row."""
    ends = [source]
    for part in parts:
        base = arcs.add(part.classes, part.table)
        for end in ends:
            arcs.skip(end, base)
        ends = part.ends(base)
    for end in ends:
        arcs.skip(end, target)


def _name(value: Any) -> str:
    """The same for values that JSON Schema takes for equal: 1 is 1.0, but not true."""
    return json.dumps(json.loads(json.dumps(value), parse_float=_whole), sort_keys=True)


def _whole(number: str) -> float | int:
    found = float(number)
    return int(found) if found.is_integer() else found


def texts_of(automaton: Automaton, most: int) -> list[str] | None:
    """All texts of a language; None where there are more than `most`."""
    found, todo = list[bytes](), [(0, b"")]
    while todo:
        state, text = todo.pop()
        if automaton.accepting[state]:
            found.append(text)
        if len(found) > most or len(text) >= automaton.states:  # longer than a walk without a circle
            return None
        after = automaton.table[state][automaton.classes]
        todo += [(int(after[byte]), text + bytes([byte])) for byte in np.flatnonzero(after != DEAD).tolist()]
    return [text.decode() for text in sorted(found)]
