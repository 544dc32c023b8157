"""Hints, for those who switch them on: holes that are left, and words that a check has found unlikely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from llada_edit.holes import Span
from llada_lsp import places
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot
from llada_lsp.wire import plain_range

if TYPE_CHECKING:
    from llada_lsp.server import Server

SOURCE = "llada-edit"
HOLE, UNLIKELY, MARKUP = "hole", "unlikely", "markup"

SEVERITIES = {
    HOLE: types.DiagnosticSeverity.Hint,
    UNLIKELY: types.DiagnosticSeverity.Information,
    MARKUP: types.DiagnosticSeverity.Warning,
}


def register(server: Server) -> None:
    """Add the handler for clients that ask."""
    options = types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier=SOURCE)
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(_pull)


def _pull(ls: Server, params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
    snapshot = ls.snapshot(params.text_document.uri)
    return types.RelatedFullDocumentDiagnosticReport(items=found_in(ls, snapshot) if snapshot else [])


def show(ls: Server, uri: str) -> None:
    """Bring the hints of a document up to date in the client, whichever way it likes."""
    if ls.client.pulls_diagnostics:
        ls.refresh("diagnostics")
        return
    snapshot = ls.snapshot(uri)
    found = found_in(ls, snapshot) if snapshot else []
    if found or uri in ls.hinted:
        (ls.hinted.add if found else ls.hinted.discard)(uri)
        version = snapshot.version if snapshot else None
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


def found_in(ls: Server, snapshot: Snapshot) -> list[types.Diagnostic]:
    """The hints for a document; those of a check also where hints are off, since somebody has asked for them."""
    settings, made = ls.choices.of(snapshot.uri), list[types.Diagnostic]()
    if settings.diagnostics:
        holes, problems = places.holes_of(snapshot.text, settings.marker)
        made += [_hint(snapshot, hole.span, HOLE, "a hole that is not filled") for hole in holes]
        made += [_hint(snapshot, problem.span, MARKUP, str(problem)) for problem in problems]
    for finding in ls.findings.get(snapshot.uri, ()):
        word = finding.span.of(snapshot.text)
        made.append(_hint(snapshot, finding.span, UNLIKELY, f"“{word}” is unlikely here ({finding.probability:.1g})"))
    return made


def _hint(snapshot: Snapshot, span: Span, code: str, message: str) -> types.Diagnostic:
    return types.Diagnostic(snapshot.lines.range(span), message, SEVERITIES[code], code=code, source=SOURCE)


def fixes(snapshot: Snapshot, given: Sequence[types.Diagnostic], client: Client) -> list[types.CodeAction]:
    """An action for each of our hints that a client shows."""
    made = []
    for hint in given:
        if hint.source != SOURCE or hint.code not in (HOLE, UNLIKELY):
            continue
        op, title = ("fill", "Choose a filling…") if hint.code == HOLE else ("reword", "Choose another wording…")
        order = {"uri": snapshot.uri, "version": snapshot.version, "ranges": [plain_range(hint.range)], "op": op}
        action = types.CodeAction(title, kind="quickfix.llada", diagnostics=[hint])
        action.command = types.Command(title, "lladaEdit.choose", arguments=[order])
        if client.tags:
            action.tags = [types.CodeActionTag.LlmGenerated]
        made.append(action)
    return made
