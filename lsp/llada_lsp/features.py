"""What is offered at a place in a text, in the words of the protocol. Nothing here runs the model or waits for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lsprotocol import types

from llada_edit.document import Document, Hole, Span
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.words import word_at
from llada_lsp.documents import Snapshot

FILL = "lladaEdit.fill"
CANCEL = "lladaEdit.cancel"
REWORD = "Replace by another wording here"
KIND = "refactor.rewrite.llada"
CHOICES = 4
"""Most fillings to choose from in a message: editors show them side by side."""

_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r(?!\n)|\n)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&])")

Action = tuple[str, tuple[Span, ...], int]
"""Title, spans to fill, and how many fillings to choose from."""


def hole_at(holes: Sequence[Hole], offset: int) -> Hole | None:
    """The hole whose markup an offset is in or next to."""
    return next((hole for hole in holes if hole.span.start <= offset <= hole.span.end), None)


def paragraph_of(text: str, span: Span) -> Span:
    """The text around a span up to the nearest blank lines."""
    start = max((found.end() for found in _BLANK_LINE.finditer(text, 0, span.start)), default=0)
    after = _BLANK_LINE.search(text, span.end)
    return Span(start, after.start() if after else len(text))


def actions_at(
    snapshot: Snapshot, selection: Span, holes: Sequence[Hole], n: int, *, words: bool = True
) -> list[Action]:
    """What can be done with a selection, or at a caret where it is empty.

    Args:
        snapshot: the document.
        selection: of the user.
        holes: of the document.
        n: fillings to choose from.
        words: False offers nothing for a caret in a word, which would be something everywhere.
    """
    near = [hole.span for hole in holes if hole.span.start <= selection.end and selection.start <= hole.span.end]
    if not near:
        lines = snapshot.lines.lines_of(selection)
        inside = [hole.span for hole in holes if lines.start <= hole.span.start and hole.span.end <= lines.end]
        wording = _wording(snapshot, selection) if words or selection.start < selection.end else None
        return [*_fills(inside, holes, n), *([(REWORD, (wording,), 1)] if wording else [])]
    return _fills(near, holes, n)


def _fills(spans: list[Span], holes: Sequence[Hole], n: int) -> list[Action]:
    if not spans:
        return []
    these = "this hole" if len(spans) == 1 else f"these {len(spans)} holes"
    found: list[Action] = [(f"Fill {these}", tuple(spans), 1)]
    if n > 1:
        found.append((f"Choose a filling for {these}…", tuple(spans), min(n, CHOICES)))
    if len(holes) > len(spans):
        found.append((f"Fill all {len(holes)} holes", tuple(hole.span for hole in holes), 1))
    return found


def _wording(snapshot: Snapshot, selection: Span) -> Span | None:
    """What another wording would replace: the selection without blanks at its ends, or the word at the caret."""
    if selection.start == selection.end:
        return word_at(snapshot.text, selection.start, snapshot.lines.lines_of(selection))
    text = selection.of(snapshot.text)
    if not text.strip() or _BLANK_LINE.search(text.strip()):
        return None  # several paragraphs do not become one phrase
    start = selection.start + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip()))


def code_action(snapshot: Snapshot, action: Action) -> types.CodeAction:
    """An action that carries the command `FILL`."""
    title, spans, n = action
    arguments = {
        "uri": snapshot.uri,
        "version": snapshot.version,
        "ranges": [plain_range(snapshot.lines.range(span)) for span in spans],
        "n": n,
    }
    return types.CodeAction(title, kind=KIND, command=types.Command(title, FILL, arguments=[arguments]))


def disabled_action(title: str, reason: str) -> types.CodeAction:
    """An action that cannot be done, and why."""
    return types.CodeAction(title, kind=KIND, disabled=types.CodeActionDisabled(reason))


def plain_range(range_: types.Range) -> dict[str, Any]:
    """A range as plain data, for arguments that travel through the client and back."""
    return {
        name: {"line": place.line, "character": place.character}
        for name, place in (("start", range_.start), ("end", range_.end))
    }


def document_for(text: str, spans: Sequence[Span], holes: Sequence[Hole]) -> Document:
    """The document in which spans are filled, with all other holes of their paragraphs: these are not context.

    Raises:
        DocumentError: a span overlaps a hole that it is not, or another span.
    """
    marked = {hole.span: hole for hole in holes}
    around = [paragraph_of(text, span) for span in spans]
    wanted = {span: marked.get(span, Hole(span)) for span in spans}
    for hole in holes:
        if any(place.start <= hole.span.start and hole.span.end <= place.end for place in around):
            wanted.setdefault(hole.span, hole)
    return Document(text, tuple(sorted(wanted.values(), key=lambda hole: hole.span)))


def completion_items(snapshot: Snapshot, span: Span, texts: Sequence[tuple[str, float | None]]) -> types.CompletionList:
    """One item a text, best first, each in place of the span."""
    range_, present = snapshot.lines.range(span), span.of(snapshot.text)
    items = [
        types.CompletionItem(
            label=text,
            kind=types.CompletionItemKind.Text,
            detail=None if probability is None else percent(probability),
            # Clients filter by what stands there now, and would sort by the alphabet.
            filter_text=present or None,
            sort_text=f"{rank:03}",
            preselect=True if rank == 0 else None,
            insert_text_format=types.InsertTextFormat.PlainText,
            text_edit=types.TextEdit(range_, text),
        )
        for rank, (text, probability) in enumerate(texts)
        if text
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def hover_text(word: str, words: Sequence[tuple[str, float]], markdown: bool) -> types.MarkupContent:
    """Words that fit in place of a word, with their probabilities."""
    if not markdown:
        lines = [f"In place of “{word}”:", *(f"{percent(p):>5}  {text}" for text, p in words)]
        return types.MarkupContent(types.MarkupKind.PlainText, "\n".join(lines))
    head = [f"In place of “{_escaped(word)}”:", "", "| word | probability |", "|:--|--:|"]
    rows = [f"| {_escaped(text)} | {percent(p)} |" for text, p in words]
    return types.MarkupContent(types.MarkupKind.Markdown, "\n".join([*head, *rows]))


def hole_text(hole: Hole) -> types.MarkupContent:
    """What a hole asks for."""
    name = f" “{hole.name}”" if hole.name else ""
    return types.MarkupContent(types.MarkupKind.PlainText, f"Hole{name}, {hole.length or 'of any length'}")


def percent(probability: float) -> str:
    """A probability for people."""
    return "< 1 %" if probability < 0.01 else f"{probability:.0%}".replace("%", " %")


def workspace_edit(snapshot: Snapshot, edits: Sequence[Edit], versioned: bool) -> types.WorkspaceEdit:
    """The edits for the client, bound to the version that they were made for if it can take that."""
    changes = [types.TextEdit(snapshot.lines.range(edit.span), edit.text) for edit in edits]
    if not versioned:
        return types.WorkspaceEdit(changes={snapshot.uri: changes})
    document = types.OptionalVersionedTextDocumentIdentifier(snapshot.uri, snapshot.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, changes)])


def holes_of(text: str, marker: str) -> tuple[tuple[Hole, ...], str]:
    """The holes of a text, or none and the reason why they cannot be read."""
    try:
        return Document.parse(text, marker).holes, ""
    except DocumentError as error:
        return (), str(error)


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
