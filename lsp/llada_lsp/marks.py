"""What was written into the documents, and where it stands now: for taking it back, for another one, for colours.

A mark moves with its text and is gone as soon as somebody changes a part of it. Knows nothing of the protocol.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llada_edit.document import splice
from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_lsp.pinning import found_in
from llada_lsp.tasks import Proposal

_numbers = itertools.count(1)
EXPECTED = 2
"""Answers of which a proposal may still be put into a document."""
MOST = 64
"""Marks that are kept in a document; the oldest are dropped first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One proposal that stands in a document.

    Attributes:
        spans: where its texts stand, from left to right.
        originals: what stood there before.
        proposals: all that were made for the order; their spans belong to the text before.
        chosen: which of them stands there.
        order: what was asked for, as its maker understands it.
        pins: parts of the spans that are to stay in another text.
        id: unique in the process.
    """

    spans: tuple[Span, ...]
    originals: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    chosen: int
    order: Any
    pins: tuple[Span, ...] = ()
    id: int = field(default_factory=lambda: next(_numbers))

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that stand there, with their tokens."""
        return self.proposals[self.chosen].edits

    @property
    def growth(self) -> float | None:
        """How much longer the new text is, relative to the old; None where there was none to compare with."""
        before = sum(map(len, self.originals))
        return (sum(map(len, self.spans)) - before) / before if before else None

    def back(self) -> tuple[Edit, ...]:
        """The edits of the present text that bring the old one back."""
        return tuple(Edit(span, text) for span, text in zip(self.spans, self.originals, strict=True))

    def before(self, text: str) -> tuple[str, tuple[Span, ...]]:
        """The present text with the originals in their places, and where these are."""
        spans, shift = [], 0
        for span, original in zip(self.spans, self.originals, strict=True):
            start = span.start + shift
            spans.append(Span(start, start + len(original)))
            shift += len(original) - len(span)
        return splice(text, self.back()), tuple(spans)

    def moved(self, changed: Span, length: int) -> Mark | None:
        """The mark after a change of the text; None where the change touches it."""
        spans, shift = [], length - len(changed)
        for span in self.spans:
            if changed.end <= span.start and not (changed.start == changed.end == span.start == span.end):
                spans.append(Span(span.start + shift, span.end + shift))
            elif changed.start >= span.end:
                spans.append(span)
            else:
                return None
        pins = [Span(pin.start + shift, pin.end + shift) if changed.end <= pin.start else pin for pin in self.pins]
        return replace(self, spans=tuple(spans), pins=tuple(pins))


class Marks:
    """The marks of all open documents, and edits that are on their way to become marks."""

    def __init__(self) -> None:
        self._marks: dict[str, list[Mark]] = {}
        self._expected: dict[str, list[list[tuple[str, Mark]]]] = {}

    def of(self, uri: str) -> list[Mark]:
        """The marks of a document, in order of the text."""
        return sorted(self._marks.get(uri, ()), key=lambda mark: mark.spans)

    def find(self, uri: str, id_: int) -> Mark | None:
        """A mark by its number."""
        return next((mark for mark in self._marks.get(uri, ()) if mark.id == id_), None)

    def at(self, uri: str, span: Span) -> Mark | None:
        """The newest mark that a selection touches."""
        touching = [
            mark
            for mark in self._marks.get(uri, ())
            if any(own.start <= span.end and span.start <= own.end for own in mark.spans)
        ]
        return max(touching, key=lambda mark: mark.id, default=None)

    def expect(
        self,
        uri: str,
        text: str,
        order: Any,
        proposals: Sequence[Proposal],
        originals: tuple[str, ...],
        pinned: Sequence[str] = (),
    ) -> None:
        """Watch for one of some proposals to be put into a text by the client, and for those of `EXPECTED` - 1 before.

        An edit may be on its way to the client while ghost text for the same version is answered.

        Args:
            uri: of the document.
            text: as it stands now.
            order: of the marks.
            proposals: their edits are for this text.
            originals: what the marks bring back.
            pinned: texts in them that are to stay in another one, from left to right.
        """
        expected = []
        for chosen, proposal in enumerate(proposals):
            after, spans = splice(text, proposal.edits), _places(proposal)
            pins = tuple(pin for span in spans for pin in found_in(after, span, pinned))
            expected.append((after, Mark(spans, originals, tuple(proposals), chosen, order, pins)))
        self._expected[uri] = [*self._expected.get(uri, ()), expected][-EXPECTED:]

    def change(self, uri: str, span: Span, text: str) -> None:
        """A span was replaced."""
        if uri in self._marks:
            moved = (mark.moved(span, len(text)) for mark in self._marks[uri])
            self._marks[uri] = [mark for mark in moved if mark is not None]

    def settle(self, uri: str, text: str) -> Mark | None:
        """After all changes of one notification: the mark of what was expected, if it stands there now.

        What is not there yet may be after a later one: some clients send a notification for each edit.
        """
        latest = itertools.chain.from_iterable(reversed(self._expected.get(uri, [])))
        found = next((mark for after, mark in latest if len(after) == len(text) and after == text), None)
        if found is not None:
            del self._expected[uri]
            self.put(uri, found)
        return found

    def put(self, uri: str, mark: Mark) -> None:
        """Add a mark, in place of those that it overlaps and of the one with its number."""
        others = [own for own in self._marks.get(uri, ()) if own.id != mark.id and not _overlap(own, mark)]
        self._marks[uri] = [*others, mark][-MOST:]

    def drop(self, uri: str, id_: int | None = None) -> None:
        """Forget one mark of a document, or all."""
        self._marks[uri] = [mark for mark in self._marks.get(uri, ()) if id_ is not None and mark.id != id_]

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._marks.pop(uri, None)
        self._expected.pop(uri, None)


def _places(proposal: Proposal) -> tuple[Span, ...]:
    """Where the texts of a proposal stand once it is applied."""
    spans, shift = [], 0
    for edit in proposal.edits:
        start = edit.span.start + shift
        spans.append(Span(start, start + len(edit.text)))
        shift += len(edit.text) - len(edit.span)
    return tuple(spans)


def _overlap(one: Mark, other: Mark) -> bool:
    return any(left.overlaps(right) for left in one.spans for right in other.spans)
