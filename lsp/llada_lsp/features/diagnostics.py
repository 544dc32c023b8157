"""Hints, for those who switch them on: holes that are left, and words that a check has found unlikely."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_lsp import places
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot
from llada_lsp.edits import workspace_edit
from llada_lsp.session import Session
from llada_lsp.wire import plain, plain_range

SOURCE = "llada-edit"
HOLE, UNLIKELY, MARKUP, LOST = "hole", "unlikely", "markup", "lost"

SEVERITIES = {
    HOLE: types.DiagnosticSeverity.Hint,
    UNLIKELY: types.DiagnosticSeverity.Information,
    MARKUP: types.DiagnosticSeverity.Warning,
    LOST: types.DiagnosticSeverity.Warning,
}


def register(server: Session) -> None:
    """Add the handler for clients that ask."""
    options = types.DiagnosticOptions(inter_file_dependencies=False, workspace_diagnostics=False, identifier=SOURCE)
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(_pull)


def _pull(ls: Session, params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
    snapshot = ls.snapshot(params.text_document.uri)
    return types.RelatedFullDocumentDiagnosticReport(items=found_in(ls, snapshot) if snapshot else [])


def show(ls: Session, uri: str) -> None:
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


def found_in(ls: Session, snapshot: Snapshot) -> list[types.Diagnostic]:
    """The hints for a document; those of a check also where hints are off, since somebody has asked for them."""
    settings, made = ls.choices.of(snapshot.uri), list[types.Diagnostic]()
    if settings.diagnostics:
        holes, problems = places.holes_of(snapshot.text, settings.marker)
        made += [_hint(snapshot, hole.span, HOLE, "a hole that is not filled") for hole in holes]
        made += [_hint(snapshot, problem.span, MARKUP, str(problem)) for problem in problems]
    for finding in ls.findings.get(snapshot.uri, ()):
        word = finding.span.of(snapshot.text)
        hint = _hint(snapshot, finding.span, UNLIKELY, f"“{word}” is unlikely here ({finding.probability:.1g})")
        hint.data = {"word": word, "alternatives": list(finding.others)}
        made.append(hint)
    return [*made, *_lost(ls, snapshot)]


def _lost(ls: Session, snapshot: Snapshot) -> list[types.Diagnostic]:
    """Texts just written that have lost words of the keep-list; rewriting keeps them, other words and edits may not."""
    terms = (*ls.choices.of(snapshot.uri).keep, *ls.kept.get(snapshot.uri, ()))
    made = []
    for mark in ls.marks.of(snapshot.uri):
        before = " ".join(" ".join(mark.originals).split())
        now = " ".join(" ".join(span.of(snapshot.text) for span in mark.spans).split())
        for term in dict.fromkeys((*terms, *mark.order.keep)):
            plain_term = " ".join(term.split())
            if before.count(plain_term) > now.count(plain_term):
                span = Span(mark.spans[0].start, mark.spans[-1].end)
                made.append(_hint(snapshot, span, LOST, f"“{plain_term}” was to be kept, and is gone here"))
    return made


def _hint(snapshot: Snapshot, span: Span, code: str, message: str) -> types.Diagnostic:
    return types.Diagnostic(snapshot.lines.range(span), message, SEVERITIES[code], code=code, source=SOURCE)


def _replacements(snapshot: Snapshot, hint: types.Diagnostic, client: Client) -> list[types.CodeAction]:
    """The better words that a check has found, ready to be put in, if the word still stands where it stood."""
    data, span = plain(hint.data), snapshot.lines.span(hint.range)
    if not isinstance(data, dict) or data.get("word") != span.of(snapshot.text):
        return []
    words = data.get("alternatives")
    made = []
    for word in [word for word in words if isinstance(word, str)] if isinstance(words, list) else []:
        title = f"Replace by “{word}”"
        edit = workspace_edit(snapshot, [Edit(span, word)], client, title)
        made.append(types.CodeAction(title, kind="quickfix.llada", diagnostics=[hint], edit=edit))
    return made


def fixes(snapshot: Snapshot, given: Sequence[types.Diagnostic], client: Client) -> list[types.CodeAction]:
    """An action for each of our hints that a client shows."""
    made = []
    for hint in given:
        if hint.source != SOURCE or hint.code not in (HOLE, UNLIKELY):
            continue
        made += _replacements(snapshot, hint, client)
        op, title = ("fill", "Choose a filling…") if hint.code == HOLE else ("reword", "Choose another wording…")
        order = {"uri": snapshot.uri, "version": snapshot.version, "ranges": [plain_range(hint.range)], "op": op}
        action = types.CodeAction(title, kind="quickfix.llada", diagnostics=[hint])
        action.command = types.Command(title, "lladaEdit.choose", arguments=[order])
        made.append(action)
    for action in made if client.tags else ():
        action.tags = [types.CodeActionTag.LlmGenerated]
    return made
