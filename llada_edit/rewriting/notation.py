"""How a line of the lists of wordings is written (`lists/*.tsv`), and what it stands for.

A line is what may stand in a text, a tab, and what may stand there instead, under the names of the operations that use
it: `[plain shorten]`; `both` among them means in either direction, `sure` that the model need not agree, `nonword` that
what may stand in a text is a single word that does not exist, `alike` that one word is taken for another by its sound
or look. Alternatives are divided by ``; ``, inflections in the same order on both sides by ``/``, and what all of these
have by `` ... ``. A word with ``*`` is a verb in all its forms, one with ``^`` a verb whose base form is a noun, too,
one with ``+`` a noun in singular and plural. ``a|b`` is any of these words, ``@det`` any word of a class; on the right
the same again is the word that was found. ``!a|b`` at the start or the end is a word that must not stand there, and
``^`` alone the start of the sentence. Knows no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from llada_edit.rewriting.inflection import BE, FORMS, plural, verb_forms
from llada_edit.rewriting.words import word_set

CLASSES = {
    "@det": word_set("a an the this that these those my your his her its our their some any all each every both no"),
    "@subj": word_set("i you he she it we they"),
    "@obj": word_set("me you him her it us them"),
    "@be": word_set("am is are was were be been being"),
    "@have": word_set("has have had having"),
}
"""Classes of words; ``@ing``, ``@plural`` and ``@num`` are found by their form, see `wordings`."""
PARTICLES = word_set("away back down off out over up")
"""A pronoun stands before them: they give *it* up."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One change.

    Attributes:
        words: each a word in lower case, several divided by ``|``, or a class.
        instead: what may stand there instead, in the same notation.
        form: which form of a verb it is (see `wordings.stands`); empty where it is none, or where that does not matter.
        noun: whether the verb is a noun, too.
        before: what must not stand before: words and classes; ``^`` is the start of the sentence.
        after: what must not stand after.
        opens: whether it must stand at the start of the sentence.
        sure: whether the change is right wherever it applies; the model need not agree.
    """

    words: tuple[str, ...]
    instead: tuple[str, ...]
    form: str = ""
    noun: bool = False
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    opens: bool = False
    sure: bool = False

    @property
    def anchor(self) -> int:
        """Which of the words it is looked up by: the first one that is no class."""
        return next(i for i, word in enumerate(self.words) if word[0] != "@")


def keys(side: str) -> set[str]:
    """The words by which a side is looked up, in all their forms."""
    found: set[str] = set()
    for inflected in _inflections(side):
        anchor = next(word for word in inflected.split() if word[0] not in "!@" and word != "^")
        for word in anchor.casefold().split("|"):
            if word[-1] in "*^":
                found.update(_all_forms(word[:-1]))
            else:
                found.update((word[:-1], plural(word[:-1])) if word[-1] == "+" else (word,))
    return found


def turned(sides: tuple[str, str]) -> tuple[str, str]:
    """The other direction; what stands at the start of a sentence stands there in both."""
    old, new = sides
    return (f"^ {new}", old) if old.startswith("^ ") else (new, old)


def _inflections(side: str) -> list[str]:
    """The side with each of the inflections that are divided by ``/``; what ``...`` divides from them is in all."""
    parts = side.split(" ... ")
    chosen = next((i for i, part in enumerate(parts) if "/" in part), 0)
    return [" ".join([*parts[:chosen], one, *parts[chosen + 1 :]]) for one in parts[chosen].split("/")]


@cache
def expanded(old: str, new: str, sure: bool) -> dict[str, list[Wording]]:
    """All inflections of a pair, by the words they are looked up by; as many are remembered as the lists have pairs."""
    found: dict[str, list[Wording]] = {}
    for wording in _all_of(old, new, sure):
        for word in wording.words[wording.anchor].split("|"):
            found.setdefault(word, []).append(wording)
    return found


def _all_of(old: str, new: str, sure: bool) -> Iterator[Wording]:
    for a, b in zip(_inflections(old), _inflections(new), strict=True):
        left, right = a.split(), b.split()
        # What both sides have alike changes its form together; it is looked up as a row of words.
        for i, word in enumerate(left):
            if "*|" in word and word in right:
                row = "|".join(dict.fromkeys(form for verb in word.split("|") for form in _all_forms(verb.strip("*"))))
                left[i], right[right.index(word)] = row, row
        for choice in product(*(word.split("|") if "*|" in word else (word,) for word in left)):
            yield from _inflected(list(choice), right, sure)


def _inflected(left: list[str], right: list[str], sure: bool) -> Iterator[Wording]:
    marked = next((word for word in left if _is_verb(word)), None)
    if marked is not None:
        yield from _conjugated(left, right, marked, sure)
    elif any(word.endswith("+") for word in left):
        yield _wording([word.rstrip("+") for word in left], [word.rstrip("+") for word in right], sure)
        yield _wording(_in_plural(left), _in_plural(right), sure)
    else:
        yield _wording(left, right, sure)


def _conjugated(left: list[str], right: list[str], marked: str, sure: bool) -> Iterator[Wording]:
    verb, other = marked[:-1], next((word[:-1] for word in right if _is_verb(word)), "")
    own = BE if verb == "be" else tuple(zip(verb_forms(verb), FORMS, strict=True))
    for text, form in own:
        old = [text if word == marked else word for word in left]
        for instead, told in _counterparts(text, form, verb, other):
            new = [instead if _is_verb(word) else word for word in right]
            yield _wording(old, new, sure, told, marked[-1] == "^")


def _counterparts(text: str, form: str, verb: str, other: str) -> Iterator[tuple[str, str]]:
    """The form of the other verb that can take the place of this one, and which form this one must be."""
    if verb == "be":
        found = text if other == "be" else dict(zip(FORMS, verb_forms(other), strict=True))[form] if other else ""
        yield found, ""
    elif other == "be":
        if form == "base":
            yield "be", "infinitive"
            yield "are", "present"
        else:
            for found, its in BE:
                if its == form:
                    yield found, form
    else:
        found = dict(zip(FORMS, verb_forms(other), strict=True))[form] if other else ""
        yield found, _told(form, verb_forms(verb))


def _told(form: str, forms: tuple[str, ...]) -> str:
    """The form, or a stricter name of it where the verb looks the same in another tense ("put", "come")."""
    base, _, past, participle, _ = forms
    if base not in (past, participle):
        return form
    return {"base": "infinitive", "past": "plain past", "participle": "perfect"}.get(form, form)


def _wording(left: list[str], right: list[str], sure: bool, form: str = "", noun: bool = False) -> Wording:
    before = after = frozenset[str]()
    opens = False
    if left[0] == "^":
        left, opens = left[1:], True
    elif left[0][0] == "!":
        before, left = frozenset(left[0][1:].split("|")), left[1:]
    if left[-1][0] == "!":
        after, left = frozenset(left[-1][1:].split("|")), left[:-1]
    right = [word for word in right if word[0] != "!" and word != "^"]  # of a line for both directions
    if right and right[-1] in PARTICLES and left[-1].casefold() not in PARTICLES:
        after |= {"@obj"}
    return Wording(tuple(word.casefold() for word in left), tuple(right), form, noun, before, after, opens, sure)


def _is_verb(word: str) -> bool:
    return len(word) > 1 and word[-1] in "*^" and "|" not in word and word[0] != "!"


def _all_forms(verb: str) -> tuple[str, ...]:
    return tuple(text for text, _ in BE) if verb == "be" else verb_forms(verb)


def _in_plural(side: list[str]) -> list[str]:
    return [plural(word[:-1]) if word.endswith("+") else word for word in side]
