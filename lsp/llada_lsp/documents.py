"""Open documents as the protocol means them, frozen views of them for work that takes a while, and what changed.

pygls splits lines with `str.splitlines` and clamps positions to the last character of a line; both corrupt texts with
U+2028 or with changes that reach past the end of a line, so lines and changes are redone here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from llada_edit.holes import Span
from llada_lsp.positions import LineIndex

OnChange = Callable[[str, Span, str], None]
"""Called with the URI, the span that was replaced, and what stands there now, before anything else is answered."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it stands now.

    Attributes:
        uri: as the client wrote it when it opened the document.
        version: as the client counts; None where it does not.
        lines: the text and its positions.
        language: id of the language, as the client calls it.
        typed: offset and time (`time.monotonic`) of the end of the last change; None before the first.
    """

    uri: str
    version: int | None
    lines: LineIndex
    language: str = ""
    typed: tuple[int, float] | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.lines.text

    def same_as(self, other: Snapshot | None) -> bool:
        """Whether the document still stands as it stood."""
        return other is not None and (self.uri, self.version, self.text) == (other.uri, other.version, other.text)


class OpenDocument(TextDocument):
    """A document that the client has opened."""

    typed: tuple[int, float] | None = None
    on_change: OnChange | None = None
    _index: LineIndex | None = None
    _typed_to = 0

    @property
    def index(self) -> LineIndex:
        """The positions of the present text."""
        if self._index is None or self._index.text is not self.source:
            self._index = LineIndex(self.source, self.position_codec.encoding or "utf-16")
        return self._index

    @property
    def lines(self) -> Sequence[str]:
        """The lines with their ends."""
        return self.index.lines

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        self._replace(self.index.span(change.range), change.text)
        self.typed = self._typed_to, time.monotonic()

    def _apply_full_change(self, change: types.TextDocumentContentChangeEvent) -> None:
        span, text = difference(self.source, change.text)
        self._replace(span, text)

    def _replace(self, span: Span, text: str) -> None:
        source = self.source
        self._source = source[: span.start] + text + source[span.end :]
        self._typed_to = span.start + len(text)
        if self.on_change is not None:
            self.on_change(self.uri, span, text)


def difference(before: str, after: str) -> tuple[Span, str]:
    """One replacement that makes `after` of `before`: what stands between their common beginning and end."""
    most = min(len(before), len(after))
    start = _common(before, after, most)
    end = _common(before[::-1], after[::-1], most - start)
    return Span(start, len(before) - end), after[start : len(after) - end]


def _common(one: str, other: str, most: int) -> int:
    """Length of the common beginning, at most `most`; by halves, since comparing slices is quick."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class OpenDocuments(Workspace):
    """The documents that the client has opened; nothing is ever read from the disk."""

    on_change: OnChange | None = None

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> OpenDocument:
        document = OpenDocument(
            doc_uri,
            source=source or "",
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )
        document.on_change = self.on_change
        return document

    def snapshot(self, uri: str) -> Snapshot | None:
        """A frozen view of an open document; None for one that is not open."""
        document = self.text_documents.get(unquote(uri))
        if not isinstance(document, OpenDocument):
            return None
        return Snapshot(document.uri, document.version, document.index, document.language_id or "", document.typed)
