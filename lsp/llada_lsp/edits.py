"""Edits in the words of the protocol: bound to a version, labelled, as small as they can be, as far as a client can."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from llada_edit.diff import word_diff
from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot

ANNOTATION = "llada-edit"
TITLE = 60
"""Characters of new texts that are shown where the user chooses one."""


def workspace_edit(snapshot: Snapshot, edits: Sequence[Edit], client: Client, label: str) -> types.WorkspaceEdit:
    """The edits for the client, bound to the version that they were made for if it can take that."""
    if not client.versioned:
        changes = [types.TextEdit(snapshot.lines.range(edit.span), edit.text) for edit in edits]
        return types.WorkspaceEdit(changes={snapshot.uri: changes})
    made: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = []
    for edit in edits:
        range_ = snapshot.lines.range(edit.span)
        if client.annotated:
            made.append(types.AnnotatedTextEdit(ANNOTATION, range_, edit.text))
        else:
            made.append(types.TextEdit(range_, edit.text))
    annotations = {ANNOTATION: types.ChangeAnnotation(label)} if client.annotated else None
    return types.WorkspaceEdit(document_changes=[_bound(snapshot, made)], change_annotations=annotations)


def choice_edit(snapshot: Snapshot, span: Span, texts: Sequence[str]) -> types.WorkspaceEdit:
    """One edit in which the user picks a text, for clients that know snippets."""
    snippet = types.StringValue("${1|" + ",".join(map(escaped, texts)) + "|}")
    return types.WorkspaceEdit(
        document_changes=[_bound(snapshot, [types.SnippetTextEdit(snapshot.lines.range(span), snippet)])]
    )


def escaped(text: str) -> str:
    """A text as one of the choices of a snippet; line breaks cannot stand there."""
    for sign in "\\,|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split("\n"))


def small(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The same change in small edits on whole words, so that cursors and folds elsewhere stay where they are."""
    made = []
    for edit in edits:
        start = edit.span.start
        for part in word_diff(edit.span.of(text), edit.text):
            made.append(Edit(Span(start + part.span.start, start + part.span.end), part.text))
    return made


def told(originals: Sequence[str], texts: Sequence[str]) -> str:
    """New texts on one line, to choose by; long ones by the words that change, where that is shorter.

    Args:
        originals: what stands there now.
        texts: what would stand there instead.
    """
    line = " … ".join(" ".join(text.split()) for text in texts)
    if len(line) > TITLE and len(originals) == len(texts):
        pairs = zip(originals, texts, strict=True)
        changes = " · ".join(_change(old, part) for old, new in pairs for part in word_diff(old, new))
        line = changes if 0 < len(changes) < len(line) else line
    return line if len(line) <= TITLE else f"{line[: TITLE - 1]}…"


def _change(text: str, edit: Edit) -> str:
    old, new = (" ".join(part.split()) for part in (edit.span.of(text), edit.text))
    return f"{old} → {new}" if old and new else f"+ {new}" if new else f"− {old}"


def _bound(
    snapshot: Snapshot, edits: Sequence[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]
) -> types.TextDocumentEdit:
    return types.TextDocumentEdit(
        types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version), list(edits)
    )
