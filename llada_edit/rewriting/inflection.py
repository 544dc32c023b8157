"""The forms of English verbs and nouns, as far as the lists of wordings need them.

Regular rules and a table of the irregular verbs that occur in the lists; it is no dictionary: what is regular by its
spelling is inflected by rule. British and American spelling do not differ in what is listed here.
"""

from __future__ import annotations

import re
from functools import cache

from llada_edit.rewriting.words import word_set

FORMS = ("base", "s", "past", "participle", "ing")
BE = (
    ("be", "base"), ("am", "base"), ("are", "base"), ("is", "s"), ("was", "past"), ("were", "past"),
    ("been", "participle"), ("being", "ing"),
)  # fmt: skip
"""The forms of "be", each with the form of another verb that can take its place."""
_IRREGULAR = """
bear bore borne|become became become|begin began begun|break broke broken|bring brought brought|build built built
buy bought bought|catch caught caught|choose chose chosen|come came come|cut cut cut|deal dealt dealt|do did done
draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feel felt felt|find found found
flee fled fled|forbid forbade forbidden|get got got|give gave given|go went gone|grow grew grown|have had had
hear heard heard|hide hid hidden|hit hit hit|hold held held|keep kept kept|know knew known|lay laid laid|lead led led
leave left left|let let let|lie lay lain|lose lost lost|make made made|mean meant meant|meet met met|pay paid paid
put put put|read read read|repay repaid repaid|rise rose risen|run ran run|say said said|see saw seen|seek sought sought
sell sold sold|send sent sent|set set set|shake shook shaken|show showed shown|shut shut shut|speak spoke spoken
spend spent spent|speed sped sped|split split split|spread spread spread|stand stood stood|steal stole stolen
stick stuck stuck|strive strove striven|take took taken|teach taught taught|tell told told|think thought thought
throw threw thrown|understand understood understood|wear wore worn|withdraw withdrew withdrawn|write wrote written
undertake undertook undertaken|undergo underwent undergone
"""
_PARTS = {base: (past, participle) for base, past, participle in
          (entry.split() for entry in _IRREGULAR.replace("\n", "|").split("|") if entry)}  # fmt: skip
_DOUBLED = word_set(
    "ban begin commit compel control cut fit get grab hit let occur omit permit plan prefer put refer regret run set "
    "shut split step stop submit swim transfer drag drop slip"
)
_IRREGULAR_PLURALS = {"child": "children", "person": "people", "man": "men", "woman": "women", "life": "lives"}


@cache
def verb_forms(verb: str) -> tuple[str, ...]:
    """The base form, the one with -s, the past, the participle and the one with -ing, in the order of `FORMS`."""
    past = participle = _with_ed(verb)
    if verb in _PARTS:
        past, participle = _PARTS[verb]
    third = {"have": "has", "do": "does", "go": "goes", "undergo": "undergoes"}.get(verb) or _with_s(verb)
    return verb, third, past, participle, _with_ing(verb)


@cache
def plural(noun: str) -> str:
    """The plural of a noun; of several words, that of the last one."""
    first, _, last = noun.rpartition(" ")
    return f"{first} {_IRREGULAR_PLURALS.get(last) or _with_s(last)}".strip()


def _with_s(word: str) -> str:
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if re.search(r"(?:s|x|z|ch|sh)$", word) else "s")


def _with_ed(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ed"


def _with_ing(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ing"
