"""The life of open documents: they come, change and go, and what is known of them with them.

A cell of a notebook is a document of its own; cells of other languages than Markdown are not asked for.
"""

from __future__ import annotations

from lsprotocol import types

from llada_edit.holes import Span
from llada_lsp.features import diagnostics, marked
from llada_lsp.server import Server


def register(server: Server) -> None:
    """Add the handlers; pygls has brought the text up to date before they are called."""
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(_opened)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(_changed)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)(_notebook_opened)
    server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)(_notebook_changed)
    server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)(_notebook_closed)


def changing(ls: Server, uri: str, span: Span, text: str) -> None:
    """A span of a document was replaced; several changes may come before anybody else looks at it."""
    ls.worker.outdate(uri)
    ls.marks.change(uri, span, text)
    if uri in ls.findings:
        moved = (finding.moved(span, len(text)) for finding in ls.findings[uri])
        ls.findings[uri] = [finding for finding in moved if finding is not None]


def _opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    _begin(ls, params.text_document.uri)


def _changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    _settle(ls, params.text_document.uri)


def _closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    _end(ls, params.text_document.uri)


def _notebook_opened(ls: Server, params: types.DidOpenNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        _begin(ls, cell.uri, params.notebook_document.uri)


def _notebook_changed(ls: Server, params: types.DidChangeNotebookDocumentParams) -> None:
    cells = params.change.cells
    if cells is None:
        return
    if cells.structure is not None:
        for opened in cells.structure.did_open or ():
            _begin(ls, opened.uri, params.notebook_document.uri)
        for closed in cells.structure.did_close or ():
            _end(ls, closed.uri)
    for content in cells.text_content or ():
        _settle(ls, content.document.uri)


def _notebook_closed(ls: Server, params: types.DidCloseNotebookDocumentParams) -> None:
    for cell in params.cell_text_documents:
        _end(ls, cell.uri)


def _begin(ls: Server, uri: str, notebook: str = "") -> None:
    ls.worker.outdate(uri)
    ls.marks.close(uri)
    ls.findings.pop(uri, None)  # of a client that opens a document twice
    if notebook:
        ls.choices.notebooks[uri] = notebook
    ls.choices.of(uri)
    ls.say_complaints()
    diagnostics.show(ls, uri)


def _settle(ls: Server, uri: str) -> None:
    snapshot = ls.snapshot(uri)
    if snapshot is not None and ls.marks.settle(snapshot.uri, snapshot.text) is not None:
        marked.changed(ls, snapshot.uri)
    else:
        diagnostics.show(ls, uri)


def _end(ls: Server, uri: str) -> None:
    ls.worker.outdate(uri)
    ls.marks.close(uri)
    for known in (ls.findings, ls.kept, ls.coloured, ls.choices.notebooks):
        known.pop(uri, None)
    diagnostics.show(ls, uri)
