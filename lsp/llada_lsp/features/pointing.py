"""What stands where the user points, for all features that begin with a place in a document."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from llada_edit.holes import Hole, Span
from llada_lsp import places
from llada_lsp.documents import Snapshot
from llada_lsp.server import Server
from llada_lsp.settings import Settings


@dataclass(frozen=True, slots=True)
class Pointed:
    """A place in a document.

    Attributes:
        snapshot: the document.
        settings: that hold for it.
        offset: the place.
        holes: all holes of the document.
        hole: the one that the place is in or next to.
        word: the word that it is in or next to, outside of holes.
    """

    snapshot: Snapshot
    settings: Settings
    offset: int
    holes: tuple[Hole, ...]
    hole: Hole | None
    word: Span | None


def pointed(ls: Server, document: types.TextDocumentIdentifier, position: types.Position) -> Pointed | None:
    """What stands at a position; None where the document is not open, or none to work in."""
    snapshot = ls.snapshot(document.uri)
    if snapshot is None:
        return None
    settings = ls.choices.of(snapshot.uri)
    offset = snapshot.lines.offset(position)
    holes, _ = places.holes_of(snapshot.text, settings.marker)
    hole = places.hole_at(holes, offset)
    line = snapshot.lines.lines_of(Span(offset, offset))
    word = None if hole else places.word_at(snapshot.text, offset, line)
    return Pointed(snapshot, settings, offset, holes, hole, word)
