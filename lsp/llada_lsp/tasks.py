"""What the worker does with an editor: generators that yield after every denoising step and return plain results.

Only `stream` and `alternatives` of an editor are used, so tests may bring one of their own. Nothing knows the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING

from llada_edit.document import Document, Hole, Span
from llada_edit.edits import Edit, Fill
from llada_lsp.worker import Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor
    from llada_edit.infilling import Frame

Proposal = tuple[Edit, ...]
"""One edit for each span that was asked for, from left to right."""
Words = list[tuple[str, float]]
"""Words with their probabilities, most probable first."""


def fillings(document: Document, spans: Sequence[Span], n: int) -> Work[Editor, list[Proposal]]:
    """Fill the holes of a document together; the result is what came into the spans, at most n, best first."""
    return _drain(lambda editor: editor.stream(document, n=n), spans, n)


def rewordings(text: str, span: Span, n: int) -> Work[Editor, list[Proposal]]:
    """Other texts in place of a span; what stands there already is not among them."""
    # More than asked for: the most probable wording is often the present one.
    return _drain(lambda editor: editor.stream(text, span=(span.start, span.end), n=n + 2), [span], n)


def words_for(text: str, span: Span, k: int) -> Work[Editor, Words]:
    """The k most probable words in place of a word; the word itself may be one of them."""

    def work(editor: Editor) -> Generator[int, None, Words]:
        yield 0  # a job that was cancelled while it waited asks the model nothing
        found = editor.alternatives(Document(text, (Hole(span),)), k=k)
        return [(word.text, word.probability) for word in found]

    return work


def _drain(stream: Callable[[Editor], Iterator[Frame]], spans: Sequence[Span], n: int) -> Work[Editor, list[Proposal]]:
    def work(editor: Editor) -> Generator[int, None, list[Proposal]]:
        frames = stream(editor)
        fill: Fill | None = None
        try:
            for frame in frames:
                fill = frame.fill
                yield frame.step
        finally:
            if isinstance(frames, Generator):
                frames.close()
        assert fill is not None  # the last frame has it
        return _distinct(fill, set(spans))[:n]

    return work


def _distinct(fill: Fill, spans: set[Span]) -> list[Proposal]:
    found: dict[tuple[str, ...], Proposal] = {}
    present = tuple(hole.span.of(fill.document.text) for hole in fill.document.holes if hole.span in spans)
    for candidate in fill.candidates:
        edits = tuple(edit for edit in candidate.holes if edit.span in spans)
        texts = tuple(edit.text for edit in edits)
        if texts != present:
            found.setdefault(texts, edits)
    return list(found.values())
