"""Words and phrases that must stand in a text, or must not: whole words, with both neighbours of the hole in view.

A small letter of a phrase stands for both cases, a capital for itself; a blank for any white space. An occurrence
counts if a part of it lies in the hole: so a phrase that begins in the text before and ends in the hole is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from typing import TYPE_CHECKING

from llada_edit.constraints.checks import check_texts
from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError
from llada_edit.seams import is_word

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton

TOGETHER = 6
"""Phrases that `MustInclude` writes in any order: every one more doubles the automaton."""
ROW = 4
"""Where there are more than that, phrases that stand in any order among each other."""
_WORD_BLOCKS: tuple[tuple[int, int], ...] = (
    *((0x800, 0xDFF), (0xF00, 0xFFF), (0x10A0, 0x177F), (0x1800, 0x1FFF), (0x2C00, 0x2DFF), (0xA000, 0xD7FF)),
    *((0xFB00, 0xFDFF), (0xFE70, 0xFEFE), (0x10000, 0x1EFFF)),
)


class _Phrased(Constraint):
    """What the values of this module share: a list of phrases, in one order, each once."""

    phrases: tuple[str, ...]

    def __init__(self, *phrases: str) -> None:
        for phrase in check_texts(type(self).__name__, phrases):
            if not phrase.split():
                raise ConstraintError(f"{type(self).__name__}: {phrase!r} is blank; give words")
        object.__setattr__(self, "phrases", tuple(dict.fromkeys(phrases)))

    @property
    def sees(self) -> int:
        """See `Constraint.sees`; white space in a phrase across a seam may be wider than written, by this much."""
        return 16 + max(map(len, self.phrases))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.phrases))})"


@dataclass(frozen=True, init=False, repr=False)
class Phrases(_Phrased):
    """At least one of some words or phrases stands in the text; ``~Phrases(…)`` forbids all of them."""

    phrases: tuple[str, ...]

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton, union

        kinds: dict[tuple[bool, bool], list[str]] = {}
        for phrase in self.phrases:
            kinds.setdefault((is_letter(phrase.strip()[0]), is_letter(phrase.strip()[-1])), []).append(phrase)
        found = [_containing(phrases, kind, before, after) for kind, phrases in kinds.items()]
        return union(found) if found else Automaton.nothing()

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        whole, begin, end = before + text + after, len(before), len(before) + len(text)
        return any(
            match.start() < end and match.end(1) > begin
            for phrase in self.phrases
            for match in _pattern(phrase).finditer(whole)
        )


@dataclass(frozen=True, init=False, repr=False)
class MustInclude(_Phrased):
    """Every one of some words or phrases stands in the text, in any order; overlaps count for both.

    More than six are written in fours: those of one four in any order, the fours as they are given. A text is accepted
    in every order.
    """

    phrases: tuple[str, ...]

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`: some orders are not written where there are more than `TOGETHER` phrases."""
        return len(self.phrases) > TOGETHER

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        size = ROW if self.partial else TOGETHER
        rows = [self.phrases[first : first + size] for first in range(0, len(self.phrases), size)]
        found, anything = _all_of(rows[0], before, after if len(rows) == 1 else ""), Automaton.anything()
        for row in rows[1:]:
            # The next ones begin at the first place where they can, behind what is no letter: one way to read a text.
            first = found - (found + no_letter() + anything)
            found = first + no_letter() + _all_of(row, "", after if row is rows[-1] else "")
        return found

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        return all(Phrases(phrase).accepts(text, before, after) for phrase in self.phrases)


def is_letter(character: str) -> bool:
    """Whether a character runs together with a letter beside it; by blocks beyond U+07FF, exactly below."""
    point = ord(character)
    return is_word(character) if point < 0x800 else any(low <= point <= high for low, high in _WORD_BLOCKS)


def _all_of(phrases: Sequence[str], before: str, after: str) -> Automaton:
    return reduce(lambda one, other: one & other, [Phrases(one).language(before, after) for one in phrases])


