"""Work in rounds, each with more effort, so that there is an answer early: for ghost text and for deadlines.

Knows nothing of the protocol.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_lsp.tasks import Choices, Proposal, Proposing, fillings, masked

if TYPE_CHECKING:
    from llada_edit.editor import Editor

NEARBY, WIDEST = 3 / 8, 768
"""Share of a model's window that is looked at for a suggestion, and tokens at most: most of the time goes into it."""


@dataclass(frozen=True, slots=True)
class Best:
    """What would be the result if the work ended now."""

    proposals: list[Proposal]


def suggestions(document: Document, span: Span, n: int, choices: Choices) -> Proposing:
    """As `fillings` for one span, in rounds: one quick proposal first, then more.

    Until there is one, an unfinished text will do where nothing follows on its line: its written beginning is a
    beginning of something. Unless it is told otherwise, the model looks at the text near the span only.
    """

    def work(editor: Editor) -> Generator[Any, None, list[Proposal]]:
        near = {"context": min(WIDEST, int(NEARBY * editor.card.max_length)), **choices}
        first = _glimpsing(fillings(document, [span], 1, near, quick=True), document, span)
        found = yield from in_rounds([first, fillings(document, [span], n, near)])(editor)
        return found

    return work


def in_rounds(rounds: Sequence[Proposing]) -> Proposing:
    """The same asked more than once, each time with more effort; `Best` after each round."""

    def work(editor: Editor) -> Generator[Any, None, list[Proposal]]:
        found: list[Proposal] = []
        for round_ in rounds:
            # What was made with less effort is no choice beside what was made with more.
            found = (yield from round_(editor)) or found
            yield Best(found)
        return found

    return work


def until(end: float, work: Proposing) -> Proposing:
    """Work that is over at a time (`time.monotonic`), after the step it is in; then its last `Best` is the result."""

    def ended(editor: Editor) -> Generator[Any, None, list[Proposal]]:
        best: list[Proposal] = []
        steps = work(editor)
        try:
            while time.monotonic() < end:
                step = next(steps)
                best = step.proposals if isinstance(step, Best) else best
                yield step
        except StopIteration as stop:
            best = stop.value
        finally:
            steps.close()
        return best

    return ended


def _glimpsing(work: Proposing, document: Document, span: Span) -> Proposing:
    open_ended = document.text[span.end : span.end + 1] in ("", "\n", "\r")

    def glimpsed(editor: Editor) -> Generator[Any, None, list[Proposal]]:
        steps = work(editor)
        try:
            while True:
                view = next(steps)
                yield view
                blanks = masked(view.texts[0])
                begun = view.texts[0][: blanks[0][0]] if blanks else view.texts[0]
                if open_ended and begun.strip():
                    yield Best([Proposal((Edit(span, begun.rstrip()),), 0.0)])
        except StopIteration as end:
            found: list[Proposal] = end.value
            return found
        finally:
            steps.close()

    return glimpsed
