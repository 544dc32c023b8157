"""What the worker does with an editor: generators that yield after every denoising step and return plain results.

Of an editor only `stream`, `alternatives`, `expected_words` and `score` are used, so tests may bring one of their own.
Nothing knows the protocol.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llada_edit.document import Document
from llada_edit.edits import Candidate, Edit, Fill, TokenScore
from llada_edit.holes import Hole, Span
from llada_lsp.worker import Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor
    from llada_edit.infilling import Frame

BLANK = "\u2591"
"""What a slot that is still masked is shown as, twice."""
SPARE = 2
"""Candidates beyond those asked for: the most probable wording is often the present one."""

QUICK = 3
"""Denoising steps of a first proposal that has to come soon."""

_BLANKS = re.compile(rf" ?{BLANK}+")
Choices = Mapping[str, Any]
"""Fields of `InfillOptions`."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One edit for each span that was asked for, from left to right; higher scores are better among their like."""

    edits: tuple[Edit, ...]
    score: float

    @property
    def texts(self) -> tuple[str, ...]:
        """The new texts."""
        return tuple(edit.text for edit in self.edits)


@dataclass(frozen=True, slots=True)
class View:
    """How the spans stand after a step; masked slots as `BLANK`.

    Attributes:
        step: number of the step.
        texts: one for each span.
        tokens: of each text, from its start, with their probabilities, 0 of masked ones; none where they are not known.
    """

    step: int
    texts: tuple[str, ...]
    tokens: tuple[tuple[TokenScore, ...], ...] = ()


Proposing = Work["Editor", list[Proposal]]
"""Work that finds proposals, best first."""

Words = list[tuple[str, float]]
"""Words with their probabilities, most probable first."""


def fillings(document: Document, spans: Sequence[Span], n: int, choices: Choices, *, quick: bool = False) -> Proposing:
    """Fill the holes of a document together; the result is what came into the spans, at most n, best first.

    Args:
        document: its holes are filled.
        spans: of some of them.
        n: proposals wanted.
        choices: for the editor.
        quick: in a few steps.
    """

    def stream(editor: Editor) -> Iterator[Frame]:
        # Models that insert and delete slots write one token a step, whatever they are told.
        few = {"steps": QUICK} if quick and editor.card.delete_id is None else {}
        return editor.stream(document, n=n, **{**choices, **few})

    return _drain(stream, document, spans, n)


def rewordings(
    document: Document, spans: Sequence[Span], n: int, choices: Choices, *, quick: bool = False
) -> Proposing:
    """Other texts in place of spans, which are holes of the document; what stands there is not among them.

    One span alone is filled at about its present length, unless its hole says otherwise.
    """
    (first, *rest) = document.holes
    if rest or first.length is not None or first.note:
        return fillings(document, spans, n + SPARE, choices, quick=quick)
    span = (first.span.start, first.span.end)
    return _drain(lambda editor: editor.stream(document.text, span=span, n=n + SPARE, **choices), document, spans, n)


def words_for(text: str, span: Span, k: int) -> Work[Editor, Words]:
    """The k most probable words in place of a word; the word itself may be one of them.

    Each probability is calibrated for itself, so together they may come to more than 1; then they are scaled to 1.
    """

    def work(editor: Editor) -> Generator[None, None, Words]:
        yield None  # a job that was cancelled while it waited asks the model nothing
        found = editor.alternatives(Document(text, (Hole(span),)), k=k)
        total = max(1.0, sum(word.probability for word in found))
        return [(word.text, word.probability / total) for word in found]

    return work


def length_for(text: str, span: Span) -> Work[Editor, float]:
    """How many words are expected in place of a span."""

    def work(editor: Editor) -> Generator[None, None, float]:
        yield None
        return editor.expected_words(Document(text, (Hole(span),)))

    return work


def scores_of(texts: Sequence[str]) -> Work[Editor, list[tuple[TokenScore, ...]]]:
    """The tokens of each text with their probabilities, given all others of their text."""

    def work(editor: Editor) -> Generator[None, None, list[tuple[TokenScore, ...]]]:
        found = []
        for text in texts:
            yield None
            found.append(tuple(editor.score(text).tokens))
        return found

    return work


def _drain(
    stream: Callable[[Editor], Iterator[Frame]], document: Document, spans: Sequence[Span], n: int
) -> Work[Editor, list[Proposal]]:
    def work(editor: Editor) -> Generator[View, None, list[Proposal]]:
        frames = stream(editor)
        fill: Fill | None = None
        try:
            for frame in frames:
                fill = frame.fill
                if fill is None:
                    texts = unfinished(document, spans, frame.text)
                    yield View(frame.step, texts, _tokens(frame, spans, texts))
                    # Python threads share one interpreter: let the protocol's thread answer between two steps.
                    time.sleep(0)
        finally:
            if isinstance(frames, Generator):
                frames.close()
        assert fill is not None  # the last frame has it
        return distinct(fill.candidates, spans)[:n]

    return work


def _tokens(frame: Frame, spans: Sequence[Span], texts: Sequence[str]) -> tuple[tuple[TokenScore, ...], ...]:
    """The tokens of each span, as far as the frame says what stands there."""
    known = {(edit.span, edit.text): edit.tokens for edit in frame.edits}
    return tuple(known.get((span, text), ()) for span, text in zip(spans, texts, strict=True))


def distinct(candidates: Sequence[Candidate], spans: Sequence[Span]) -> list[Proposal]:
    """What candidates say in the spans, each once, without what stands there already."""
    found: dict[tuple[str, ...], Proposal] = {}
    for candidate in candidates:
        edits = tuple(edit for edit in candidate.holes if edit.span in set(spans))
        proposal = Proposal(edits, candidate.score)
        if proposal.texts != tuple(edit.span.of(candidate.document.text) for edit in edits):
            found.setdefault(proposal.texts, proposal)
    return list(found.values())


def unfinished(document: Document, spans: Sequence[Span], text: str) -> tuple[str, ...]:
    """What stands in the spans of a document of which only the text is known.

    Found by the text around the holes, which nobody changes: exact for one hole, and where the same text stands in
    several holes' places, a guess that is good enough to be shown.
    """
    first, *inner = document.segments
    at, shown = len(first), dict[Span, str]()
    *between, last = inner
    for hole, segment in zip(document.holes, between, strict=False):
        end = text.find(segment, at) if segment else len(text) - len(last)
        end = end if end >= 0 else at
        shown[hole.span] = text[at:end]
        at = end + len(segment)
    shown[document.holes[-1].span] = text[at : max(at, len(text) - len(last))]
    return tuple(shown.get(span, "") for span in spans)


def masked(text: str) -> list[tuple[int, int]]:
    """The parts of an unfinished text that are not yet written."""
    return [found.span() for found in _BLANKS.finditer(text)]
