"""A list of wordings that may stand for each other: what a small model cannot know, it is told.

The list says which change keeps the meaning, the model says which one fits. English only; in other languages nothing is
found. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.rewriting.words import Word

_VOWEL = re.compile(r"(?!uni|use|user|usu|eu|one\b|once\b|ut[ie]l)[aeiou]|hour|honest|honou?r\b|heir\b", re.IGNORECASE)
_COUNTED = frozenset({"many", "much", "some", "most", "enough", "more", "numerous", "sufficient", "every"})
_DETERMINED = re.compile(r"\b(?:an?|the|this|that|these|those|no|my|your|his|her|its|our|their) $", re.IGNORECASE)
_AFTER_COMMA = re.compile(r",\s*$")


@dataclass(frozen=True, slots=True)
class Wording:
    """One line of the list: words in lower case, and what may stand there instead."""

    words: tuple[str, ...]
    instead: str


@cache
def listed(use: str) -> dict[str, tuple[Wording, ...]]:
    """The wordings for one use (`simplify`, `plain`, …), by their first word; longer ones first."""
    table: dict[str, list[Wording]] = {}
    lines = resources.files("llada_edit.rewriting").joinpath("wordings.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("#"):
            continue
        uses, old, new = line.split("\t")
        if use in uses.split():
            pairs = list(zip(old.split("/"), new.split("/"), strict=True))
            if "both" in uses.split():
                pairs += [(b, a) for a, b in pairs]
            for a, b in pairs:
                table.setdefault(a.split()[0].casefold(), []).append(Wording(tuple(a.casefold().split()), b))
    return {first: tuple(sorted(found, key=lambda w: -len(w.words))) for first, found in table.items()}


def found(text: str, words: Sequence[Word], use: str) -> Iterator[tuple[Edit, tuple[Word, ...]]]:
    """Every listed change that applies to some words of a sentence, with the words it takes away.

    Args:
        text: the sentence.
        words: the words of it that may change, in order.
        use: which part of the list.
    """
    table = listed(use)
    for index, word in enumerate(words):
        for wording in table.get(word.key, ()):
            taken = tuple(words[index : index + len(wording.words)])
            if tuple(w.key for w in taken) == wording.words and _together(text, taken):
                edit = _edit(text, taken, wording.instead)
                if edit is not None:
                    yield edit, taken


def count(text: str, words: Sequence[Word], use: str) -> int:
    """How many listed changes apply, each place counted once."""
    return len({edit.span.start for edit, _ in found(text, words, use)})


def cased(new: str, old: str) -> str:
    """`new` with a capital where `old` begins with one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() and old not in ("I",) and not old.startswith("I'") else new


def with_article(text: str, edit: Edit) -> Edit:
    """The edit together with the article before it, where "a" and "an" must change places."""
    before = re.search(r"\b(an?) $", text[: edit.span.start], re.IGNORECASE)
    following = (edit.text + text[edit.span.end :]).lstrip()[:12]
    if before is None or not following[:1].isalpha():
        return edit
    fitting = "an" if _VOWEL.match(following) else "a"
    if fitting == before[1].lower():
        return edit
    return Edit(Span(before.start(1), edit.span.end), cased(fitting, before[1]) + " " + edit.text)


def articles(text: str, words: Sequence[Word]) -> Iterator[Edit]:
    """Edits of "a" and "an" before a word in lower case with the other sound, as far as its letters tell."""
    for word in words:
        following = text[word.span.end + 1 : word.span.end + 13]
        if word.key in ("a", "an") and text[word.span.end : word.span.end + 1] == " " and following[:1].islower():
            fitting = "an" if _VOWEL.match(following) else "a"
            if fitting != word.key and following[1:2].isalpha():
                yield Edit(word.span, cased(fitting, word.text))


def without(text: str, span: Span) -> Edit | None:
    """The edit that takes words away together with a blank and a comma that nobody needs; None after a negation."""
    before, after = text[: span.start], text[span.end :]
    if re.search(r"(?:\bnot|\bno|\bnever|n['\u2019]t) $", before, re.IGNORECASE):
        return None
    if not before.strip(" \"'\u201c\u2018("):
        rest = re.match(r",?\s+(\S)", after)
        return None if rest is None else Edit(Span(span.start, span.end + rest.end()), cased(rest[1], span.of(text)))
    comma = _AFTER_COMMA.search(before)
    if comma and after.startswith(","):
        return Edit(Span(comma.start(), span.end), "")
    if not before.endswith(" ") or after[:1] == ",":
        return None
    if after.startswith(" "):
        return with_article(text, Edit(Span(span.start, span.end + 1), ""))
    return Edit(Span(span.start - 1, span.end), "")


def _edit(text: str, taken: Sequence[Word], instead: str) -> Edit | None:
    span = Span(taken[0].span.start, taken[-1].span.end)
    old = span.of(text)
    if old.isupper() and len(old) > 1:
        return None
    if not instead:
        return without(text, span)
    if instead.split()[0] in _COUNTED and _DETERMINED.search(text[: span.start]):
        return None
    apostrophe = "\u2019" if "\u2019" in text else "'"
    return with_article(text, Edit(span, cased(instead, old).replace("'", apostrophe)))


def _together(text: str, taken: Sequence[Word]) -> bool:
    """Whether nothing but one blank stands between the words."""
    return all(text[a.span.end : b.span.start] == " " for a, b in pairwise(taken))
