"""Edits: what is to change in a text, and the ranked fillings of a document's holes.

Pure text. Knows nothing of how fillings are found, nor whether they are any good: scores and probabilities are given.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from llada_edit.document import Document, in_order, splice
from llada_edit.errors import DocumentError
from llada_edit.holes import Span

# Scripts written without spaces are compared sign by sign: a run of them would be a whole sentence.
_SIGN = "[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_PIECE = re.compile(rf"{_SIGN}|(?:(?!{_SIGN})\w)+|\s+|{_FLAG}|.", re.DOTALL)
_SMALL = 250_000  # pairs of pieces that difflib compares in an instant; it slows down with their square
_DEEPEST = 50
_JOINER = "\u200d"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")

Window = tuple[int, int, int, int]
"""A stretch of pieces in the old and one in the new text: start, end, start, end."""


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token of a filling and the probability that the model gave it when it was committed."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Edit:
    """New text for a span.

    Attributes:
        span: of the source text, in code points; empty for an insertion.
        text: what stands there afterwards.
        name: of the hole that is filled, if it has one.
        tokens: the tokens of the text with their probabilities; empty where nobody scored it.
    """

    span: Span
    text: str
    name: str = ""
    tokens: tuple[TokenScore, ...] = ()

    @property
    def probability(self) -> float | None:
        """Geometric mean of the token probabilities, comparable across lengths; None where nobody scored the edit."""
        if not self.tokens:
            return None
        if any(token.probability <= 0 for token in self.tokens):
            return 0.0
        return math.exp(math.fsum(math.log(token.probability) for token in self.tokens) / len(self.tokens))

    def to_json(self) -> dict[str, Any]:
        """Plain types; ``start`` and ``end`` are code points of the source."""
        return {
            "name": self.name,
            "start": self.span.start,
            "end": self.span.end,
            "text": self.text,
            "probability": _finite(self.probability),
            "tokens": [{"text": t.text, "probability": _finite(t.probability)} for t in self.tokens],
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """One proposed filling of a document.

    Attributes:
        document: the source.
        edits: one a hole, apart from each other, in any order.
        score: higher is better; comparable among the candidates of one fill only.
        strain: how far the constraint took the model from its own words, nats per token: -log of the probability that
            it meets the constraint by itself; None where nothing was constrained.
    """

    document: Document
    edits: tuple[Edit, ...]
    score: float
    strain: float | None = None

    def __post_init__(self) -> None:
        in_order(self.document.text, self.edits)

    @property
    def text(self) -> str:
        """The document with the edits applied."""
        return self.document.apply(self.edits)

    @property
    def holes(self) -> tuple[Edit, ...]:
        """The edits in order of the text."""
        return tuple(in_order(self.document.text, self.edits))

    def __getitem__(self, name: str) -> Edit:
        """The edit of a named hole."""
        named = {edit.name: edit for edit in self.edits if edit.name}
        if name not in named:
            raise KeyError(f"no hole is named {name!r}; the names are: {', '.join(named) or '(none)'}")
        return named[name]

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        holes = [edit.to_json() for edit in self.holes]
        strain = {} if self.strain is None else {"strain": _finite(self.strain)}
        return {"text": self.text, "score": _finite(self.score), **strain, "holes": holes}


@dataclass(frozen=True, slots=True)
class Fill:
    """All candidates for a document, best first; text, holes, score and names are those of the best.

    Attributes:
        document: the source.
        candidates: at least one.
    """

    document: Document
    candidates: tuple[Candidate, ...]

    def __post_init__(self) -> None:
        if not self.candidates:
            raise DocumentError("a fill of 0 candidates has no text; give at least one candidate")

    @property
    def text(self) -> str:
        """The document with the best candidate applied."""
        return self.candidates[0].text

    @property
    def holes(self) -> tuple[Edit, ...]:
        """The best candidate's edits in order of the text."""
        return self.candidates[0].holes

    @property
    def score(self) -> float:
        """The best candidate's score."""
        return self.candidates[0].score

    def __getitem__(self, name: str) -> Edit:
        """The best candidate's edit of a named hole."""
        return self.candidates[0][name]

    def diff(self) -> str:
        """Unified diff of the source and the best text, as ``patch`` reads it; empty where nothing changes."""
        name = str(self.document.path or "text")
        before, after = _LINE.findall(self.document.text), _LINE.findall(self.text)
        lines = difflib.unified_diff(before, after, name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def to_json(self) -> dict[str, Any]:
        """Plain types: path, and the best candidate's text, score and holes, and the same for all candidates."""
        path = self.document.path
        return {
            "path": None if path is None else str(path),
            **self.candidates[0].to_json(),
            "candidates": [candidate.to_json() for candidate in self.candidates],
        }


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after the edits, given in any order.

    Raises:
        DocumentError: an edit ends outside the text, two overlap, or two insert at the same place.
    """
    return splice(text, edits)


def invert(text: str, edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of the new text that bring the old one back.

    ``apply(apply(text, edits), invert(text, edits)) == text``. Deletions that touch are undone by one
    insertion, without a name.
    """
    undo: list[Edit] = []
    shift = 0
    for edit in in_order(text, edits):
        start = edit.span.start + shift
        span, old = Span(start, start + len(edit.text)), edit.span.of(text)
        shift += len(edit.text) - len(edit.span)
        if undo and undo[-1].span == span:
            undo[-1] = Edit(span, undo[-1].text + old)
        else:
            undo.append(Edit(span, old, edit.name))
    return tuple(undo)


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
    """True for what the pattern parts and the reader does not: marks, joined emoji and their skin tones."""
    if left == _JOINER or right == _JOINER or _is_mark(right) or "\U0001f3fb" <= right <= "\U0001f3ff":
        return True
    return _is_mark(left) and right.isalnum()


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


def _finite(number: float | None) -> float | None:
    """JSON has no infinity and no NaN."""
    return number if number is not None and math.isfinite(number) else None
