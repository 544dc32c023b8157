"""A condition on a canvas: its language as the slots must spell it, and which tokens may stand where.

What the slots spell is not quite the filling: the first one repeats the end of the left context, and a space may be
put behind the last one. Taste (no blank at either end, no broken characters) holds where the language can be met so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from llada_edit.canvas import Canvas
from llada_edit.conditions import Condition
from llada_edit.constraints.automaton import Automaton, encoded
from llada_edit.constraints.compiled import Compiled, compiled
from llada_edit.constraints.joint import Piece
from llada_edit.constraints.minimise import DEAD, Flags
from llada_edit.constraints.reach import Reach
from llada_edit.constraints.regex import compile_regex
from llada_edit.constraints.rows import Ints
from llada_edit.constraints.rules import Rules
from llada_edit.models.pieces import hidden
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.slots import Slots, rules_of, tasteful

LEVELS = 3
"""How strict taste is: 0 all of it, 1 blanks at the ends allowed, 2 tokens that end inside a character too."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that the language of a condition depends on; hashable, and written out the name of what is compiled.

    Attributes:
        condition: what is asked.
        before: text before the first hole, as far as it matters.
        after: text after the last one.
        healed: what the first slot repeats.
        trailing: what is put behind the last slot.
        tidy: whether the text may not begin with white space.
    """

    condition: Condition
    before: str
    after: str
    healed: str
    trailing: str
    tidy: bool

    @classmethod
    def of(cls, condition: Condition, canvas: Canvas, indices: Sequence[int], level: int) -> Wanted:
        """For the holes `indices` of a canvas."""
        first, last = canvas.slots[indices[0]], canvas.slots[indices[-1]]
        sees = 0 if condition.value is None else condition.value.sees
        before, after = canvas.around[indices[0]], canvas.around[indices[-1] + 1]
        before, after = before[len(before) - sees :] if sees < len(before) else before, after[:sees]
        tidy = level == 0 and (first.healed == b" " or not (first.seam.leading_space or first.healed))
        tidy = tidy and condition.value is not None
        return cls(condition, before, after, first.healed.decode(), last.seam.trailing, tidy)

    @property
    def text(self) -> Automaton:
        """The fillings, without the space behind them."""
        return _text(self)

    @property
    def slots(self) -> Automaton:
        """What the slots spell."""
        return self.text.after_prefix(self.healed) if self.healed else self.text

    def __str__(self) -> str:
        told = (self.condition.value, self.condition.hint, len(self.condition.holes))
        return repr((*told, self.before, self.after, self.healed, self.trailing, self.tidy))


@lru_cache(maxsize=128)
def _text(wanted: Wanted) -> Automaton:
    condition, text = wanted.condition, Automaton.anything()
    if condition.value is not None:
        text = _whole(condition, wanted.before, wanted.after)
        empty = text.accepts("") and len(condition.holes) == 1
        text = text.before_suffix(wanted.trailing)
        # An empty filling has no space behind it.
        if empty != text.accepts(""):
            text = text | Automaton.empty() if empty else text - Automaton.empty()
    if condition.hint is not None:
        text = text & condition.hint.language()
    if wanted.tidy:
        tidy = text & _begins_visibly()
        text = text if tidy.is_empty else tidy
    return text


@lru_cache(maxsize=1)
def _begins_visibly() -> Automaton:
    return compile_regex(r"(?s:\S.*)?")


@lru_cache(maxsize=128)
def _whole(condition: Condition, before: str, after: str) -> Automaton:
    assert condition.value is not None  # asked only where there is one
    return condition.value.language(before, after)


def tight(condition: Condition, canvas: Canvas, indices: Sequence[int]) -> list[int]:
    """Holes that must do without the space behind them, or nothing would meet the condition."""
    if condition.value is None:
        return []
    wanted = Wanted.of(condition, canvas, indices, 0)
    whole = _whole(condition, wanted.before, wanted.after)
    found = []
    if wanted.trailing and (whole.before_suffix(wanted.trailing) - Automaton.empty()).is_empty:
        found.append(indices[-1])
    inner = [index for index in indices[:-1] if canvas.slots[index].seam.trailing]
    if inner and not _meets(whole, [canvas.slots[i].seam.trailing + canvas.around[i + 1] for i in indices[:-1]]):
        found += inner
    return found


def _meets(whole: Automaton, between: Sequence[str]) -> bool:
    """Whether some text with these parts in it, in this order, is in a language."""
    states = np.zeros(whole.states, dtype=np.bool_)
    states[0] = True
    for part in [*between, None]:
        frontier = states
        while frontier.any():
            after = np.unique(whole.table[frontier])
            frontier = np.zeros_like(states)
            frontier[after[after != DEAD]] = True
            frontier &= ~states
            states = states | frontier
        if part is not None:
            reached = whole.map(encoded(part))[states]
            states = np.zeros_like(states)
            states[reached[reached != DEAD]] = True
    return bool((states & whole.accepting).any())


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A condition on a canvas.

    Attributes:
        condition: what is asked.
        piece: its language over the columns.
        rules: of each of its holes.
        reach: of the piece.
        level: how strict taste is, see `LEVELS`.
    """

    condition: Condition
    piece: Piece
    rules: tuple[Rules, ...]
    reach: Reach
    level: int


