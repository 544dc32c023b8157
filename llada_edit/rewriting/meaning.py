"""Whether a new wording still says the same: numbers, names, negations, content words, and signs that parse as markup.

Pure text. Words count as the same where they share a stem; which other words mean the same is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher

from llada_edit.holes import Span
from llada_edit.rewriting.words import FUNCTION, NUMERALS, Word, word_set, words

Check = str
"""``numbers``, ``names``, ``negations``: what must be the same before and after."""

CHECKS = ("numbers", "names", "negations")
_PROSE = frozenset(" .,;:!?'\u2019\u2018-\u2010\u2013\u2014\u3002\uff0c\u3001\uff01\uff1f\uff1b\uff1a")
_ENDINGS = re.compile(r"(?:ies|ied|ing|ed|es|s|ly|e|y)$")
_PRONOUNS = word_set(
    "i you he she it we they me him her us them my your his its our their mine yours hers ours theirs myself yourself "
    "himself herself itself ourselves themselves who whom whose all every each any some few many most more much less "
    "can could may might must shall should will would if unless because although though but before after since until "
    "above below under over up down into out from only"
)


def harmless(new: str, old: str) -> bool:
    """Whether the new text brings no sign, mark-up, control or direction character that the old one had not."""
    allowed = _PROSE | set(old)
    return all(c in allowed or unicodedata.category(c)[0] in "LMN" for c in new)


def same_facts(before: str, after: str, checks: tuple[Check, ...] = CHECKS) -> bool:
    """Whether the asked facts are the same in both sentences, whatever their order."""
    old, new = _facts(before), _facts(after)
    return all(old[check] == new[check] for check in checks)


def overlap(before: str, after: str) -> float:
    """Share of content words, by stem, that both sentences have (F1); 1 where there is none."""
    old, new = _content(before), _content(after)
    both = sum((old & new).values())
    return 2 * both / (sum(old.values()) + sum(new.values())) if old or new else 1.0


def only_repairs(old: str, new: str) -> bool:
    """Whether a change is one of form: the same content words or nearly their spelling, the same pronouns."""
    before, after = _sorted(old), _sorted(new)
    if _pronouns(old) != _pronouns(new) or len(before) != len(after):
        return False
    return all(stem(a) == stem(b) or alike(a, b) for a, b in zip(before, after, strict=True))


def alike(old: str, new: str) -> bool:
    """Whether two words differ by little in spelling."""
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= 0.8


def stem(word: str) -> str:
    """A word without its usual ending."""
    cut = _ENDINGS.sub("", word.casefold())
    return cut if len(cut) >= 3 else word.casefold()


def _facts(text: str) -> dict[Check, Counter[str]]:
    found = _words(text)
    numbers = [w.text for w in found if w.kind == "number"] + [w.key for w in found if w.key in NUMERALS - {"one"}]
    names = [w.text.split("'")[0].split("\u2019")[0] for w in found if w.kind == "name"]
    negations = ["not" for w in found if w.kind == "negation"]
    return {"numbers": Counter(numbers), "names": Counter(names), "negations": Counter(negations)}


def _content(text: str) -> Counter[str]:
    return Counter(stem(w.key) for w in _words(text) if w.kind == "content" and w.key not in FUNCTION)


def _sorted(text: str) -> list[str]:
    return [w.key for w in _words(text) if w.kind == "content"]


def _pronouns(text: str) -> Counter[str]:
    return Counter(w.key for w in _words(text) if w.key in _PRONOUNS)


def _words(text: str) -> list[Word]:
    return words(text, Span(0, len(text)))
