"""Turns of a whole sentence that keep its meaning: a clause that changes its place, and a few words that fall away.

Told by patterns, without a parser: a turn is proposed only where the borders of the clauses are beyond doubt, and where
no pronoun comes to stand before what it means. Nothing inside a clause changes. English only; knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.rewriting.words import word_set

Turn = tuple[Edit, ...]
"""Edits that belong together, in order."""

_SUBJECT = r"(?:you|we|I|the|a|an|this|these|your|our|my|each|every|there|all|no|some|most|many)\b"
_OTHERS = word_set(
    "he she it they him her them his its their this that these those himself herself itself themselves one"
)
"""What may mean something in the other clause."""
_DOUBTFUL = word_set(
    "that which who whom whose whether if when because although unless while as than and or but so then"
)
"""Words after which it is doubtful what a clause at the end belongs to."""
_SPEECH = re.compile(
    r"\b(?:say|sai|thin[gk]|thought|believe|know|hope|ask|told|tell|want|decid|plan|expect|claim)", re.I
)
_LED_BY = word_set(
    "only even as just except especially particularly not and or but exactly ever than that know knows knew ask asks "
    "asked asking see sees saw seeing check checks checked checking wonder wonders wondered determine determines tell "
    "determining determined tells told telling decide decides decided deciding say says said saying test tests tested "
    "testing verify verifies detect detects sure clear remember matter matters learn figure time times case cases is "
    "was are were be day moment point example situation of on about at until since like whether what how identify "
    "control specify"
)
"""Words that a clause with "if" or "when" belongs to, so that it cannot go to the front."""
_NO_VERB = word_set("my your his her its our their the a an this that these those me us him them you all date")
"""Words before which "to" is no purpose."""


def turned(text: str, use: str) -> Iterator[Turn]:
    """The turns of a sentence for one use: `paraphrase`, `plain`, `simplify`, `shorten`."""
    for uses, find in _TURNS:
        if use in uses:
            yield from find(text)


def _to_the_end(text: str) -> Iterator[Turn]:
    """From "If A, B." comes "B if A."."""
    found = _FRONT.fullmatch(text)
    if found is None:
        return
    opener, clause, rest = found["opener"].casefold(), found["clause"], found["rest"]
    words, inner = _keys(rest), _keys(clause)
    if len(words) > 14 or len(inner) > 14 or set(words) & (_OTHERS | _DOUBTFUL) or _is_torn(clause, rest):
        return
    purpose = opener in ("to", "in order to", "by")
    if (purpose and (inner[0] in _NO_VERB or len(words) < 4)) or (not purpose and set(inner) & _OTHERS):
        return
    if (purpose or opener in ("before", "after", "until")) and (set(words) & {"to", "not"} or _SPEECH.search(rest)):
        return
    comma = "," if opener == "although" else ""
    start, end = found.start("rest"), found.end("rest")
    capital = text[start : start + 1].upper()
    moved = f"{comma} {opener} {clause}"
    yield Edit(Span(found.start("opener"), start + 1), capital), Edit(Span(end, end), moved)


def _to_the_front(text: str) -> Iterator[Turn]:
    """From "B if A." comes "If A, B."."""
    found = _BACK.fullmatch(text)
    if found is None:
        return
    main, opener, clause = found["main"], found["opener"], found["clause"]
    words, inner = _keys(main), _keys(clause)
    last = main.rstrip(",").split()[-1].casefold()
    if set(words + inner) & (_DOUBTFUL | _OTHERS) or last in _LED_BY or not 3 <= len(words) <= 14:
        return
    if _is_torn(main, clause):
        return
    if _SPEECH.search(main) or (opener == "because" and re.search(r"\b(?:not|no|never)\b|n['\u2019]t\b", main)):
        return
    first = main[:1] if main.startswith(("I ", "I'", "I\u2019")) else main[:1].lower()
    start, end = found.start("main"), found.end("clause")
    lead = f"{opener.capitalize()} {clause}, {first}"
    yield Edit(Span(start, start + 1), lead), Edit(Span(found.end("main"), end), "")


def _however(text: str) -> Iterator[Turn]:
    """From "The plan, however, failed." comes "However, the plan failed."."""
    found = _HOWEVER.match(text)
    if found is not None:
        start, word = found.start("lead"), found["word"]
        first = text[start] if found["lead"].startswith("I ") else text[start].lower()
        yield Edit(Span(start, start + 1), f"{word.capitalize()}, {first}"), Edit(Span(*found.span("between")), " ")


def _there_are(text: str) -> Iterator[Turn]:
    """From "There are many people who say so." comes "Many people say so."."""
    found = _THERE.match(text)
    if found is not None:
        what = found["what"]
        yield (
            Edit(Span(found.start("there"), found.start("what") + 1), what[0].upper()),
            Edit(Span(found.end("what"), found.end("who")), ""),
        )


def _which_is(text: str) -> Iterator[Turn]:
    """Without "which is": "Paris, the capital of France, …"."""
    for found in _WHICH.finditer(text):
        yield (Edit(Span(*found.span("which")), ""),)


def _owner(text: str) -> Iterator[Turn]:
    """From "the name of the user" comes "the user's name"."""
    for found in _OWNER.finditer(text):
        apostrophe = "\u2019" if "\u2019" in text else "'"
        new = f"{found['owner']}{apostrophe}s {found['thing']}"
        yield (Edit(Span(found.start("thing"), found.end("owner")), new),)


def _plain_link(text: str) -> Iterator[Turn]:
    """From "However, it failed." comes "But it failed."."""
    found = _LINK.match(text)
    if found is not None:
        yield (Edit(Span(*found.span("link")), "But" if found["link"] in ("However,", "Nevertheless,") else "So"),)


def _keys(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _is_torn(*parts: str) -> bool:
    """Whether a sign that comes in pairs has its other half in another part."""
    return any(part.count(sign) % 2 for part in parts for sign in "`*$")


def _row(words: str) -> str:
    return "(?:" + "|".join(words.split()) + r")\b"


_PLAIN = r"[^,;:()\[\]\"\u201c\u201d\u2014\u2013\n?!]"
"""Any sign but those that divide clauses."""
_OPENER = "If|When|Because|Although|Unless|Before|After|Until|To|In order to|By(?= [a-z]+ing )"
_FRONT = re.compile(
    rf"(?P<opener>{_OPENER}) (?P<clause>{_PLAIN}{{4,90}}), (?P<rest>{_SUBJECT}{_PLAIN}{{4,120}}[^\s.])\."
)
_BACK = re.compile(
    rf"(?P<main>(?i:{_SUBJECT}){_PLAIN}{{4,120}}?),? (?P<opener>if|when|because|although|unless) "
    rf"(?P<clause>{_row('you we I the a an your our there')}{_PLAIN}{{4,90}}[^\s.])\."
)
_HOWEVER = re.compile(
    rf"(?P<lead>(?i:{_SUBJECT}|{_row('he she it they')}){_PLAIN}{{0,60}}?)"
    r"(?P<between>, (?P<word>however|therefore|consequently), )"
    rf"(?=(?!{_row('for and but or so yet as because since when if which who that though although while')})[a-z])"
)
_THERE = re.compile(
    r"(?P<there>There (?:are|were) )"
    r"(?P<what>(?:many|some|several|numerous|various|a few) (?:[a-z]+ )?(?:[a-z]{3,}s|people|children))"
    r"(?P<who> (?:that|who|which))"
    rf"(?= (?!{_row('you we i he she it they the a an your our this these people users')})[a-z])"
)
_WHICH = re.compile(
    r"(?<=[a-z]), (?P<which>(?:which|who) (?:is|are|was|were) )"
    rf"(?=(?:the (?!{_row('reason case point same opposite way first only worst best')})|one of (?:the|our) )[a-z])"
    r"(?!.*\?)"
)
_LINK = re.compile(r"(?P<link>(?:However|Nevertheless|Therefore|Thus|Consequently|Hence),)(?= \w)")
_THING = _row(
    "name age address opinion role job house wishes needs rights responsibility duty choice password health future "
    "interests attention voice decision"
)
_OWNER_NAME = _row(
    "user author reader writer customer student teacher child king queen president patient owner manager speaker "
    "player worker employee client company committee government farmer driver applicant"
)
_OWNER = re.compile(
    rf"(?<=\bthe )(?P<thing>{_THING}) of the (?P<owner>{_OWNER_NAME})"
    r"(?=[.,;]| (?:is|was|has|had|will|can|must|should|in|at)\b)"
)
_TURNS: tuple[tuple[frozenset[str], Callable[[str], Iterator[Turn]]], ...] = (
    (word_set("paraphrase"), _to_the_end),
    (word_set("paraphrase"), _to_the_front),
    (word_set("paraphrase"), _however),
    (word_set("plain simplify shorten"), _plain_link),
    (word_set("paraphrase plain simplify shorten"), _there_are),
    (word_set("paraphrase plain shorten"), _which_is),
    (word_set("paraphrase plain shorten"), _owner),
)
