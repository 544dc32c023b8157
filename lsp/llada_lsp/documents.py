"""Open documents as the protocol means them, and frozen views of them for work that takes a while.

pygls splits lines with `str.splitlines` and clamps positions to the last character of a line; both corrupt texts with
U+2028 or with changes that reach past the end of a line, so lines and changes are redone here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from llada_lsp.positions import LineIndex


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A document as it stands now.

    Attributes:
        uri: as the client writes it.
        version: as the client counts; None where it does not.
        lines: the text and its positions.
        typed: offset and time (`time.monotonic`) of the end of the last change; None before the first.
    """

    uri: str
    version: int | None
    lines: LineIndex
    typed: tuple[int, float] | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.lines.text


class OpenDocument(TextDocument):
    """A document that the client has opened."""

    typed: tuple[int, float] | None = None
    _index: LineIndex | None = None

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
        span = self.index.span(change.range)
        source = self.source
        self._source = source[: span.start] + change.text + source[span.end :]
        self.typed = span.start + len(change.text), time.monotonic()


class OpenDocuments(Workspace):
    """The documents that the client has opened; nothing is ever read from the disk."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> OpenDocument:
        return OpenDocument(
            doc_uri,
            source=source or "",
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )

    def snapshot(self, uri: str) -> Snapshot | None:
        """A frozen view of an open document; None for one that is not open."""
        document = self.text_documents.get(unquote(uri))
        if not isinstance(document, OpenDocument):
            return None
        return Snapshot(uri, document.version, document.index, document.typed)
