"""Edits in the words of the protocol."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from llada_lsp import edits
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot
from llada_lsp.marks import Marks
from llada_lsp.positions import LineIndex
from llada_lsp.tasks import Proposal
from lsprotocol import types

from llada_edit.edits import Edit, apply
from llada_edit.holes import Span

TEXT = "Dear [?name] 😀,\r\nwe [?verb] you, [?].\r\n\r\nIt isn't late.\r\n[?when: 2 words]"


def at(text: str, version: int | None = 4) -> Snapshot:
    return Snapshot("file:///a.md", version, LineIndex(text, "utf-16"))


def test_edits_are_bound_to_the_version_where_the_client_can_take_it() -> None:
    edit = Edit(Span(5, 12), "Ann")
    bound = edits.workspace_edit(at(TEXT), [edit], Client(versioned=True), "Fill")
    free = edits.workspace_edit(at(TEXT), [edit], Client(), "Fill")
    named = edits.workspace_edit(at(TEXT), [edit], Client(versioned=True, annotated=True), "Fill")
    assert bound.document_changes is not None and bound.changes is None and bound.change_annotations is None
    (change,) = bound.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == 4
    assert free.changes is not None and free.document_changes is None
    assert named.change_annotations == {edits.ANNOTATION: types.ChangeAnnotation("Fill")}


def test_long_texts_are_told_by_what_changes() -> None:
    old = "In spite of the rain, the children were very happy and\nbegan to play in the big garden."
    new = old.replace("began", "started").replace("very ", "").replace("big", "big, old")
    assert edits.told([old], [new]) == "− very · began → started · + , old"
    assert edits.told(["[?]", "[?]"], ["a  b", "c\nd"]) == "a b … c d"
    other = "Nothing of what stood there before has stayed in this new sentence."
    assert edits.told([old], [other]) == f"{other[:59]}…"
    assert edits.told([], [other]) == f"{other[:59]}…"


@given(st.text("a, b|$}\\\n"), st.text("a, b|$}\\"))
def test_choices_of_a_snippet_come_back_as_they_were(one: str, other: str) -> None:
    made = edits.choice_edit(at("a b"), Span(0, 1), [one, other])
    (change,) = made.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    snippet: Any = change.edits[0]
    inside = snippet.snippet.value.removeprefix("${1|").removesuffix("|}")
    parts, now, escaped = [], "", False
    for sign in inside:
        if escaped or sign not in "\\,|":
            now, escaped = now + sign, False
        elif sign == "\\":
            escaped = True
        else:
            assert sign == ","
            parts, now = [*parts, now], ""
    assert [*parts, now] == [one.replace("\n", " "), other]


@given(st.text("ab .\n"), st.text("ab .\n"))
def test_small_edits_make_the_same_text(before: str, after: str) -> None:
    text = f"x{before}y"
    small = edits.small(text, [Edit(Span(1, len(text) - 1), after)])
    assert apply(text, small) == f"x{after}y"


def test_an_edit_on_its_way_is_recognised_after_ghost_text_was_answered() -> None:
    def proposal(start: int, text: str) -> Proposal:
        return Proposal((Edit(Span(start, start), text),), 0.0)

    marks = Marks()
    marks.expect("a", "one two", "rewritten", [proposal(3, " more")], ("",))
    marks.expect("a", "one two", "ghost", [proposal(7, " three")], ("",))
    found = marks.settle("a", "one more two")
    assert found is not None and found.order == "rewritten"
    assert marks.settle("a", "one two three") is None  # of the text before
