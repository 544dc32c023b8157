"""Numbers between two bounds as JSON spells them without an exponent: one automaton state per digit and tight side.

Knows digits; knows nothing of schemas. Numbers that may have a fraction keep to 15 digits in all: so many survive the
way into binary and back, so that what is between the bounds as a decimal is so as a `float` too.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from llada_edit.constraints.automaton import Automaton, union
from llada_edit.constraints.drafts import Draft

WHOLE = 9
"""Digits before the point of a number that may have a fraction, unless a lower bound needs more."""
DIGITS = 15
"""Digits of an integer, unless a bound needs more, and of a number with a fraction in all."""


MULTIPLE = 500
"""Largest step of `integers`; a remainder takes a state."""


@lru_cache(maxsize=64)
def integers(
    low: Fraction | None = None,
    high: Fraction | None = None,
    *,
    above: bool = False,
    below: bool = False,
    step: int = 1,
) -> Automaton:
    """Multiples of `step` (1 to `MULTIPLE`) from `low` to `high`, without ``-0``, a fraction or an exponent."""
    found = _signed(*_closed(low, high, above, below, Fraction(1)), DIGITS, 0)
    return found & _multiples(step) if step > 1 else found


@lru_cache(maxsize=64)
def decimals(
    low: Fraction | None = None,
    high: Fraction | None = None,
    *,
    above: bool = False,
    below: bool = False,
    places: int | None = None,
) -> Automaton:
    """Numbers from `low` to `high` with at most `places` digits of fraction; `above`, `below` leave out a bound."""
    known = [abs(bound) for bound in (low, high) if bound is not None]
    whole = min(DIGITS, max([WHOLE, *(len(str(floor(bound))) for bound in known)]))
    fraction = min(DIGITS - whole, DIGITS if places is None else places)
    return _signed(*_closed(low, high, above, below, Fraction(1, 10**fraction)), whole, fraction)


def _closed(
    low: Fraction | None, high: Fraction | None, above: bool, below: bool, step: Fraction
) -> tuple[Fraction | None, Fraction | None]:
    """Bounds that are included: in steps of the last digit, an open bound is the next closed one."""
    if low is not None:
        low = (floor(low / step) + 1 if above else ceil(low / step)) * step
    if high is not None:
        high = (ceil(high / step) - 1 if below else floor(high / step)) * step
    return low, high


def _multiples(step: int) -> Automaton:
    draft: Draft[int] = Draft(-1)
    for rest in draft:
        if rest == 0:
            draft.accept(rest)
        if rest == -1:
            draft.arc(rest, "-", -1)
        for digit in range(10):
            draft.arc(rest, str(digit), (max(rest, 0) * 10 + digit) % step)
    return draft.automaton()


def _signed(low: Fraction | None, high: Fraction | None, whole: int, fraction: int) -> Automaton:
    smallest = Fraction(1, 10**fraction)
    found = _magnitudes(Fraction(0) if low is None else max(low, Fraction(0)), high, whole, fraction)
    if low is None or low < 0:
        least = smallest if high is None else max(-high, smallest)
        found |= Automaton.literal("-") + _magnitudes(least, None if low is None else -low, whole, fraction)
    return found


def _magnitudes(low: Fraction, high: Fraction | None, whole: int, fraction: int) -> Automaton:
    """Numbers from `low` (0 or more) to `high`, without a sign."""
    scale = 10**fraction
    least = ceil(low * scale)
    whole = max(whole, len(str(least // scale)) + 1)
    most = 10 ** (whole + fraction) - 1
    if high is not None:
        most = min(most, floor(high * scale))
    found = []
    for length in range(1, whole + 1):
        first = max(least, 10 ** (length - 1) * scale if length > 1 else 0)
        last = min(most, 10**length * scale - 1)
        if first <= last:
            digits = (f"{first:0{length + fraction}d}", f"{last:0{length + fraction}d}")
            found.append(_between(*digits, length))
    return union(found)


def _between(low: str, high: str, whole: int) -> Automaton:
    """The numbers between two of the same digits, a point after `whole` of them; zeros at the end may be left out."""
    draft: Draft[tuple[int, bool, bool, bool]] = Draft((0, True, True, False))
    for at, bottom, top, pointed in draft:  # bottom, top: all digits so far are those of `low`, of `high`
        state = (at, bottom, top, pointed)
        if at >= whole and not pointed and not (bottom and low[at:].strip("0")):
            draft.accept(state)
        if at == whole and not pointed and at < len(low):
            draft.arc(state, ".", (at, bottom, top, True))
        elif at < len(low):
            least, most = int(low[at]) if bottom else 0, int(high[at]) if top else 9
            for digit in range(least, most + 1):
                draft.arc(state, str(digit), (at + 1, bottom and digit == least, top and digit == most, False))
    return draft.automaton()
