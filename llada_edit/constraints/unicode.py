"""Sets of characters as automata over UTF-8, and the sets that Python's `re` and `str` know."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from llada_edit.constraints.minimise import DEAD, Flags, Table
from llada_edit.constraints.rows import Ints, equal_rows

POINTS = 0x110000


def one_of(member: Flags) -> tuple[Ints, Table, Flags]:
    """Classes, table and accepting states for one character of a set, (0x110000,) bool."""
    table = by_kind(np.where(member, 0, DEAD), 1)
    accepting = np.zeros(len(table), dtype=np.bool_)
    accepting[1] = True
    return np.arange(256), table, accepting


def by_kind(kind: Ints, count: int) -> Table:
    """(states, 256): from state 0, one character leads to the state after its kind, 1 to `count`.

    Equal blocks of 64, 4096 and 262144 code points share a state, so the table is small from the start.

    Args:
        kind: (0x110000,) from 0, -1 for characters that lead nowhere.
        count: number of kinds.
    """
    blocks = np.where(kind < 0, DEAD, kind + 1).reshape(-1, 64)
    ascii_ = blocks.reshape(-1)[:128].copy()
    blocks[0xD800 // 64 : 0xE000 // 64] = DEAD
    last, last_rows = _shared(blocks, count + 1)
    wide = last.reshape(-1, 64).copy()
    middle_base = count + 1 + len(last_rows)
    overlong = wide[:1].copy()
    overlong[0, :32] = DEAD
    middle, middle_rows = _shared(np.concatenate((overlong, wide[1:])), middle_base)
    planes = np.full((5, 64), DEAD, dtype=np.int64)
    planes.ravel()[16 : len(middle)] = middle[16:]
    top, top_rows = _shared(planes, middle_base + len(middle_rows))
    inner = np.concatenate((last_rows, middle_rows, top_rows))
    table = np.full((count + 1 + len(inner), 256), DEAD, dtype=np.int32)
    table[0, :128] = ascii_
    table[0, 0xC2:0xE0] = last[2:32]
    table[0, 0xE0:0xF0] = middle[:16]
    table[0, 0xF0:0xF5] = top
    table[count + 1 :, 0x80:0xC0] = inner
    return table


def _shared(rows: Ints, base: int) -> tuple[Ints, Ints]:
    """A state for each row of continuation bytes, equal rows one, rows without any `DEAD`; and the distinct rows."""
    labels, first = equal_rows(np.append(np.full((1, rows.shape[1]), DEAD, dtype=np.int64), rows, axis=0))
    return np.where(labels == 0, DEAD, labels + base - 1)[1:], rows[first[1:] - 1]


@lru_cache(maxsize=4)
def having(name: Literal["space", "decimal", "alnum"]) -> Flags:
    """(0x110000,) bool: code points of which ``str.isspace`` and so on hold. Kept: do not change it."""
    tests = {"space": np.char.isspace, "decimal": np.char.isdecimal, "alnum": np.char.isalnum}
    found: Flags = tests[name](_characters())
    return found


def _characters() -> NDArray[np.str_]:
    """(0x110000,) every character; the first one is empty, to numpy."""
    return np.arange(POINTS, dtype=np.uint32).view("U1")


def ranges(member: Flags) -> list[tuple[int, int]]:
    """A set of code points, (0x110000,) bool, as ranges with both ends included."""
    borders = np.flatnonzero(np.diff(np.concatenate(([False], member, [False])).astype(np.int8)))
    return [(int(low), int(high) - 1) for low, high in borders.reshape(-1, 2)]


def other_case(member: Flags, ascii_only: bool = False) -> Flags:
    """A set with all characters that `re.IGNORECASE` takes for one of its own."""
    groups = _ascii_cases() if ascii_only else _cases()
    hit = np.zeros(int(groups.max()) + 1, dtype=np.bool_)
    hit[groups[member]] = True
    hit[0] = False
    found: Flags = member | hit[groups]
    return found


@lru_cache(maxsize=1)
def _cases() -> Ints:
    """(0x110000,) the same number for characters that differ in case only; 0 where there is but one."""
    groups = np.zeros(POINTS, dtype=np.int64)
    # What `re` itself goes by; neither has a public name. `str.lower` differs, it may give two characters.
    lower: Callable[[int], int] = import_module("_sre").unicode_tolower
    everything = _characters()
    for point in np.flatnonzero(np.char.lower(everything) != everything).tolist():
        small = lower(point)
        if small != point:
            groups[[point, small]] = small
    extra: dict[int, tuple[int, ...]] = import_module("re._casefix")._EXTRA_CASES
    for low, others in extra.items():
        same = [low, *others]
        held = np.isin(groups, [low, *(groups[same][groups[same] > 0])])
        groups[held] = min(same)
        groups[same] = min(same)
    return groups


@lru_cache(maxsize=1)
def _ascii_cases() -> Ints:
    groups = np.zeros(POINTS, dtype=np.int64)
    for upper in range(ord("A"), ord("Z") + 1):
        groups[[upper, upper + 32]] = upper
    return groups
