"""Rewriting a whole document, passage by passage: only editable spans change, and all edits go through the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llada_edit.edits import Edit
from llada_edit.errors import OptionError
from llada_edit.formats import gate
from llada_edit.formats.base import Format, Passage, Prose
from llada_edit.formats.gate import Rejected
from llada_edit.holes import Span
from llada_edit.rewriting.anchors import linked_headings
from llada_edit.rewriting.keep import merged
from llada_edit.rewriting.passage import Memory, Rewriter, outside
from llada_edit.rewriting.results import Rewritten, minimal


@dataclass(frozen=True, slots=True)
class PassageEdits:
    """A passage that is done.

    Attributes:
        index: of the passage in the document, from 0.
        total: passages of the document.
        passage: the passage.
        edits: proposed for it, not yet through the gate; code points of `Prose.text`.
    """

    index: int
    total: int
    passage: Passage
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class ProseEdits:
    """A document that is done: the edits that the gate kept, those it did not, and the file with the kept ones."""

    edits: tuple[Edit, ...]
    rejected: tuple[Rejected[Edit], ...]
    data: bytes


def passages(rewriter: Rewriter, prose: Prose, closed: Sequence[Span] = ()) -> Iterator[PassageEdits]:
    """Rewrite the passages of a document in order; close the generator to stop.

    The edits depend on the text, the operation, its options and the model, and not on other documents. The words chosen
    in one passage are preferred in the next ones. A heading that the document itself links to stays.

    Args:
        rewriter: operation, options and model.
        prose: the document.
        closed: spans that stay besides those that the format protects.

    Raises:
        OptionError: an operation that works on hole markup.
        UnsupportedModel: the operation needs a model that follows instructions.
    """
    if rewriter.operation.fills:
        raise OptionError(f"{rewriter.operation.name} works on one text; use infill, or leave out the format")
    _ = rewriter.notes
    text, parts = prose.text, prose.passages
    memory = Memory.of(text, [passage.span for passage in parts])
    shut = merged([*closed, *linked_headings(prose)])
    for index, passage in enumerate(parts):
        done: list[Rewritten] = []
        free = outside(passage.editable, shut)
        for _ in rewriter.drafts(text, free, memory, index, done):
            pass
        best = [minimal(text, place, wordings[0].edits) for place, wordings in done if wordings]
        yield PassageEdits(index, len(parts), passage, tuple(edit for group in best for edit in group))


def gated(form: Format, prose: Prose, edits: list[Edit]) -> ProseEdits:
    """The edits of a document that leave its structure and its protected strings as they were."""
    kept = gate.keep(form, prose, edits)
    return ProseEdits(kept.changes, kept.rejected, kept.data)
