"""What a rewriting gives: ranked candidates, the original among them where nothing is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llada_edit.diff import word_diff
from llada_edit.document import Document
from llada_edit.edits import Candidate, Edit, Fill
from llada_edit.holes import Span
from llada_edit.rewriting.sentence import Wording


@dataclass(frozen=True, slots=True)
class Rewrite(Fill):
    """A `Fill` whose candidates are rewritings; a candidate without edits is the original, and its score is 0.

    Attributes:
        operation: its name.
        notes: what to know about the model in use, for the user to read.
    """

    operation: str = ""
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything better than the original was found."""
        return bool(self.candidates[0].edits)

    def to_json(self) -> dict[str, Any]:
        """As `Fill.to_json`, with the operation and the notes."""
        return {"operation": self.operation, "notes": list(self.notes), **Fill.to_json(self)}


Rewritten = tuple[Span, Sequence[Wording]]
"""A sentence, where it stands in the text, and its new wordings, best first."""


def candidates(document: Document, sentences: Sequence[Rewritten], n: int) -> tuple[Candidate, ...]:
    """At most n candidates for a text: the i-th best wordings of all sentences together; at least the original."""
    found: dict[str, Candidate] = {}
    for rank in range(n):
        picked = [(span, wordings[min(rank, len(wordings) - 1)]) for span, wordings in sentences if wordings]
        edits = tuple(edit for span, wording in picked for edit in minimal(document.text, span, wording.edits))
        score = sum(wording.score for _, wording in picked) / max(1, len(sentences))
        candidate = Candidate(document, edits, score)
        found.setdefault(candidate.text, candidate)
    return tuple(sorted(found.values(), key=lambda candidate: -candidate.score))


def minimal(text: str, sentence: Span, edits: Sequence[Edit]) -> list[Edit]:
    """Edits of a sentence as the smallest word edits of the text; none reaches beyond the edit it comes from."""
    small = []
    for edit in edits:
        start = sentence.start + edit.span.start
        old = text[start : sentence.start + edit.span.end]
        parts = word_diff(old, edit.text)
        small += [Edit(Span(start + part.span.start, start + part.span.end), part.text) for part in parts]
    return small
