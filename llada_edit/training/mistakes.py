"""Mistakes that writers make, put into clean text, so that a model can learn to take them out again.

Typing slips, words swapped, dropped or doubled, a and an, agreement, and words that sound alike. English only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

CONFUSED = (
    ("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("a", "an"), ("this", "these"), ("that", "those"),
    ("its", "it's"), ("their", "there"), ("your", "you're"), ("then", "than"), ("to", "too"), ("of", "off"),
    ("affect", "effect"), ("lose", "loose"), ("who", "whom"), ("fewer", "less"), ("much", "many"),
)  # fmt: skip
_OTHER = {one: two for pair in CONFUSED for one, two in (pair, pair[::-1])}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {
    letter: [row[i] for i in (at - 1, at + 1) if 0 <= i < len(row)] for row in _ROWS for at, letter in enumerate(row)
}
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
CLEAN = 0.15
"""Share of texts that stay as they are: a proofreader must also leave alone what is right."""
WORDS_PER_MISTAKE = 12


def with_mistakes(text: str, rng: np.random.Generator) -> str:
    """The text with one mistake, and about one more for every `WORDS_PER_MISTAKE` words; now and then none."""
    if rng.random() < CLEAN:
        return text
    for _ in range(1 + rng.poisson(len(text.split()) / WORDS_PER_MISTAKE)):
        words = list(_WORD.finditer(text))
        confusable = [word for word in words if word[0].lower() in _OTHER]
        if confusable and rng.random() < 0.4:
            word = confusable[rng.integers(len(confusable))]
            text = _replaced(text, word, _like(word[0], _OTHER[word[0].lower()]))
        elif words:
            text = _SLIPS[rng.integers(len(_SLIPS))](text, words, int(rng.integers(len(words))), rng)
    return text


Slip = Callable[[str, list[re.Match[str]], int, np.random.Generator], str]


def _typing(text: str, words: list[re.Match[str]], at: int, rng: np.random.Generator) -> str:
    """Two letters swapped, one missing, doubled, or the key beside it."""
    word = words[at][0]
    place = int(rng.integers(len(word)))
    kind = rng.integers(4)
    if kind == 0 and place + 1 < len(word):
        wrong = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    elif kind == 1 and len(word) > 2:
        wrong = word[:place] + word[place + 1 :]
    elif kind == 2:
        wrong = word[: place + 1] + word[place:]
    else:
        near = _NEAR.get(word[place].lower(), [word[place]])
        wrong = word[:place] + _like(word[place], near[rng.integers(len(near))]) + word[place + 1 :]
    return _replaced(text, words[at], wrong)


def _doubled(text: str, words: list[re.Match[str]], at: int, rng: np.random.Generator) -> str:
    return _replaced(text, words[at], f"{words[at][0]} {words[at][0]}")


def _dropped(text: str, words: list[re.Match[str]], at: int, rng: np.random.Generator) -> str:
    """A short word is gone, with the space after it; long ones nobody could guess."""
    word = words[at]
    if len(word[0]) > 4 or text[word.end() : word.end() + 1] != " ":
        return text
    return text[: word.start()] + text[word.end() + 1 :]


def _swapped(text: str, words: list[re.Match[str]], at: int, rng: np.random.Generator) -> str:
    if at + 1 == len(words) or text[words[at].end() : words[at + 1].start()] != " ":
        return text
    one, two = words[at], words[at + 1]
    return f"{text[: one.start()]}{two[0]} {one[0]}{text[two.end() :]}"


def _ending(text: str, words: list[re.Match[str]], at: int, rng: np.random.Generator) -> str:
    """An s too few or too many: plurals and the third person."""
    word = words[at][0]
    if len(word) < 4 or not word.islower():
        return text
    return _replaced(text, words[at], word[:-1] if word.endswith("s") else word + "s")


_SLIPS: tuple[Slip, ...] = (_typing, _typing, _doubled, _dropped, _swapped, _ending)


def _replaced(text: str, word: re.Match[str], other: str) -> str:
    return text[: word.start()] + other + text[word.end() :]


def _like(word: str, other: str) -> str:
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
