"""Which uses of the lists and turns may find something in a text: what can be said quickly, without a model.

Markup, keep-lists, quotations and the names of a document are not looked at: something may be found here that is then
left alone, but nothing is missed. English only, as the lists.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import islice

from llada_edit.holes import Span
from llada_edit.rewriting import turns, wordings
from llada_edit.rewriting.lists import table
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.words import sentences, words

USES = frozenset(use for operation in OPERATIONS.values() if not operation.repairs for use in operation.uses)
"""Repairs look at the whole text with the model, so they are always possible."""
MOST = 40
"""Sentences that are looked at; in a longer text everything counts as possible."""


@lru_cache(maxsize=8)
def uses(text: str, span: Span) -> frozenset[str]:
    """The uses (`plain`, `shorten`, …) for which a span of a text has a wording or a turn."""
    found = frozenset[str]()
    for number, place in enumerate(islice(sentences(text, span), MOST + 1)):
        if number == MOST or found == USES:
            return USES
        start, end = max(place.start, span.start) - place.start, min(place.end, span.end) - place.start
        found |= _of_sentence(place.of(text), Span(start, end))
    return found


@lru_cache(maxsize=256)
def _of_sentence(sentence: str, free: Span) -> frozenset[str]:
    """The uses for which the free part of a sentence has something."""
    own = [word for word in words(sentence, Span(0, len(sentence)), free) if word.kind not in ("name", "number")]
    listed = wordings.applying(sentence, own, USES)
    return listed | {use for use in USES - listed if _turns(sentence, free, use)}


def _turns(sentence: str, free: Span, use: str) -> bool:
    inside = (
        all(free.start <= edit.span.start and edit.span.end <= free.end for edit in turn)
        for turn in turns.turned(sentence, use)
    )
    return any(inside)


@cache
def prepare() -> None:
    """Read and expand these lists now (a fifth of a second), so that no text waits for it."""
    for use in USES:
        table(use).expand()
