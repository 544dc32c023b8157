"""What is wrong where a fill meets its neighbours, as far as words alone can tell. English, pure text.

Knows closed classes of words; does not know grammar: "truncated" finds fills that stop at a word that never ends a
phrase, not those that stop in mid-thought.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

_DETERMINERS = frozenset(("a", "an", "the", "my", "your", "his", "its", "our", "their", "this", "every", "no"))
_OPEN_ENDED = _DETERMINERS | frozenset(
    ("of", "and", "or", "but", "to", "from", "with", "by", "into", "for", "at", "as", "than", "because", "if", "while")
)
_CLOSING = ".,;:!?)"


def doubles(before: str, found: str, after: str) -> bool:
    """Whether a fill repeats the word next to the hole."""
    words, left, right = _words(found), _words(before)[-1:], _words(after)[:1]
    return bool(words) and (words[:1] == left or words[-1:] == right)


def truncated(found: str, after: str) -> bool:
    """Whether a fill stops at a word that asks for another one, and what follows is not that."""
    words = _words(found)
    if not words or found.rstrip()[-1:] in _CLOSING:
        return False
    following = after.lstrip()
    if not following or following[0] in _CLOSING:
        return words[-1] in _OPEN_ENDED
    return words[-1] in _DETERMINERS and _words(following)[:1][0] in _OPEN_ENDED


def distinct(texts: Sequence[str], n: int) -> float:
    """Distinct n-grams of words over all n-grams of all texts (arXiv 1510.03055); 0 where there is none."""
    grams: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = _words(text)
        grams.update(zip(*(words[i:] for i in range(n)), strict=False))
    return len(grams) / max(1, grams.total())


def _words(text: str) -> list[str]:
    return [word for part in text.split() if (word := part.strip("\"'“”‘’*_.,;:!?()[]").lower())]
