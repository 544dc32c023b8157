"""`Sentences`: a number of sentences, counted by their marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from llada_edit.constraints.checks import check_counts
from llada_edit.constraints.values import Constraint

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.rows import Ints

_MARKS, _FULL_WIDTH, _CLOSING = ".!?…", "。\uff01\uff1f", "\"'”’»)]」』"


@dataclass(frozen=True)
class Sentences(Constraint):
    """At least `minimum` and at most `maximum` sentences.

    A sentence ends with ``.``, ``!``, ``?`` or ``…``, closing quotes and brackets after them included, before white
    space or the end; or with a full-width mark. What is left over at the end is a sentence too. Abbreviations are not
    known: after "Dr. Smith" one sentence has ended.
    """

    minimum: int
    maximum: int | None = None

    def __post_init__(self) -> None:
        check_counts("Sentences", self.minimum, self.maximum)

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`; the same between any texts."""
        from llada_edit.constraints.counters import counting

        return counting(_kinds(), _STEPS, self.minimum, self.maximum)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        count, inside, mark, full = 0, False, False, False
        for char in text:
            if char.isspace():
                inside = inside and not (mark or full)
                continue
            if full and char not in _MARKS + _FULL_WIDTH + _CLOSING:
                inside = False
            if not inside:
                count, inside, mark, full = count + 1, True, False, False
            full = full or char in _FULL_WIDTH
            mark = char in _MARKS or (mark and char in _CLOSING)
        return self.minimum <= count and (self.maximum is None or count <= self.maximum)


_PLAIN, _BLANK, _MARK, _WIDE, _CLOSE = range(5)
_BETWEEN, _INSIDE, _MARKED, _FULL = range(4)
# By mode, what a plain character, a blank, a mark, a full-width mark and a closing sign lead to.
_STEPS = (
    ((_INSIDE, 1), (_BETWEEN, 0), (_MARKED, 1), (_FULL, 1), (_INSIDE, 1)),
    ((_INSIDE, 0), (_INSIDE, 0), (_MARKED, 0), (_FULL, 0), (_INSIDE, 0)),
    ((_INSIDE, 0), (_BETWEEN, 0), (_MARKED, 0), (_FULL, 0), (_MARKED, 0)),
    ((_INSIDE, 1), (_BETWEEN, 0), (_FULL, 0), (_FULL, 0), (_FULL, 0)),
)


@lru_cache(maxsize=1)
def _kinds() -> Ints:
    import numpy as np

    from llada_edit.constraints.unicode import having

    kinds = np.where(having("space"), _BLANK, _PLAIN)
    for kind, signs in ((_MARK, _MARKS), (_WIDE, _FULL_WIDTH), (_CLOSE, _CLOSING)):
        kinds[[ord(sign) for sign in signs]] = kind
    return kinds
