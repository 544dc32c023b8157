"""How good the fills of a model are on text that it has not seen: words and phrases cut out and put back."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llada_edit.document import Document, Hole, LengthHint, Span
from llada_edit.editor import Editor
from llada_edit.errors import DocumentError

CONTEXT = 600
"""Characters of context kept on each side of a hole."""
MOST_MISSES = 10_000
"""Draws without a place for a hole after which texts count as too short."""
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Figures:
    """Results over a number of holes.

    Attributes:
        holes: how many were cut out.
        exact: share of fills equal to what was cut out.
        top5: share of words found among the five most probable ones; None for phrases.
        length_error: mean absolute difference in words.
        doubled: share of fills that repeat the word next to the hole.
    """

    holes: int
    exact: float
    top5: float | None
    length_error: float
    doubled: float


def word_figures(editor: Editor, texts: Sequence[str], holes: int, seed: int = 0) -> Figures:
    """Single words: the best fill at automatic length, and the words offered in its place."""
    exact = top5 = doubled = 0
    errors = 0
    for document in _cut(texts, holes, 1, 1, seed):
        truth = document.holes[0].span.of(document.text)
        found = editor.infill(document).holes[0].text
        exact += found == truth
        top5 += truth in [word.text for word in editor.alternatives(document, k=5)]
        doubled += _doubles(document, found)
        errors += abs(len(found.split()) - 1)
    return Figures(holes, exact / holes, top5 / holes, errors / holes, doubled / holes)


def phrase_figures(editor: Editor, texts: Sequence[str], holes: int, known: bool, seed: int = 0) -> Figures:
    """Phrases of 3 to 8 words, at automatic length or with the true number of words given."""
    exact = doubled = errors = 0
    for document in _cut(texts, holes, 3, 8, seed):
        truth = document.holes[0].span.of(document.text)
        words = len(truth.split())
        if known:
            document = Document(
                document.text, (Hole(document.holes[0].span, length=LengthHint("words", words, words)),)
            )
        found = editor.infill(document).holes[0].text
        exact += found == truth
        doubled += _doubles(document, found)
        errors += abs(len(found.split()) - words)
    return Figures(holes, exact / holes, None, errors / holes, doubled / holes)


def _cut(texts: Sequence[str], holes: int, least: int, most: int, seed: int) -> Iterator[Document]:
    """Documents whose only hole covers `least` to `most` whole words inside a paragraph."""
    rng = random.Random(seed)
    made = misses = 0
    while made < holes:
        if misses == MOST_MISSES or not texts:
            raise DocumentError(
                f"{MOST_MISSES} tries found no place for a hole of {least} to {most} words in {len(texts)} texts; "
                f"give texts with paragraphs of at least {most + 20} words"
            )
        misses += 1
        text = rng.choice(texts)
        words = list(_WORD.finditer(text))
        count = rng.randint(least, most)
        if len(words) < count + 20:
            continue
        first = rng.randrange(5, len(words) - count - 5)
        start, end = words[first].start(), words[first + count - 1].end()
        inside = text[start:end]
        if "\n" in inside or len(inside.split()) != count or text[start - 1] != " ":
            continue
        left = max(0, start - CONTEXT)
        made, misses = made + 1, 0
        yield Document(text[left : end + CONTEXT], (Hole(Span(start - left, end - left)),))


def _doubles(document: Document, found: str) -> bool:
    before, after = document.segments
    words = [part.strip(".,;:!?").lower() for part in found.split()]
    left, right = before.split()[-1:], after.split()[:1]
    return bool(words) and ([words[0]] == [w.lower() for w in left] or [words[-1]] == [w.lower() for w in right])
