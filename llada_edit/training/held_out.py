"""Which text is held out where a recipe names no files for that. Knows texts; does not know tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

TENTH = 10
"""One part in so many is held out."""
LONG = 20_000
"""Characters from which a document is cut, so that a part of one long book can be held out."""
MARKS = ("\n\n", "\n", ". ", " ")
"""Where a part is cut in two, the best first."""

Reading = Callable[[], Iterable[str]]


def divided(texts: Reading, held_out: bool) -> Iterator[str]:
    """Every tenth part of some texts, or all others; where that is too little, the end of every part, or the rest.

    Args:
        texts: gives the documents anew with every call; long ones are cut at paragraph borders.
        held_out: which side is wanted. The other one has the rest, and neither has empty texts.
    """
    sizes = [len(part) for part in _parts(texts())]
    # Half of what it should be: documents are never of one size.
    whole = 2 * TENTH * sum(sizes[TENTH - 1 :: TENTH]) >= sum(sizes)
    for number, part in enumerate(_parts(texts())):
        if not whole:
            border = _border(part)
            piece = part[border:] if held_out else part[:border]
        else:
            piece = part if (number % TENTH == TENTH - 1) == held_out else ""
        if piece.strip():
            yield piece


def _parts(texts: Iterable[str]) -> Iterator[str]:
    return (part for text in texts for part in _cut(text) if part.strip())


def _cut(text: str) -> Iterator[str]:
    start = 0
    for border in re.finditer(r"\n\s*\n", text):
        if border.end() - start >= LONG:
            yield text[start : border.start()]
            start = border.end()
    yield text[start:]


def _border(part: str) -> int:
    """Where the last tenth begins, or a little before, where a paragraph, a line, a sentence or a word does."""
    aim, room = len(part) * (TENTH - 1) // TENTH, len(part) // TENTH
    for mark in MARKS:
        found = part.rfind(mark, aim - room, aim)
        if found >= 0:
            return found + len(mark)
    return aim
