"""Words, phrases and sentences cut out of texts, to be put back. Pure text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llada_edit.document import Document
from llada_edit.errors import DocumentError
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.training.texts import Text

CONTEXT = 600
"""Characters of context kept on each side of a hole."""
KINDS = ("word", "phrase", "sentence")
FITTED = {"word": 2, "pair": 1, "phrase": 1, "sentence": 1, "start": 1, "end": 1}
"""Kinds that lengths are fitted on, and how often: inside a sentence, a hole is as often one word as it is more.

"pair" is two words, "start" and "end" are those of a sentence, cut off at a word.
"""
TRIES = 2000
_COUNTS = {"word": (1, 1), "pair": (2, 2), "phrase": (3, 8)}
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = re.compile(r"(?<=[.!?] )[A-Z][^.!?\n]{15,220}[.!?](?= [A-Z])")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text with one hole.

    Attributes:
        document: the text around and in the hole.
        kind: "word", "phrase" (3 to 8 words) or "sentence".
        origin: kind of the text it comes from.
        source: where that text comes from; see `collection`.
    """

    document: Document
    kind: str
    origin: str
    source: str = ""

    @property
    def truth(self) -> str:
        """What stood in the hole."""
        return self.document.holes[0].span.of(self.document.text)

    def with_tokens(self, count: int) -> Document:
        """The same hole with its length in tokens given."""
        hint = LengthHint("tokens", count, count)
        return Document(self.document.text, (Hole(self.document.holes[0].span, length=hint),))


def collection(source: str) -> str:
    """What texts of one origin share: the repository of ``owner/name:path``, the folder and name of a file."""
    head = source.partition(":")[0] or source
    return "/".join(Path(head).parts[-2:])


def cuts(texts: Sequence[Text], kind: str, count: int, seed: int) -> Iterator[Cut]:
    """`count` holes of one kind in random places of random texts, no place twice.

    Raises:
        DocumentError: the texts have too few places for such holes.
    """
    rng, seen = random.Random(f"{kind} {seed}"), set[tuple[int, int]]()
    tries = 0
    while len(seen) < count:
        tries += 1
        if tries > TRIES + 50 * count:
            raise DocumentError(f"the texts have only {len(seen)} places for a {kind}; give more, or ask for fewer")
        index = rng.randrange(len(texts))
        text = texts[index].text
        span = _words(text, rng, *_COUNTS[kind]) if kind in _COUNTS else _sentence(text, rng, kind)
        if span is None or (index, span.start) in seen:
            continue
        seen.add((index, span.start))
        left = max(0, span.start - CONTEXT)
        hole = Hole(Span(span.start - left, span.end - left))
        document = Document(text[left : span.end + CONTEXT], (hole,))
        yield Cut(document, kind, texts[index].kind, collection(texts[index].source))


def _words(text: str, rng: random.Random, least: int, most: int) -> Span | None:
    """Whole words in a row inside a paragraph, with some text around them."""
    words = list(_WORD.finditer(text))
    count = rng.randint(least, most)
    if len(words) < count + 20:
        return None
    first = rng.randrange(5, len(words) - count - 5)
    start, end = words[first].start(), words[first + count - 1].end()
    inside = text[start:end]
    fits = "\n" not in inside and len(inside.split()) == count and text[start - 1] == " "
    return Span(start, end) if fits else None


def _sentence(text: str, rng: random.Random, kind: str) -> Span | None:
    """A sentence between two others of the same paragraph, or only its "start" or "end"."""
    found = [match for match in _SENTENCE.finditer(text) if 4 <= len(match[0].split()) <= 30]
    if not found:
        return None
    start, end = (match := rng.choice(found)).span()
    if kind == "sentence":
        return Span(start, end)
    border = start + rng.choice([place for place, sign in enumerate(match[0]) if sign == " "])
    return Span(start, border) if kind == "start" else Span(border + 1, end)
