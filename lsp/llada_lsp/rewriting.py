"""The operations of `llada_edit.rewriting`, as the server offers them; their engine is imported in the worker."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from llada_edit.document import Document, splice
from llada_edit.edits import Candidate, Edit
from llada_edit.errors import LladaEditError
from llada_edit.holes import Hole, Span
from llada_lsp import prose
from llada_lsp.operations import Operation, Wish
from llada_lsp.tasks import Proposal, View, unfinished
from llada_lsp.worker import Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor
    from llada_edit.infilling import Frame

TITLES = {
    "paraphrase": "Paraphrase",
    "simplify": "Simplify",
    "shorten": "Shorten",
    "expand": "Expand",
    "formal": "Make formal",
    "plain": "Make plain",
    "proofread": "Proofread",
}
"""Operations that need nothing but a text, in the order of menus."""


class Engine:
    """Operations as `Editor.rewrite_stream` does them; satisfies `operations.Rewriting`."""

    def offered(self, editor: Editor) -> tuple[Operation, ...]:
        """Those that the model can do, without those that it was measured to be weak at."""
        from llada_edit.options import RewriteOptions
        from llada_edit.rewriting import outlook, quality
        from llada_edit.rewriting.measured import measured
        from llada_edit.rewriting.operations import OPERATIONS

        found, known = [], measured(editor.card.name)
        own_words = quality.trust(editor.card) == "model"
        for name, title in TITLES.items():
            try:
                notes = quality.check(OPERATIONS[name], editor.card, RewriteOptions())
            except LladaEditError:
                continue
            if own_words or not notes:
                found_good = known[name].found if name in known else ""
                detail = " ".join(filter(None, (OPERATIONS[name].summary, found_good, *notes)))
                # From a list of wordings there is no more and no less of a change.
                free = name == "paraphrase"
                offer = Operation(name, title, detail, own_words and free, free, free and editor.card.dialog)
                if not own_words and not OPERATIONS[name].repairs:
                    outlook.prepare()  # beside the loading, and not while a writer waits for a menu
                    offer = replace(offer, possible=partial(_possible, frozenset(OPERATIONS[name].uses)))
                found.append(offer)
        return tuple(found)

    def work(self, text: str, spans: Sequence[Span], wish: Wish, language: str) -> Work[Editor, list[Proposal]]:
        """One span after the other; markup in them stays, and what would break it is not proposed."""
        document = Document(text, protected=prose.protected(text, language, spans))

        def work(editor: Editor) -> Generator[View, None, list[Proposal]]:
            candidates, shown = list[Sequence[Candidate]](), [span.of(text) for span in spans]
            step = 0
            for index, span in enumerate(spans):
                frames = editor.rewrite_stream(
                    document,
                    span=(span.start, span.end),
                    op="custom" if wish.tone else wish.op,
                    instruction=f"write the text again so that it sounds {wish.tone}" if wish.tone else "",
                    n=wish.n,
                    seed=wish.seed,
                    keep=wish.keep,
                    strength=wish.strength,
                )
                last: Frame | None = None
                for last in _closing(frames):
                    (shown[index],) = unfinished(Document(text, (Hole(span),)), [span], last.text)
                    yield View(step, tuple(shown))
                    step += 1
                assert last is not None and last.fill is not None  # the last frame has it
                candidates.append(last.fill.candidates)
            return _proposals(text, language, spans, candidates, wish.n)

        return work


def _possible(wanted: frozenset[str], text: str, span: Span) -> bool:
    """Whether the lists of wordings and turns have anything for a span of a text."""
    from llada_edit.rewriting import outlook

    return not wanted.isdisjoint(outlook.uses(text, span))


def _closing(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames; closed together with who asks for them."""
    try:
        yield from frames
    finally:
        if isinstance(frames, Generator):
            frames.close()


def _proposals(
    text: str, language: str, spans: Sequence[Span], candidates: Sequence[Sequence[Candidate]], n: int
) -> list[Proposal]:
    """The i-th best of all spans together, each through the gate of the format; without what changes nothing."""
    found: dict[tuple[str, ...], Proposal] = {}
    present = tuple(span.of(text) for span in spans)
    for rank in range(n):
        picked = [one[min(rank, len(one) - 1)] for one in candidates if one]
        small = prose.harmless(text, language, [edit for candidate in picked for edit in candidate.edits])
        edits = tuple(_whole(text, span, small) for span in spans)
        score = sum(candidate.score for candidate in picked) / max(1, len(picked))
        proposal = Proposal(edits, score)
        if proposal.texts != present:
            found.setdefault(proposal.texts, proposal)
    return list(found.values())


def _whole(text: str, span: Span, small: Sequence[Edit]) -> Edit:
    """One edit of a span, made of small ones inside it."""
    inside = [edit for edit in small if span.start <= edit.span.start and edit.span.end <= span.end]
    moved = [Edit(Span(edit.span.start - span.start, edit.span.end - span.start), edit.text) for edit in inside]
    return Edit(span, splice(span.of(text), moved))
