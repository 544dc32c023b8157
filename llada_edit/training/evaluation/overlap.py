"""How much of a text stands word for word in training text, which a model may know by heart. Pure text.

Counted are runs of eight words, as is usual for such checks (PaLM, arXiv 2204.02311, section 8); letters and digits
alone matter, and case does not. Nothing is said about the same thing in other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llada_edit.training.texts import Text

RUN = 8
"""Words in a row."""
MOST = 0.05
"""Share of its runs from which on a text counts as seen: boilerplate, quotations, another edition of the same book."""
_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Screened:
    """Texts that were compared with training text.

    Attributes:
        texts: how many there were.
        left_out: of which more than `MOST` of the runs stand in training text; they are not measured.
        share: of the runs of the others, those that stand in it.
    """

    texts: int
    left_out: int
    share: float


def screen(sets: Sequence[Sequence[Text]], training: Iterable[Text]) -> list[tuple[list[Text], Screened]]:
    """Of each set, the texts that a model cannot know by heart, and what was found; `training` is read once."""
    found = iter(seen_runs([text for texts in sets for text in texts], training))
    return [_screened(list(zip(texts, found, strict=False))) for texts in sets]


def _screened(found: Sequence[tuple[Text, tuple[int, int]]]) -> tuple[list[Text], Screened]:
    kept = [(text, seen, runs) for text, (seen, runs) in found if seen <= MOST * runs]
    seen, runs = (sum(numbers) for numbers in ((entry[1] for entry in kept), (entry[2] for entry in kept)))
    return [text for text, _, _ in kept], Screened(len(found), len(found) - len(kept), seen / runs if runs else 0.0)


def runs(text: str) -> NDArray[np.uint64]:
    """(words - RUN + 1,) a number for every run of words, the same for the same words within one process."""
    words = np.array([hash(word) for word in _WORD.findall(text.lower())], dtype=np.int64).view(np.uint64)
    if len(words) < RUN:
        return words[:0]
    found = np.zeros(len(words) - RUN + 1, dtype=np.uint64)
    for shift in range(RUN):
        found = found * _FACTOR + words[shift : shift + len(found)]
    return found


def seen_runs(texts: Sequence[Text], training: Iterable[Text]) -> list[tuple[int, int]]:
    """Of each text, how many of its runs stand in any training text, and how many it has."""
    own = [runs(text.text) for text in texts]
    known = np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *own]))
    seen = np.zeros(len(known), dtype=bool)
    for text in training:
        met = runs(text.text)
        at = np.searchsorted(known, met)
        met, at = met[at < len(known)], at[at < len(known)]
        seen[at[known[at] == met]] = True
    return [(int(seen[np.searchsorted(known, one)].sum()), len(one)) for one in own]
