"""Counters of characters, words and others: automata given by what each kind of character does to a few modes.

Knows kinds of characters; sentences are told apart by the constraint that counts them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from llada_edit.constraints.automaton import Automaton
from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.subsets import LIMIT, too_large
from llada_edit.constraints.unicode import POINTS, by_kind, having
from llada_edit.holes import SIGNS

Step = tuple[int, int]
"""The next mode, and what is added to the count: 0 or 1."""


def characters(minimum: int, maximum: int | None) -> Automaton:
    """Texts of so many code points."""
    return counting(np.zeros(POINTS, dtype=np.int64), (((0, 1),),), minimum, maximum)


def words(minimum: int, maximum: int | None) -> Automaton:
    """Texts of so many words, divided by white space; a word begins with its first character that is no sign.

    Without any words a text has no signs either.
    """
    kind = having("space").astype(np.int64)
    if maximum != 0:
        kind[[ord(sign) for sign in SIGNS]] = 2
    # What a character of a word does, what white space does, and what a sign does.
    between, inside = ((1, 1), (0, 0), (0, 0)), ((1, 0), (0, 0), (1, 0))
    return counting(kind, (between, inside), minimum, maximum)


def counting(kind: Ints, modes: Sequence[Sequence[Step]], minimum: int, maximum: int | None) -> Automaton:
    """Texts that count up to a number in a range, beginning in mode 0.

    Args:
        kind: (0x110000,) kind of each code point, from 0.
        modes: for each mode, what each kind of character does.
        minimum: of the count at the end.
        maximum: of the count, None for no limit.

    Raises:
        ConstraintError: more than `LIMIT` states.
    """
    kinds, top = len(modes[0]), minimum if maximum is None else maximum
    base = by_kind(kind, kinds)
    inner = len(base) - kinds - 1
    width = len(modes)
    if (top + 1) * width * (inner + 1) > LIMIT:
        raise too_large()
    steps = np.array(modes, dtype=np.int64)
    count = np.arange(top + 1)[:, None, None] + steps[None, :, :, 1]
    after = np.minimum(count, top) * width + steps[None, :, :, 0]
    if maximum is not None:
        after = np.where(count > top, DEAD, after)
    after = after.reshape(-1, kinds)
    size = len(after)
    # What a state of `base` is from each state between characters; the last column is the dead one.
    inside = size + np.arange(size * inner).reshape(size, inner)
    named = np.concatenate((np.full((size, 1), DEAD), after, inside, np.full((size, 1), DEAD)), axis=1)
    table = np.concatenate((named[:, base[0]], named[:, base[kinds + 1 :]].reshape(-1, 256)))
    accepting = np.zeros(len(table), dtype=np.bool_)
    accepting[minimum * width : size] = True
    return Automaton.of(np.arange(256), table.astype(np.int32), accepting)
