"""Notes within the text: how long a hole is going to be, and what a rewriting has done to the length.

The list never waits for the model: lengths are looked for when the typing pauses, and the client is told to ask again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.holes import Hole, Span
from llada_edit.markup import closing_of
from llada_lsp import places, tasks
from llada_lsp.documents import Snapshot
from llada_lsp.features.completion import percent
from llada_lsp.server import Server

PAUSE = 0.6
"""Seconds without a change before lengths are looked for."""
MOST = 32
"""Holes of one list whose lengths are looked for."""
NEAR = 300
"""Characters on either side of a hole that decide whether its length is still the same."""
SHOWN = 256
"""Holes of one list whose lengths are shown."""
REMEMBERED = 4 * SHOWN
"""Holes whose lengths are remembered: more than are shown at once, or clients would be told to ask again for ever."""

Lengths = OrderedDict[int, int]
"""Words that are expected in a hole, by a hash of what stands around it."""


def register(server: Server) -> None:
    """Add the handler."""
    lengths: Lengths = OrderedDict()

    def hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        return _hints(ls, params, lengths)

    server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions())(hints)


def _hints(ls: Server, params: types.InlayHintParams, lengths: Lengths) -> list[types.InlayHint] | None:
    snapshot = ls.snapshot(params.text_document.uri)
    if snapshot is None or not ls.choices.of(snapshot.uri).inlayHints:
        return None
    within = snapshot.lines.span(params.range)
    return [*_written(ls, snapshot, within), *_expected(ls, snapshot, within, lengths)]


def _written(ls: Server, snapshot: Snapshot, within: Span) -> list[types.InlayHint]:
    made = []
    for mark in ls.marks.of(snapshot.uri):
        last = mark.spans[-1]
        if not within.start <= last.end <= within.end:
            continue
        growth = None if mark.order.op == "fill" else mark.growth
        sure = mark.edits[-1].probability
        parts = [] if growth is None else [f"{growth:+.0%}".replace("-", "−").replace("%", " %")]
        parts += [] if sure is None else [percent(sure)]
        if parts:
            tooltip = "length against the text before, and how probable the new text is"
            label = " · ".join(parts)
            made.append(types.InlayHint(snapshot.lines.position(last.end), label, tooltip=tooltip, padding_left=True))
    return made


def _expected(ls: Server, snapshot: Snapshot, within: Span, lengths: Lengths) -> list[types.InlayHint]:
    """The lengths of open holes that are known; the others are looked for."""
    marker = ls.choices.of(snapshot.uri).marker
    holes, _ = places.holes_of(snapshot.text, marker)
    made, missing = list[types.InlayHint](), list[Hole]()
    inside = (hole for hole in holes if within.start <= hole.span.end <= within.end)
    for hole in islice((hole for hole in inside if hole.length is None and not hole.note), SHOWN):
        words = lengths.get(_key(ls, snapshot, hole))
        if words is None:
            missing.append(hole)
        else:
            made.append(_length(snapshot, hole, words, marker))
    if missing and not ls.loading and not ls.unloaded and "inlayHint" in ls.client.refreshes:
        ls.spawn(_measure(ls, snapshot, missing[:MOST], lengths))
    return made


def _length(snapshot: Snapshot, hole: Hole, words: int, marker: str) -> types.InlayHint:
    count = f"{words} word" if words == 1 else f"{words} words"
    end = hole.span.end - len(closing_of(marker))
    fixed = types.TextEdit(snapshot.lines.range(Span(end, end)), f": {count}")
    return types.InlayHint(
        snapshot.lines.position(hole.span.end),
        f"≈ {count}",
        text_edits=[fixed],
        tooltip="expected length; accepting it makes it the length of the hole",
        padding_left=True,
    )


async def _measure(ls: Server, snapshot: Snapshot, holes: Sequence[Hole], lengths: Lengths) -> None:
    """Look for the lengths of holes one by one, so that others come in between, until the text changes."""
    await asyncio.sleep(PAUSE)
    if not ls.same(snapshot):
        return
    found = False
    for hole in holes:
        try:
            words = await ls.ask("lengths", tasks.length_for(snapshot.text, hole.span), snapshot)
        except JsonRpcException:  # the document has changed
            return
        if words is None:
            break
        lengths[_key(ls, snapshot, hole)] = max(1, round(words))
        found = True
    while len(lengths) > REMEMBERED:
        lengths.popitem(last=False)
    if found:
        ls.refresh("inlayHint")


def _key(ls: Server, snapshot: Snapshot, hole: Hole) -> int:
    text, span = snapshot.text, hole.span
    return hash((ls.settings.engine, text[max(0, span.start - NEAR) : span.start], text[span.end : span.end + NEAR]))
