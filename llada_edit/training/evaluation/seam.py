"""What is wrong where a fill meets its neighbours, as far as words alone can tell. English, pure text.

Where a fill stops short is told by `llada_edit.endings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from llada_edit.endings import bare_words


def doubles(before: str, found: str, after: str) -> bool:
    """Whether a fill repeats the word next to the hole."""
    words, left, right = bare_words(found), bare_words(before)[-1:], bare_words(after)[:1]
    return bool(words) and (words[:1] == left or words[-1:] == right)


def distinct(texts: Sequence[str], n: int) -> float:
    """Distinct n-grams of words over all n-grams of all texts (arXiv 1510.03055); 0 where there is none."""
    grams: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words = bare_words(text)
        grams.update(zip(*(words[i:] for i in range(n)), strict=False))
    return len(grams) / max(1, grams.total())
