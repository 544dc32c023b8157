"""What changed between two texts, as small edits on whole words and signs.

Pure text. Knows what a reader sees as one sign. Knows nothing of documents, nor why a text changed.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from llada_edit.edits import Edit
from llada_edit.holes import Span

# Scripts written without spaces are compared sign by sign: a run of them would be a whole sentence.
_SIGN = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_PIECE = re.compile(rf"{_SIGN}|(?:(?!{_SIGN})\w)+|\s+|{_FLAG}|.", re.DOTALL)
_SMALL = 250_000  # pairs of pieces that difflib compares in an instant; it slows down with their square
_DEEPEST = 50
_JOINERS = "\u00ad\u200c\u200d\u2060"  # soft hyphen, zero-width non-joiner and joiner, word joiner

Window = tuple[int, int, int, int]
"""A stretch of pieces in the old and one in the new text: start, end, start, end."""


def word_diff(before: str, after: str) -> tuple[Edit, ...]:
    """Small edits on whole words and signs.

    ``apply(before, word_diff(before, after)) == after``. Longest common runs (Ratcliff and Obershelp 1988), in long
    texts between runs of words that stand equally often in both (after patience diff, Cohen 2003): few and short edits,
    not always the fewest. Changed neighbours with nothing but white space between them are one edit. No edit begins or
    ends inside a word, a letter with its marks, an emoji or a CRLF.
    """
    old, new = _pieces(before), _pieces(after)
    old_at = list(accumulate(map(len, old), initial=0))
    new_at = list(accumulate(map(len, new), initial=0))
    return tuple(
        Edit(Span(old_at[i], old_at[j]), after[new_at[k] : new_at[m]])
        for i, j, k, m in _changes(old, new, (0, len(old), 0, len(new)))
    )


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        if pieces and _belong_together(pieces[-1][-1], piece[0]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _belong_together(left: str, right: str) -> bool:
    """True for what the pattern parts and the reader does not: marks, joined words and emoji, skin tones, flags."""
    if left in _JOINERS or right in _JOINERS or _is_mark(right) or _is_modifier(right):
        return True
    return _is_mark(left) and right.isalnum()


def _is_modifier(char: str) -> bool:
    """Skin tones, and the tags that spell the flag of a region."""
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _changes(old: Sequence[str], new: Sequence[str], window: Window, depth: int = 0) -> Iterator[Window]:
    """Windows that differ, from left to right, with something equal between any two of them."""
    i, j, k, m = window
    while i < j and k < m and old[i] == new[k]:
        i, k = i + 1, k + 1
    while i < j and k < m and old[j - 1] == new[m - 1]:
        j, m = j - 1, m - 1
    if (j - i) * (m - k) <= _SMALL:
        matcher = difflib.SequenceMatcher(str.isspace, old[i:j], new[k:m], autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind != "equal":
                yield i + a, i + b, k + c, k + d
        return
    anchors = _anchors(old, new, (i, j, k, m), 5) or _anchors(old, new, (i, j, k, m), 1)
    if not anchors or depth == _DEEPEST:
        yield i, j, k, m
        return
    for a, c in [*anchors, (j, m)]:
        yield from _changes(old, new, (i, a, k, c), depth + 1)
        i, k = a + 1, c + 1


def _anchors(old: Sequence[str], new: Sequence[str], window: Window, size: int) -> list[tuple[int, int]]:
    """Places of runs of `size` pieces that occur equally often in both windows: the longest chain rising in both."""
    i, j, k, m = window
    there = _runs(new, k, m, size)
    pairs: list[tuple[int, int]] = []
    for run, places in _runs(old, i, j, size).items():
        if len(there.get(run, ())) == len(places):
            pairs += zip(places, there[run], strict=True)
    pairs.sort()
    # Patience sorting: the top of each pile is the least end of a chain of that length.
    tops: list[int] = []
    piles: list[int] = []
    for _, place in pairs:
        pile = bisect_left(tops, place)
        tops[pile : pile + 1] = [place]
        piles.append(pile)
    chain: list[tuple[int, int]] = []
    wanted = len(tops) - 1
    for pair, pile in zip(reversed(pairs), reversed(piles), strict=True):
        if pile == wanted:
            chain.append(pair)
            wanted -= 1
    return chain[::-1]


def _runs(pieces: Sequence[str], start: int, end: int, size: int) -> dict[tuple[str, ...], list[int]]:
    """Runs of `size` pieces and where they stand; those that begin with white space say little and are left out."""
    places: dict[tuple[str, ...], list[int]] = {}
    for at in range(start, end - size + 1):
        if not pieces[at].isspace():
            places.setdefault(tuple(pieces[at : at + size]), []).append(at)
    return places