def _containing(phrases: Sequence[str], edges: tuple[bool, bool], before: str, after: str) -> Automaton:
    """Texts in which one of some phrases stands; `edges`: whether they begin and end with a letter."""
    from llada_edit.constraints.automaton import Automaton, union

    phrase, anything, other = _spelling(tuple(phrases)), Automaton.anything(), no_letter()
    left = anything + other if edges[0] else anything
    right = other + anything if edges[1] else anything
    if not (edges[0] and is_letter(before[-1:] or " ")):
        left = left | Automaton.empty()
    if not (edges[1] and is_letter(after[:1] or " ")):
        right = right | Automaton.empty()
    starts = _started(phrase, edges[0], before)
    ends = _ended(phrase, edges[1], after)
    some = Automaton.anything() - Automaton.empty()
    parts = [left + phrase + right]
    parts += [(phrase.between(state, None) & some) + right for state in starts]
    parts += [left + (phrase.between(0, end) & some) for end in ends]
    parts += [phrase.between(state, end) for state, end in product(starts, ends)]
    return union(parts)


def _started(phrase: Automaton, letter: bool, before: str) -> list[int]:
    """States in the middle of a phrase that the text before the hole leads to."""
    found = set()
    for start in range(max(0, len(before) - phrase.states - 64), len(before)):
        if letter and start and is_letter(before[start - 1]):
            continue
        state = phrase.run(before[start:].encode("utf-8", "replace"))
        if state >= 0:
            found.add(state)
    return sorted(found)


def _ended(phrase: Automaton, letter: bool, after: str) -> list[tuple[int, ...]]:
    """Sets of states from which the text after the hole completes a phrase."""
    found = set()
    for end in range(1, min(len(after), phrase.states + 64) + 1):
        if letter and is_letter(after[end : end + 1] or " "):
            continue
        data = after[:end].encode("utf-8", "replace")
        reached = [(state, phrase.run(data, state)) for state in range(phrase.states)]
        states = tuple(state for state, last in reached if last >= 0 and phrase.accepting[last])
        if states:
            found.add(states)
    return sorted(found)


@lru_cache(maxsize=64)
def _spelling(phrases: tuple[str, ...]) -> Automaton:
    """All spellings of some phrases."""
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.subsets import Arcs

    arcs, blank = Arcs(), _blanks()
    start = arcs.state()
    for phrase in phrases:
        state = start
        for place, word in enumerate(phrase.split()):
            pieces = [Automaton.strings(_cases(character)) for character in word]
            for piece in [blank, *pieces] if place else pieces:
                base = arcs.add(piece.classes, piece.table)
                arcs.skip(state, base)
                state = arcs.state()
                for end in piece.ends(base):
                    arcs.skip(end, state)
        arcs.final.add(state)
    return Automaton.of(*arcs.determinise(start))


def _cases(character: str) -> Iterable[str]:
    upper = character.upper()
    return {character, upper} if len(upper) == 1 else {character}


@lru_cache(maxsize=1)
def _blanks() -> Automaton:
    from llada_edit.constraints.automaton import Automaton
    from llada_edit.constraints.unicode import having, ranges

    return Automaton.characters(ranges(having("space"))).repeat(1, None)


@lru_cache(maxsize=1)
def no_letter() -> Automaton:
    """One character that is no letter to `is_letter`."""
    from llada_edit.constraints.automaton import Automaton

    below = [(point, point) for point in range(0x800) if not is_word(chr(point))]
    borders = [0x7FF, *(border for block in _WORD_BLOCKS for border in block), 0x110000]
    return Automaton.characters(
        below + [(low + 1, high - 1) for low, high in zip(borders[::2], borders[1::2], strict=True)]
    )


@lru_cache(maxsize=256)
def _pattern(phrase: str) -> re.Pattern[str]:
    words = [
        "".join("(?:" + "|".join(re.escape(form) for form in sorted(_cases(character))) + ")" for character in word)
        for word in phrase.split()
    ]
    letters = "".join(f"{chr(low)}-{chr(high)}" for low, high in _WORD_BLOCKS)
    letters += "".join(re.escape(chr(point)) for point in range(0x800) if is_word(chr(point)))
    blank = r"\s+"
    before = f"(?<![{letters}])" if is_letter(phrase.strip()[0]) else ""
    after = f"(?![{letters}])" if is_letter(phrase.strip()[-1]) else ""
    return re.compile(rf"{before}(?=({blank.join(words)}){after})")
