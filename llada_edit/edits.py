"""Edits: what is to change in a text, and the ranked fillings of a document's holes.

Pure text. Knows nothing of how fillings are found, nor whether they are any good: scores and probabilities are given.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from llada_edit.document import Document, in_order, splice
from llada_edit.errors import DocumentError
from llada_edit.holes import Span

_LINE = re.compile(r"[^\n]*\n|[^\n]+")


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


def _finite(number: float | None) -> float | None:
    """JSON has no infinity and no NaN."""
    return number if number is not None and math.isfinite(number) else None