def bind(condition: Condition, canvas: Canvas, indices: Sequence[int], level: int) -> Bound:
    """Compile a condition for the holes `indices` of a canvas.

    Raises:
        ConstraintError: it cannot be compiled.
    """
    rules = tuple(_rules(condition, canvas, canvas.slots[index], level, len(indices) > 1) for index in indices)
    # What is compiled does not depend on the signs around, so that it is found again.
    unmarked = [replace(canvas.slots[index], marks=None) for index in indices]
    plain = [_rules(condition, canvas, slots, level, len(indices) > 1) for slots in unmarked]
    allowed: Flags = np.logical_or.reduce([own.any for own in plain])
    wanted = Wanted.of(condition, canvas, indices, level)
    made = compiled(str(wanted), lambda: wanted.slots, canvas.vocabulary, allowed, level == 2)
    jumps = tuple(_jump(made, canvas, left, right) for left, right in pairwise(indices))
    columns = tuple(canvas.slots[index].start for index in indices)
    piece = Piece(made.tokens, made.arcs, made.classes, tuple(indices), columns, jumps)
    return Bound(condition, piece, rules, Reach(piece, rules), level)


def _jump(made: Compiled, canvas: Canvas, left: int, right: int) -> Ints:
    """The state after the text between two holes, as far as the second one does not repeat it."""
    text = encoded(canvas.slots[left].seam.trailing + canvas.around[right]).removesuffix(canvas.slots[right].healed)
    after = made.language.map(text)
    found = np.full(len(made.tokens.table), DEAD, dtype=np.int64)
    here = np.flatnonzero(made.number != DEAD)
    found[made.number[here]] = np.where(after[here] == DEAD, DEAD, made.number[after[here]])
    return found


def _rules(condition: Condition, canvas: Canvas, slots: Slots, level: int, several: bool) -> Rules:
    words = canvas.vocabulary
    if condition.value is None and level == 0:
        return rules_of(slots, words)
    everything = np.ones(words.size, dtype=np.bool_)
    any_ = usable(words, unusual("" if condition.value is None else condition.value.mentions))
    if level == 2:
        any_ = any_ | words.fragments
    first = words.starting_with(slots.healed)
    if level == 0 and not slots.healed:
        first = first & ~words.begins_with_mark
    last = ~words.ends_in_space if level == 0 else everything
    alone = everything
    if several and slots.healed:
        alone = everything.copy()
        alone[words.spelling(slots.healed)] = False
    rules = Rules(any_, first, last, alone)
    return tasteful(rules, slots, words) if level == 0 else rules


def unusual(mentions: str) -> str:
    """The invisible characters and line breaks among some characters."""
    return "".join(sorted({c for c in mentions if hidden(c) or len(f"{c}.".splitlines()) > 1}))


@lru_cache(maxsize=32)
def usable(vocabulary: Vocabulary, extra: str) -> Flags:
    """(vocab,) bool: visible text on one line, and tokens whose only unusual characters are in `extra`."""
    plain = vocabulary.writable & ~vocabulary.has_newline
    if not extra:
        return plain
    return plain | vocabulary.only_unusual(extra)
