"""Words that nothing can end on: what was cut off there is told by its last word. English, pure text.

Knows closed classes of words; does not know grammar: a fill that stops in mid-thought at another word is not found.
"""

from __future__ import annotations

import re

DETERMINERS = frozenset(("a", "an", "the", "my", "your", "his", "its", "our", "their", "this", "every", "no"))
OPEN_ENDED = DETERMINERS | frozenset(
    ("of", "and", "or", "but", "to", "from", "with", "by", "into", "for", "at", "as", "than", "because", "if", "while")
)
HANGING = (OPEN_ENDED - {"this", "his", "no"}) | {
    *("not", "very", "is", "are", "was", "were", "be", "been", "am", "has", "had", "will", "would", "can", "could"),
    *("should", "may", "might", "must", "which", "who", "whose", "when", "where", "between", "during", "without"),
}
"""What the last word of a text or a paragraph is not."""
CLOSING = ".,;:!?)"

_ENDS = re.compile(r"[ \t]*(?:$|\r?\n[ \t]*(?:\r?\n|$))")


def ends_paragraph(right: str) -> bool:
    """Whether nothing follows in the paragraph."""
    return _ENDS.match(right) is not None


def truncated(found: str, after: str) -> bool:
    """Whether a fill stops at a word that asks for another one, and what follows is not that."""
    words = bare_words(found)
    if not words or found.rstrip()[-1:] in CLOSING:
        return False
    following = after.lstrip()
    if not following or following[0] in CLOSING:
        return words[-1] in OPEN_ENDED
    return words[-1] in DETERMINERS and bare_words(following)[:1][0] in OPEN_ENDED


def bare_words(text: str) -> list[str]:
    """The words of a text in lower case, without the signs around them."""
    return [word for part in text.split() if (word := part.strip("\"'“”‘’*_.,;:!?()[]").lower())]
