"""Sentences and words of a text, and what kind of word each one is.

Knows English function words and negations; in other languages every word that is no number and no name is content, and
in scripts without spaces every sign is a word. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal

import sentencex

from llada_edit.holes import Span

Kind = Literal["content", "function", "negation", "number", "name"]

SIGN = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_WORD = re.compile(rf"{SIGN}|(?:(?!{SIGN})[^\W_])+(?:['\u2019\-\u2010](?:(?!{SIGN})[^\W_])+)*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")
_BREAK = re.compile(r"\r?\n[ \t]*\r?\n\s*")
_OPENING = " \"'\u201c\u2018(\u00ab*_#>-\u2013\u2014"
LONGEST = 90
"""Words that are rewritten together at most; a longer sentence is taken in parts."""


def word_set(listed: str) -> frozenset[str]:
    """The words of a string."""
    return frozenset(listed.split())


NEGATIONS = word_set(
    "not no never none nobody nothing neither nor without cannot nowhere hardly noone dont doesnt didnt isnt arent "
    "wasnt werent havent hasnt hadnt couldnt shouldnt wouldnt wouldent"
)
"""With those of them that are often written wrongly."""
NUMERALS = word_set(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half"
)
FUNCTION = word_set(
    "a about above after again against all almost also although am among an and another any are around as at be "
    "because been before being below between both but by can could did do does doing down during each either else "
    "enough even  ever every few for from further had has have having he her here hers herself him himself his "
    "how however i if in  into is it its itself just may me might mine more most much must my myself of off on "
    "once only onto or other our  ours out over own perhaps quite rather really said shall she should since so "
    "some such than that the their theirs  them themselves then there these they this those though through till "
    "to too toward towards under until up upon us  very was we were what when where whether which while who whom "
    "whose why will with within would yet you your yours  yourself"
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        span: in code points.
        text: as written.
        kind: what it is, for meaning and for keep-lists.
    """

    span: Span
    text: str
    kind: Kind

    @property
    def key(self) -> str:
        """The word without case and with a plain apostrophe."""
        return self.text.casefold().replace("\u2019", "'")


def words(text: str, sentence: Span, within: Span | None = None) -> list[Word]:
    """The words of a sentence that lie wholly inside `within`, in order.

    Args:
        text: any string.
        sentence: where the sentence stands; a capital at its start says nothing.
        within: part of the sentence; None for all of it.
    """
    found = []
    part = within or sentence
    for match in _WORD.finditer(text, part.start, part.end):
        here = Span(*match.span())
        if not _is_cut(text, here):
            opens = not text[sentence.start : here.start].rpartition(":")[2].strip(_OPENING)
            found.append(Word(here, match[0], kind_of(match[0], opens)))
    return found


def kind_of(word: str, opens: bool = False) -> Kind:
    """What kind of word this is; `opens`: it stands at the start of a sentence, where a capital says nothing."""
    key = word.casefold().replace("\u2019", "'")
    if any(c.isnumeric() and not re.match(SIGN, c) for c in word):
        return "number"
    if key in NEGATIONS or key.endswith("n't"):
        return "negation"
    stem = key.split("'")[0]
    if stem in FUNCTION:
        return "function"
    if any(c.isupper() for c in word[1:]) or (word[:1].isupper() and not opens):
        return "name"
    return "content"


def sentences(text: str, span: Span | None = None) -> Iterator[Span]:
    """Spans of the sentences of a text that touch a span, in order and apart, without white space around them."""
    within = span or Span(0, len(text))
    start = _paragraph_start(text, within.start)
    while start < within.end:
        broken = _BREAK.search(text, start)
        end = broken.start() if broken else len(text)
        for sentence in _split(text, Span(start, end)):
            if sentence.start < within.end and within.start < sentence.end:
                yield sentence
        start = broken.end() if broken else len(text)


def _split(text: str, paragraph: Span) -> Iterator[Span]:
    at = paragraph.start
    for piece in _pieces(paragraph.of(text)):
        start = at + len(piece) - len(piece.lstrip())
        end = max(start, at + len(piece.rstrip()))
        at += len(piece)
        if start < end:
            yield from _shortened(text, Span(start, end))


def _pieces(text: str) -> list[str]:
    """The sentences of a paragraph as they stand; the whole of it where the splitter loses something."""
    # The splitter counts blanks that are no ASCII as one byte and panics.
    shown = _WIDE_BLANK.sub(" ", visible(text))
    pieces: list[str] = sentencex.segment("en", shown)
    if "".join(pieces) != shown:
        return [text]
    borders = [0, *accumulate(map(len, pieces))]
    return [text[start:end] for start, end in pairwise(borders)]


def visible(text: str) -> str:
    """The text with lone surrogates, which libraries refuse, as U+FFFD; as many code points."""
    return _SURROGATE.sub("\ufffd", text)


def _shortened(text: str, sentence: Span) -> Iterator[Span]:
    inside = [match.start() for match in _WORD.finditer(text, sentence.start, sentence.end)]
    start = sentence.start
    for place in inside[LONGEST::LONGEST]:
        end = start + len(text[start:place].rstrip())
        yield Span(start, end)
        start = place
    yield Span(start, sentence.end)


def _paragraph_start(text: str, at: int) -> int:
    start = 0
    for broken in _BREAK.finditer(text, max(0, at - 20_000), at):
        start = broken.end() if broken.end() <= at else start
    return start or max(0, at - 20_000)


def _is_cut(text: str, span: Span) -> bool:
    """Whether the word goes on outside the span that was searched."""
    whole = _WORD.match(text, span.start)
    return (whole is not None and whole.end() != span.end) or (
        span.start > 0
        and text[span.start - 1].isalnum()
        and not re.match(SIGN, text[span.start - 1])
        and not re.match(SIGN, text[span.start])
    )
