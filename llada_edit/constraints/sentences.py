"""`Sentences`: a number of sentences, counted by their marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from llada_edit.constraints.values import Constraint, check_counts

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton

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
        return _counted(self.minimum, self.maximum)

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


# What each kind of character leads to, and whether it begins a sentence there.
_STEPS = {
    "between": {"blank": "between", "mark": "marked!", "wide": "full!", "closing": "inside!", "plain": "inside!"},
    "inside": {"blank": "inside", "mark": "marked", "wide": "full", "closing": "inside", "plain": "inside"},
    "marked": {"blank": "between", "mark": "marked", "wide": "full", "closing": "marked", "plain": "inside"},
    "full": {"blank": "between", "mark": "full", "wide": "full", "closing": "full", "plain": "inside!"},
}


@lru_cache(maxsize=32)
def _counted(minimum: int, maximum: int | None) -> Automaton:
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.subsets import Arcs

    arcs, kinds, top = Arcs(), _kinds(), minimum if maximum is None else maximum
    states = {(count, mode): arcs.state() for count in range(top + 1) for mode in _STEPS}
    for (count, mode), source in states.items():
        if count >= minimum:
            arcs.final.add(source)
        for kind, piece in kinds.items():
            after = _STEPS[mode][kind]
            total = count + after.endswith("!")
            if total > top and maximum is not None:
                continue
            base = arcs.add(piece.classes, piece.table)
            arcs.skip(source, base)
            for end in piece.ends(base):
                arcs.skip(end, states[min(total, top), after.rstrip("!")])
    return Automaton.of(*arcs.determinise(states[0, "between"]))


@lru_cache(maxsize=1)
def _kinds() -> dict[str, Automaton]:
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.unicode import having, ranges

    kinds = {"mark": Automaton.strings(_MARKS), "wide": Automaton.strings(_FULL_WIDTH)}
    kinds |= {"closing": Automaton.strings(_CLOSING), "blank": Automaton.characters(ranges(having(str.isspace)))}
    plain = Automaton.characters([(0, 0x10FFFF)])
    for kind in kinds.values():
        plain = plain - kind
    return {**kinds, "plain": plain}
