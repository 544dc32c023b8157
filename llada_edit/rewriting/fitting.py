"""What a change needs around it: a capital, "a" or "an", and no blank or comma that nobody needs.

English only. Which sound a word begins with is told by its letters, with the exceptions that are common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.rewriting.words import Word

_VOWEL = re.compile(
    r"(?!uni(?!n[a-z])|use|usa[gb]|usual|usur|uto|eu|ewe|one\b|ones|once\b|ut[ie]l|uranium|uro|ubiq|ukr)[aeiou]"
    r"|hour|honest|honou?r|heir\b|heirs|heiress|heirloom",
    re.IGNORECASE,
)
_SPELLED = re.compile(r"(?:[AEFHILMNORSX])(?![AEIOU])[A-Z]*(?:s|\b)")
"""Capitals that are read letter by letter, the first of which begins with a vowel: an HTML page, an MP, an XML file."""
_READ = frozenset({"NATO", "NASA", "RAM", "ROM", "LAN", "SIM", "SARS", "FAQ", "FIFA", "HUD", "LED", "SAP", "SAN"})
_OPENING = " \"'\u201c\u2018("
_AFTER_COMMA = re.compile(r",\s*$")


def cased(new: str, old: str) -> str:
    """`new` with a capital where `old` begins with one."""
    return new[:1].upper() + new[1:] if old[:1].isupper() and old not in ("I",) and not old.startswith("I'") else new


def article(following: str) -> str:
    """The article, "a" or "an", as it should stand before these words; empty where their letters do not tell."""
    word = re.match(r"[^\W\d_]+", following)
    if word is None or len(word[0]) < 2:
        return ""
    if word[0].isupper():
        return "an" if word[0] not in _READ and _SPELLED.fullmatch(word[0]) else ""
    return "an" if _VOWEL.match(following) else "a"


def with_article(text: str, edit: Edit) -> Edit:
    """The edit together with the article before it, where "a" and "an" must change places."""
    before = re.search(r"\b(an?) $", text[: edit.span.start], re.IGNORECASE)
    fitting = article((edit.text + text[edit.span.end :]).lstrip()[:24]) if before else ""
    if before is None or fitting in ("", before[1].lower()):
        return edit
    return Edit(Span(before.start(1), edit.span.end), cased(fitting, before[1]) + " " + edit.text)


def articles(text: str, words: Sequence[Word]) -> Iterator[Edit]:
    """Edits of "a" and "an" before a word with the other sound, as far as its letters tell; names are left alone."""
    for word in words:
        following = text[word.span.end + 1 : word.span.end + 25]
        letter = word.text == "A" and text[: word.span.start].strip(_OPENING)  # vitamin A
        if word.key in ("a", "an") and not letter and text[word.span.end : word.span.end + 1] == " ":
            fitting = "" if following[:1].isupper() and not following[1:2].isupper() else article(following)
            if fitting and fitting != word.key:
                yield Edit(word.span, cased(fitting, word.text))


def without(text: str, span: Span) -> Edit | None:
    """The edit that takes words away together with a blank and a comma that nobody needs; None after a negation."""
    before, after = text[: span.start], text[span.end :]
    if re.search(r"(?:\bnot|\bno|\bnever|n['\u2019]t) $", before, re.IGNORECASE):
        return None
    if not before.strip(_OPENING):
        rest = re.match(r",?\s+(\S)", after)
        return None if rest is None else Edit(Span(span.start, span.end + rest.end()), cased(rest[1], span.of(text)))
    comma = _AFTER_COMMA.search(before)
    if comma and before[: comma.start()].casefold().endswith(span.of(text).casefold()):
        return None  # very, very low
    if comma and after.startswith(","):
        return Edit(Span(comma.start(), span.end + 1), "")
    if not before.endswith(" ") or after[:1] == ",":
        return None
    if after.startswith(" "):
        return with_article(text, Edit(Span(span.start, span.end + 1), ""))
    return Edit(Span(span.start - 1, span.end), "")
