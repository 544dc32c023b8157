"""What can be done at a place in a text, as titles with orders. Nothing here runs the model or waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llada_edit.holes import Hole, Span
from llada_lsp import edits, places, prose
from llada_lsp.documents import Snapshot
from llada_lsp.marks import Mark
from llada_lsp.messages import Order
from llada_lsp.operations import Operation
from llada_lsp.planning import FILL, REWORD
from llada_lsp.wire import plain_range

ROOT = "refactor.rewrite.llada"
"""What all kinds of our actions begin with, but for `ALL_HOLES`."""
ALL_HOLES = "source.llada.fillHoles"

REWORD_TITLE = "Replace by another wording here"
MOST_WORDS = 8
"""Longest text that is offered to be worded anew without a look at what it says: of more, nothing would be left."""
TERM = 30
"""Longest text that is offered as one to be kept."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done.

    Attributes:
        title: for people.
        kind: last part of the kind of the code action.
        order: what is to be written; None where `command` says all.
        choose: whether the user is asked which proposal it shall be.
        command: other than writing, and its argument.
    """

    title: str
    kind: str
    order: Order | None = None
    choose: bool = False
    command: tuple[str, dict[str, Any]] | None = None


def holes_near(snapshot: Snapshot, selection: Span, holes: Sequence[Hole]) -> list[Span]:
    """The holes that a selection touches, or else those on its lines."""
    touched = [hole.span for hole in holes if hole.span.start <= selection.end and selection.start <= hole.span.end]
    lines = snapshot.lines.lines_of(selection)
    return touched or [hole.span for hole in holes if lines.start <= hole.span.start and hole.span.end <= lines.end]


def fills(snapshot: Snapshot, spans: Sequence[Span], holes: Sequence[Hole], n: int) -> list[Offer]:
    """Filling some holes, with and without a choice, and filling all."""
    if not spans:
        return []
    these = "this hole" if len(spans) == 1 else f"these {len(spans)} holes"
    found = [Offer(f"Fill {these}", "fill", _order(snapshot, spans, FILL, 1))]
    if n > 1:
        found.append(Offer(f"Choose a filling for {these}…", "choose", _order(snapshot, spans, FILL, n), choose=True))
    if len(holes) > len(spans):
        found.append(all_holes(snapshot, holes, "fill"))
    return found


def all_holes(snapshot: Snapshot, holes: Sequence[Hole], kind: str) -> Offer:
    """Filling all holes of a document jointly."""
    spans = [hole.span for hole in holes]
    return Offer(f"Fill all {len(spans)} holes", kind, _order(snapshot, spans, FILL, 1))


def wordings(snapshot: Snapshot, selection: Span, n: int) -> list[Offer]:
    """Other words in place of a selection, or of the word at a place; a gap where neither is."""
    empty = selection.start == selection.end
    if empty:
        span = places.word_at(snapshot.text, selection.start, snapshot.lines.lines_of(selection))
        if span is None:
            gap = _order(snapshot, [selection], FILL, 1)
            return [Offer("Write something that fits here", "continue", gap)]
    else:
        span = places.trimmed(snapshot.text, selection)
    words = len(span.of(snapshot.text).split())
    if not words or words > MOST_WORDS or places.several_paragraphs(snapshot.text, span):
        return []
    if not prose.editable(snapshot.text, snapshot.language, span):
        return []
    order, some = _order(snapshot, [span], REWORD, 1), _order(snapshot, [span], REWORD, n)
    found = [Offer(REWORD_TITLE, "reword", order)]
    if n > 1:
        found.append(Offer("Choose another wording…", "choose", some, choose=True))
    if words > 1:
        same = _order(snapshot, [span], REWORD, 1, length="same")
        found.append(Offer("Another wording of the same length", "sameLength", same))
    return found


def rewritings(
    snapshot: Snapshot, selection: Span, operations: Sequence[Operation], n: int, previews: bool
) -> list[Offer]:
    """The operations that the model is good at, for a selection or the sentence at a place, if they can change it."""
    passage = prose.passage_at(snapshot.text, snapshot.language, selection)
    if passage is None or not operations:
        return []
    span = places.trimmed(snapshot.text, selection)
    if span.start == span.end:
        span = places.sentence_of(snapshot.text, selection, passage.span)
    if span.start == span.end or not prose.editable(snapshot.text, snapshot.language, span):
        return []
    found = []
    for operation in operations:
        if not operation.possible(snapshot.text, span):
            continue
        names = ("touch-up", "rephrase", "rewrite") if operation.strength else (None,)
        for name in names:
            title = operation.title if name in (None, "rephrase") else f"{operation.title} ({name})"
            found.append(Offer(title, operation.name, _order(snapshot, [span], operation.name, 1, strength=name)))
        if operation.varied and n > 1:
            some = _order(snapshot, [span], operation.name, n)
            found.append(Offer(f"{operation.title}: choose…", operation.name, some, choose=True))
            if previews:
                seen = _order(snapshot, [span], operation.name, n, preview=True)
                found.append(Offer(f"{operation.title}: preview…", operation.name, seen))
    return found


def keeping(snapshot: Snapshot, selection: Span, kept: Sequence[str]) -> list[Offer]:
    """Naming a selected text as one that no rewriting may change, or no longer."""
    text = places.trimmed(snapshot.text, selection).of(snapshot.text)
    if not text or len(text) > TERM or "\n" in text or "\r" in text:
        return []
    argument = {"uri": snapshot.uri, "terms": [text]}
    if text in kept:
        return [Offer(f"No longer keep “{text}”", "keep", command=("lladaEdit.forgetTerms", argument))]
    return [Offer(f"Keep “{text}” in rewritings", "keep", command=("lladaEdit.keepTerms", argument))]


def pinning(snapshot: Snapshot, selection: Span, mark: Mark) -> list[Offer]:
    """Naming a selected part of text that was just written as one to stay in another one, or no longer."""
    span = places.trimmed(snapshot.text, selection)
    if span.start == span.end or not any(own.start <= span.start and span.end <= own.end for own in mark.spans):
        return []
    text = " ".join(span.of(snapshot.text).split())
    shown = text if len(text) <= TERM else f"{text[: TERM - 1]}…"
    argument = {"uri": snapshot.uri, "mark": mark.id, "ranges": [plain_range(snapshot.lines.range(span))]}
    if any(pin.overlaps(span) for pin in mark.pins):
        return [Offer(f"Let “{shown}” change again", "pin", command=("lladaEdit.unpin", argument))]
    return [Offer(f"Pin “{shown}”: it stays in another", "pin", command=("lladaEdit.pin", argument))]


def afterwards(snapshot: Snapshot, mark: Mark, operations: Sequence[Operation]) -> list[Offer]:
    """What can be done with text that was just written."""
    argument = {"uri": snapshot.uri, "mark": mark.id}
    strong = any(known.strength and known.name == mark.order.op for known in operations)
    commands = [("Another", "another"), *([("Stronger", "stronger"), ("Weaker", "weaker")] if strong else [])]
    commands += [("Revert", "revert"), ("Accept", "accept")]
    found = [Offer(title, name, command=(f"lladaEdit.{name}", argument)) for title, name in commands]
    for index, proposal in enumerate(mark.proposals):
        if index != mark.chosen:
            title = f"Use {index + 1}/{len(mark.proposals)}: {edits.told(mark.originals, proposal.texts)}"
            found.append(Offer(title, "use", command=("lladaEdit.use", {**argument, "chosen": index})))
    return found


def plain_order(order: Order) -> dict[str, Any]:
    """An order as plain data, without what is left to the settings."""
    plain: dict[str, Any] = {
        "uri": order.uri,
        "version": order.version,
        "ranges": [plain_range(range_) for range_ in order.ranges],
        "op": order.op,
        "n": order.n,
    }
    more = {"strength": order.strength, "length": order.length or None, "preview": order.preview or None}
    return plain | {name: value for name, value in more.items() if value is not None}


def _order(snapshot: Snapshot, spans: Sequence[Span], op: str, n: int, **more: Any) -> Order:
    ranges = [snapshot.lines.range(span) for span in spans]
    return Order(snapshot.uri, ranges, version=snapshot.version, op=op, n=n, **more)
