"""Checks of a text that are asked for: words that the model finds unlikely where they stand."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llada_edit.edits import TokenScore
from llada_edit.errors import DocumentError
from llada_edit.holes import Span
from llada_edit.words import words_in
from llada_lsp import places, prose, tasks
from llada_lsp.features import diagnostics
from llada_lsp.findings import Finding
from llada_lsp.messages import Order
from llada_lsp.progress import Bar
from llada_lsp.session import Session
from llada_lsp.worker import Stale, Superseded, Work

if TYPE_CHECKING:
    from llada_edit.editor import Editor
    from llada_lsp.documents import Snapshot


MENDED = 24
"""Findings of one check for which better words are looked for: the least probable ones."""
FIXES = 3
"""Better words that a finding offers."""


async def check(ls: Session, order: Order) -> None:
    """Look for unlikely words in ranges of a document, or in all of it; they become diagnostics.

    Raises:
        DocumentError: the document is not open, or has another version.
    """
    snapshot = ls.snapshot(order.uri)
    if snapshot is None or order.version not in (None, snapshot.version):
        raise DocumentError(f"{order.uri} is not open in this version; ask again")
    parts = sentences(snapshot, [snapshot.lines.span(range_) for range_ in order.ranges])
    bar = Bar(ls, "Check", cancel=lambda: job.future.cancel())
    job = ls.worker.submit(
        "score", looking(snapshot.text, parts, ls.choices.of(snapshot.uri).unlikely), uri=snapshot.uri
    )
    try:
        found = await asyncio.wrap_future(job.future)
    except (asyncio.CancelledError, Stale, Superseded):
        bar.end("stopped")
        return
    except Exception:
        bar.end("failed")
        raise
    bar.end("done")
    if not ls.same(snapshot):
        return
    outside = [old for old in ls.findings.get(snapshot.uri, ()) if not any(old.span.overlaps(part) for part in parts)]
    ls.findings[snapshot.uri] = sorted([*outside, *found], key=lambda finding: finding.span)
    diagnostics.show(ls, snapshot.uri)
    if not found:
        ls.say("no word is unlikely here")


def looking(text: str, parts: Sequence[Span], limit: float) -> Work[Editor, list[Finding]]:
    """Find the words that are less probable than a limit, and better ones for the least probable of them."""

    def work(editor: Editor) -> Generator[None, None, list[Finding]]:
        scores = yield from tasks.scores_of([span.of(text) for span in parts])(editor)
        found = [
            Finding(span, probability)
            for part, tokens in zip(parts, scores, strict=True)
            for span, probability in scored_words(text, part, tokens)
            if probability < limit
        ]
        found.sort(key=lambda finding: finding.probability)
        for index, finding in enumerate(found[:MENDED]):
            words = yield from tasks.words_for(text, finding.span, FIXES + 1)(editor)
            others = [word for word, _ in words if word != finding.span.of(text)]
            found[index] = replace(finding, others=tuple(others[:FIXES]))
        return found

    return work


def sentences(snapshot: Snapshot, spans: Sequence[Span]) -> list[Span]:
    """The sentences in some spans, or in the whole document."""
    text, found = snapshot.text, list[Span]()
    for passage in prose.passages(text, snapshot.language):
        at = passage.span.start
        while at < passage.span.end:
            sentence = places.sentence_of(text, Span(at, min(at + 1, passage.span.end)), passage.span)
            if not spans or any(sentence.start < span.end and span.start < sentence.end for span in spans):
                found.append(sentence)
            at = max(sentence.end, at) + 1
    return [span for span in dict.fromkeys(found) if span.start < span.end]


def scored_words(text: str, part: Span, tokens: Sequence[TokenScore]) -> list[tuple[Span, float]]:
    """The words of a part of a text, each with the least probability of the tokens that it is made of."""
    at, borders = part.start, list[tuple[int, int, float]]()
    for token in tokens:
        borders.append((at, at + len(token.text), token.probability))
        at += len(token.text)
    if at != part.end:
        return []  # a sign was parted between tokens, so nobody knows where they stand
    found = []
    for word in words_in(text, part):
        inside = [p for start, end, p in borders if start < word.end and word.start < end]
        found.append((word, min(inside)))
    return found
