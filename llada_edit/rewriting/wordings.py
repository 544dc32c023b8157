"""Listed wordings that may stand for each other: what a small model cannot know, it is told.

The lists say which change keeps the meaning, the model says which one fits. English only; in other languages nothing is
found. Word classes are told by their form and by the word before, without a parser. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.rewriting.fitting import cased, with_article, without
from llada_edit.rewriting.lists import Table, alike, nonwords, table
from llada_edit.rewriting.notation import CLASSES, Wording
from llada_edit.rewriting.words import NUMERALS, Word, word_set
from llada_edit.rewriting.words import words as words_of

_COUNTED = frozenset({"many", "much", "some", "most", "enough", "more", "numerous", "sufficient", "every", "several"})
_DETERMINED = re.compile(r"\b(?:an?|the|this|that|these|those|no|my|your|his|her|its|our|their) $", re.IGNORECASE)
_OPENING = " \"'\u201c\u2018("
_DETERMINERS = CLASSES["@det"] - {"that", "this", "these", "those", "all", "each", "both"} | word_set("several such")
_PREPOSITIONS = word_set("of in on at by for with from into about under over between through during without per")
_MODAL = word_set("to will would can could shall should may might must do does did cannot let help please not n't")
_AUXILIARY = CLASSES["@be"] | CLASSES["@have"] | word_set("get gets got getting i've you've we've they've")
_PRONOUNS = CLASSES["@subj"] | word_set("who")
_THIRD = word_set("he she it who which that this")
_ADVERBS = word_set("not never also always often then now still already just even only ever")
_NO_PLURAL = word_set(
    "this its was has does always perhaps across less news physics mathematics politics series species means thus plus "
    "sometimes besides towards afterwards yes gas lens itself ours yours theirs hers economics indoors outdoors whereas"
)
_NO_GERUND = word_set(
    "thing something nothing everything anything during king bring spring string evening morning ceiling sibling wing "
    "interesting following being existing outstanding"
)
_PLURALS = word_set("people children men women")


@dataclass(frozen=True, slots=True)
class Found:
    """A listed change that applies.

    Attributes:
        edit: the change, in code points of the sentence.
        sure: whether it is right wherever it applies.
        nonword: whether what stands there is no word at all.
        alike: whether one word is taken for another that sounds or looks alike.
    """

    edit: Edit
    sure: bool
    nonword: bool = False
    alike: bool = False


def found(text: str, words: Sequence[Word], use: str) -> Iterator[Found]:
    """Every listed change that applies to some words of a sentence.

    Args:
        text: the sentence.
        words: the words of it that may change, in order.
        use: which part of the lists.
    """
    yield from _found(text, words_of(text, Span(0, len(text))), {word.span for word in words}, table(use))


def applying(text: str, words: Sequence[Word], uses: Iterable[str]) -> frozenset[str]:
    """Those of some uses for which `found` finds anything; the sentence is taken apart once for all."""
    everything, free = words_of(text, Span(0, len(text))), {word.span for word in words}
    return frozenset(use for use in uses if any(True for _ in _found(text, everything, free, table(use))))


def _found(text: str, everything: Sequence[Word], free: Collection[Span], listed: Table) -> Iterator[Found]:
    keys = [*(word.key for word in everything), ""]
    for index, (key, following) in enumerate(pairwise(keys)):
        for wording in listed.near(key, following):
            start = index - wording.anchor
            end = start + len(wording.words)
            if start >= 0 and end <= len(everything) and _applies(text, everything, start, end, wording):
                edit = _edit(text, everything[start:end], wording, free)
                if edit is not None:
                    single = len(wording.words) == 1
                    yield Found(edit, wording.sure, single and key in nonwords(), single and key in alike())


def count(text: str, words: Sequence[Word], use: str) -> int:
    """How many listed changes apply, each place counted once."""
    return len({one.edit.span.start for one in found(text, words, use)})


def stands(previous: Sequence[Word], form: str, noun: bool) -> bool:
    """Whether a verb can stand in this form after these words.

    Args:
        previous: the words before it up to a sign, nearest last.
        form: "base", "infinitive" (base, and only that), "present", "s", "past", "plain past" (not the participle),
            "participle", "perfect" (participle, not the past), "ing".
        noun: whether the word is a noun, too.
    """
    before = next((word.key for word in reversed(previous) if word.key not in _ADVERBS and word.key[-2:] != "ly"), "")
    if before.endswith("n't") and before != "":
        before = "n't"
    if before in _DETERMINERS or before.endswith("'s"):
        return False
    if form == "base":
        return before in _MODAL | _PRONOUNS | {""} if noun else before not in _PREPOSITIONS | _AUXILIARY
    if form == "infinitive":
        return before in _MODAL | {""}
    if form == "present":
        return before not in _MODAL | _PREPOSITIONS | {""}
    if form == "s":
        return before in _THIRD if noun else before not in _PREPOSITIONS | _MODAL
    if form == "past":
        return before not in _AUXILIARY | _MODAL
    if form == "plain past":
        return before in _PRONOUNS
    if form == "participle":
        return before not in _PRONOUNS | _MODAL
    return before in _AUXILIARY if form == "perfect" else True


def _applies(text: str, words: Sequence[Word], start: int, end: int, wording: Wording) -> bool:
    taken = words[start:end]
    if not all(_is(word, asked.split("|")) for word, asked in zip(taken, wording.words, strict=True)):
        return False
    if any(text[a.span.end : b.span.start] != " " for a, b in pairwise(taken)):
        return False
    opens = not text[: taken[0].span.start].strip(_OPENING)
    if (wording.opens and not opens) or (opens and "^" in wording.before):
        return False
    previous = _joined(text, words[:start][-4:], taken[0])
    following = words[end : end + 1] if text[taken[-1].span.end :].startswith(" ") else []
    if (previous and _is(previous[-1], wording.before)) or (following and _is(following[0], wording.after)):
        return False
    return not wording.form or stands(previous, wording.form, wording.noun)


def _joined(text: str, before: Sequence[Word], word: Word) -> list[Word]:
    """Those of the words before that are divided from this one by blanks only."""
    joined: list[Word] = []
    for one in reversed(before):
        if text[one.span.end : word.span.start] != " ":
            break
        joined.insert(0, one)
        word = one
    return joined


def _is(word: Word, asked: Collection[str]) -> bool:
    """Whether a word is one of those that are asked for, by itself or by its class."""
    return word.key in asked or any(one[:1] == "@" and _of_class(word, one) for one in asked)


def _of_class(word: Word, name: str) -> bool:
    key = word.key
    if name == "@num":
        return word.kind == "number" or key in NUMERALS
    if name == "@ing":
        return key.endswith("ing") and len(key) > 4 and key not in _NO_GERUND
    if name == "@plural":
        plain = key.endswith("s") and len(key) > 3 and key[-2:] not in ("ss", "us", "is", "'s") and key.isalpha()
        return (plain and word.kind == "content" and key not in _NO_PLURAL) or key in _PLURALS
    return key in CLASSES[name]


def _edit(text: str, taken: Sequence[Word], wording: Wording, free: Collection[Span]) -> Edit | None:
    """The smallest edit that makes the change; None where a word of it must stay."""
    new = _filled(taken, wording)
    old = list(taken)
    while len(old) > 1 and new and old[0].key == new[0].casefold():
        old, new = old[1:], new[1:]
    while len(old) > 1 and new and old[-1].key == new[-1].casefold():
        old, new = old[:-1], new[:-1]
    span = Span(old[0].span.start, old[-1].span.end)
    shown = span.of(text)
    if any(word.span not in free for word in old) or (shown.isupper() and len(shown) > 1):
        return None
    if not new:
        return without(text, span)
    if new[0] in _COUNTED and _DETERMINED.search(text[: span.start]):
        return None
    apostrophe = "\u2019" if "\u2019" in text else "'"
    return with_article(text, Edit(span, cased(" ".join(new), shown).replace("'", apostrophe)))


def _filled(taken: Sequence[Word], wording: Wording) -> list[str]:
    """The new words, with those of the text where the list has a class or a row of words."""
    left, new = list(zip(wording.words, taken, strict=True)), []
    for asked in wording.instead:
        same = next((pair for pair in left if pair[0] == asked.casefold() and set(asked) & {"@", "|"}), None)
        if same is not None:
            left.remove(same)
        new.append(asked if same is None else same[1].text)
    return new
