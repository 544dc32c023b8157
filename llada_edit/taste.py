"""Which tokens would bring signs into a hole that may not stand in it, or end a text in mid-phrase.

Knows `marks`, `endings` and a vocabulary. Knows neither canvases nor holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from llada_edit.constraints.minimise import Flags
from llada_edit.endings import HANGING
from llada_edit.marks import OPENERS, Marks
from llada_edit.models.vocabulary import Vocabulary

_QUOTE = re.compile("['\u2018\u2019](?!\\w)|\\W['\u2018\u2019]")
"""An apostrophe that is no part of a word."""


def barred(vocabulary: Vocabulary, marks: Marks) -> Flags:
    """(vocab,) bool, tokens that may stand nowhere in a hole. Kept: do not change it."""
    return _having(vocabulary, marks.signs, marks.strict)


def barred_first(vocabulary: Vocabulary, marks: Marks) -> Flags:
    """(vocab,) bool, tokens that may not begin a hole. Kept: do not change it."""
    return _beginning(vocabulary, (OPENERS if marks.opens else "") + ("'\u2019" if marks.strict else ""), marks.strict)


@lru_cache(maxsize=8)
def hanging(vocabulary: Vocabulary) -> Flags:
    """(vocab,) bool, whole words that nothing can end on. Kept: do not change it."""
    return _flags(vocabulary, lambda text: text[:1] == " " and text[1:].casefold() in HANGING)


@lru_cache(maxsize=8)
def wordless(vocabulary: Vocabulary) -> Flags:
    """(vocab,) bool, signs without a letter or digit. Kept: do not change it."""
    return _flags(vocabulary, lambda text: not any(character.isalnum() for character in text))


def _flags(vocabulary: Vocabulary, test: Callable[[str], bool]) -> Flags:
    return np.fromiter(map(test, _texts(vocabulary)), dtype=np.bool_, count=vocabulary.size)


@lru_cache(maxsize=8)
def _texts(vocabulary: Vocabulary) -> tuple[str, ...]:
    return tuple(vocabulary.token_bytes(i).decode(errors="replace") for i in range(vocabulary.size))


@lru_cache(maxsize=64)
def _having(vocabulary: Vocabulary, signs: str, quotes: bool) -> Flags:
    found = set(signs)
    return _flags(vocabulary, lambda text: not found.isdisjoint(text) or (quotes and _QUOTE.search(text) is not None))


@lru_cache(maxsize=16)
def _beginning(vocabulary: Vocabulary, signs: str, digits: bool) -> Flags:
    def begins(text: str) -> bool:
        first = text.strip()[:1]
        return bool(first) and (first in signs or (digits and first.isdigit()))

    return _flags(vocabulary, begins)
