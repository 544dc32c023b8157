"""Writing a text again around parts of it that stay: the rest is made to fit them. Knows nothing of the protocol."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.errors import OptionError
from llada_edit.holes import Hole, Span
from llada_lsp import places, tasks
from llada_lsp.tasks import Choices, Proposal, Proposing, View

if TYPE_CHECKING:
    from llada_edit.editor import Editor


def written_around(text: str, spans: Sequence[Span], pins: Sequence[Span], n: int, choices: Choices) -> Proposing:
    """Other texts for spans in which the pinned parts, and the blanks around them, stay; one edit for each span.

    Raises:
        OptionError: nothing is left to be written.
    """
    holes = [part for span in spans for part in _without(text, span, pins)]
    if not holes:
        raise OptionError("everything is pinned; leave something to be written")
    inner = tasks.rewordings(Document(text, tuple(map(Hole, holes))), holes, n, choices)

    def work(editor: Editor) -> Generator[Any, None, list[Proposal]]:
        steps = inner(editor)
        try:
            while True:
                yield _whole(next(steps), text, holes, spans)
        except StopIteration as end:
            return [_rejoined(one, text, spans) for one in end.value]
        finally:
            steps.close()

    return work


def _whole(seen: Any, text: str, holes: Sequence[Span], spans: Sequence[Span]) -> Any:
    """A step of the parts as a step of the whole spans."""
    if not isinstance(seen, View):
        return seen
    parts = Proposal(tuple(map(Edit, holes, seen.texts)), 0.0)
    return View(seen.step, _rejoined(parts, text, spans).texts)


def _without(text: str, span: Span, pins: Sequence[Span]) -> list[Span]:
    """The parts of a span that nobody has pinned, without the blanks at their ends."""
    parts, at = [], span.start
    for pin in sorted(pin for pin in pins if span.start <= pin.start and pin.end <= span.end):
        if at < pin.start:
            parts.append(Span(at, pin.start))
        at = max(at, pin.end)
    parts += [Span(at, span.end)] if at < span.end else []
    trimmed = [places.trimmed(text, part) for part in parts]
    return [part for part in trimmed if part.start < part.end]


def _rejoined(found: Proposal, text: str, spans: Sequence[Span]) -> Proposal:
    """One edit for each span, made of what was pinned and what was written anew."""
    joined = []
    for span in spans:
        pieces, at = [], span.start
        for edit in found.edits:
            if span.start <= edit.span.start and edit.span.end <= span.end:
                pieces += [text[at : edit.span.start], edit.text]
                at = edit.span.end
        joined.append(Edit(span, "".join([*pieces, text[at : span.end]])))
    return Proposal(tuple(joined), found.score)


def found_in(text: str, span: Span, pinned: Sequence[str]) -> list[Span]:
    """Where pinned texts stand in a span: from left to right, each behind the one before."""
    found, at = [], span.start
    for pin in pinned:
        start = text.find(pin, at, span.end)
        if start >= 0:
            found.append(Span(start, start + len(pin)))
            at = start + len(pin)
    return found
