"""What a writer may have meant: known words one slip of the keyboard away, words that stand twice, blanks.

One slip is a letter left out, added, exchanged, or two that changed places (Norvig's corrector); which words are known,
and how common they are, is read off the model's vocabulary. Latin letters only.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from string import ascii_lowercase

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.rewriting.fitting import cased
from llada_edit.rewriting.inflection import plural, verb_forms
from llada_edit.rewriting.meaning import stem
from llada_edit.rewriting.words import FUNCTION, Word, word_set

MOST = 6
"""Corrections of one word that are looked at."""
SHORT = 4
"""Letters below which a word may be a part of others that the vocabulary has."""
_TWICE = frozenset({"had", "that", "very", "so", "no", "bye", "ha", "her", "is", "do"})

_AFTER_ARTICLE = word_set(
    "above almost also either else enough even ever every few further how i if just like little mine more most much no "
    "other our own perhaps quite rather really same so some then this there very while who why will you"
)
"""Function words that may follow an article, alone or with a noun after them."""

_SPELLINGS = tuple(
    (re.compile(british), american)
    for british, american in (
        (r"([iy])s(?=e|ing|ation|ed|able)", r"\1z"), ("our", "or"), ("ll", "l"), ("re$", "er"), ("[ao]e", "e"),
        ("ence$", "ense"), ("ogue", "og"), ("mme$", "m"), ("que", "ck"), ("dgement", "dgment"), ("ph", "f"),
    )
)  # fmt: skip
"""What British and American spelling, each taken for itself, have different."""
_BLANKS = re.compile(
    r"(?P<before>(?<=[a-z]{2}) +(?=[,.](?:\s+[^\W\d_]|\s*$)))"
    r"|(?P<missing>(?<=[a-z]{2},)(?=[a-z]{3,} ))|(?P<twice>(?<=[a-z]{2}) {2}(?=[a-z]{2}))"
)
_SMALL_I = re.compile(
    r"(?<![\w'\u2019./\\-])i"
    r"(?=['\u2019](?:m|ve|ll)\b| (?:am|think|thought|know|knew|want|love|hope|believe|guess|feel)\b)"
)


def corrections(word: Word, vocabulary: Vocabulary) -> list[Edit]:
    """Known words one slip away from a word that is not known itself, the most common first.

    A capital is rather the beginning of a name, so its letter counts, and other names do not: Hansen is not Hanson.
    Of two or three letters the vocabulary has parts of words, too, so there only function words are meant.
    """
    known, key, capital = known_words(vocabulary), word.key, word.text[:1].isupper()
    if key in known or not (key.isascii() and key.isalpha()) or _is_form(key, known):
        return []
    wanted: Container[str] = known
    if len(key) < SHORT:
        wanted = FUNCTION if len(key) > 1 and not capital else ()
    elif capital:
        wanted = {other for other in common_words(vocabulary) if other[0] == key[0]}
    others = (other for other in slips(key) if other in known and other in wanted and not same_word(other, key))
    near = sorted((known[other], other) for other in others)
    return [Edit(word.span, cased(other, word.text)) for _, other in near[:MOST]]


def _is_form(word: str, known: Container[str]) -> bool:
    """Whether a word is a regular form of a known verb or noun: such words are rare rather than wrong."""
    bases = {word[:-cut] + end for cut in (1, 2, 3, 4) for end in ("", "e", "y")}
    return any(b in known and (word in verb_forms(b) or word == plural(b)) for b in bases if len(b) >= SHORT)


def same_word(one: str, other: str) -> bool:
    """Whether these are forms of one word, or its British and American spelling."""
    return stem(one) == stem(other) or _american(one) == _american(other)


def _american(word: str) -> str:
    for british, american in _SPELLINGS:
        word = british.sub(american, word)
    return word


def doubled(text: str, words: Sequence[Word]) -> Iterator[Edit]:
    """Edits that take away the second of two equal words in a row."""
    for first, second in pairwise(words):
        between = Span(first.span.end, second.span.start).of(text)
        if first.key == second.key and between.isspace() and first.key not in _TWICE:
            yield Edit(Span(first.span.end, second.span.end), "")


def swapped(text: str, words: Sequence[Word]) -> Iterator[Edit]:
    """Edits that let an article and the word after it change places, where that word cannot follow an article."""
    for first, second in pairwise(words):
        stands = second.kind != "function" or second.key in _AFTER_ARTICLE
        if first.key in ("a", "an", "the") and not stands and text[first.span.end : second.span.start] == " ":
            span = Span(first.span.start, second.span.end)
            yield Edit(span, f"{cased(second.text, first.text)} {first.key}")


def blanks(text: str) -> Iterator[Edit]:
    """Edits of a blank before a comma or full stop, of one that is missing after a comma, and of two in a row."""
    for found in _BLANKS.finditer(text):
        yield Edit(Span(*found.span()), " " if found["twice"] or found["missing"] is not None else "")


def small_i(text: str) -> Iterator[Edit]:
    """Edits of the pronoun in small letters where a verb says that it is one, and no name of a number."""
    for found in _SMALL_I.finditer(text):
        yield Edit(Span(*found.span()), "I")


def slips(word: str) -> set[str]:
    """All strings one slip away."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    found = {a + b[1:] for a, b in parts if b} | {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    found |= {a + c + b[1:] for a, b in parts if b for c in ascii_lowercase}
    return (found | {a + c + b for a, b in parts for c in ascii_lowercase}) - {word}


@lru_cache(maxsize=4)
def known_words(vocabulary: Vocabulary) -> dict[str, int]:
    """Whole words of the vocabulary, in lower case, with a rank: tokens that were merged first are the most common."""
    known: dict[str, int] = {}
    for i in range(vocabulary.size):
        piece = vocabulary.token_bytes(i)
        if piece[:1] == b" " and len(piece) > 2 and piece[1:].isalpha():
            known.setdefault(piece[1:].decode().casefold(), i)
    return known


@lru_cache(maxsize=4)
def common_words(vocabulary: Vocabulary) -> frozenset[str]:
    """Those of the known words that the vocabulary has in small letters: no names."""
    pieces = {vocabulary.token_bytes(i) for i in range(vocabulary.size)}
    return frozenset(word for word in known_words(vocabulary) if b" " + word.encode() in pieces)
