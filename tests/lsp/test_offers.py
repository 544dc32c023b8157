"""What is offered where, without a server and without a model."""

from __future__ import annotations

import pytest
from llada_lsp import features, handlers
from llada_lsp.documents import Snapshot
from llada_lsp.positions import LineIndex

from llada_edit.document import Document, Span
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError

TEXT = "Dear [?name] 😀,\r\nwe [?verb] you, [?].\r\n\r\nIt isn't late.\r\n[?when: 2 words]"


def at(text: str, version: int | None = 4) -> Snapshot:
    return Snapshot("file:///a.md", version, LineIndex(text, "utf-16"))


def offers(start: int, end: int | None = None, text: str = TEXT, n: int = 3, words: bool = True) -> list[str]:
    holes, why_not = features.holes_of(text, "[?")
    assert not why_not
    found = features.actions_at(at(text), Span(start, start if end is None else end), holes, n, words=words)
    return [title for title, _, _ in found]


def test_a_caret_in_or_next_to_a_hole() -> None:
    expected = ["Fill this hole", "Choose a filling for this hole…", "Fill all 4 holes"]
    assert offers(5) == offers(8) == offers(12) == expected
    assert offers(5, n=1) == ["Fill this hole", "Fill all 4 holes"]


def test_a_caret_elsewhere_on_the_line_of_holes() -> None:
    start = TEXT.index("you")
    expected = ["Fill these 2 holes", "Choose a filling for these 2 holes…", "Fill all 4 holes"]
    assert offers(start + 1) == [*expected, features.REWORD]
    assert offers(start + 1, words=False) == expected


def test_a_selection_with_holes_and_one_without() -> None:
    assert offers(0, TEXT.index("you"))[0] == "Fill these 2 holes"
    assert offers(0, len(TEXT)) == ["Fill these 4 holes", "Choose a filling for these 4 holes…"]
    start = TEXT.index("It")
    assert offers(start, start + 8, words=False) == [features.REWORD]
    assert offers(start + 2, start + 3) == []  # a space


def test_several_paragraphs_are_no_wording() -> None:
    text = "one\r\n \r\ntwo\nthree"
    assert offers(0, len(text), text) == []
    assert offers(text.index("two"), len(text), text) == [features.REWORD]


def test_wording_leaves_the_blanks_at_its_ends_alone() -> None:
    text = "We  thank you  all."
    ((_, spans, _),) = features.actions_at(at(text), Span(2, 15), (), 3)
    assert spans == (Span(4, 13),)
    ((_, spans, _),) = features.actions_at(at("It isn't so"), Span(4, 4), (), 3)
    assert spans == (Span(3, 8),)


def test_the_command_of_an_action_says_where_in_the_units_of_the_client() -> None:
    holes, _ = features.holes_of(TEXT, "[?")
    action = features.code_action(at(TEXT), ("Fill this hole", (holes[1].span,), 1))
    assert action.command is not None and action.command.command == features.FILL
    assert action.command.arguments == [
        {
            "uri": "file:///a.md",
            "version": 4,
            "ranges": [{"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 10}}],
            "n": 1,
        }
    ]


def test_holes_of_the_same_paragraph_are_no_context() -> None:
    holes, _ = features.holes_of(TEXT, "[?")
    document = features.document_for(TEXT, [holes[0].span], holes)
    assert [hole.name for hole in document.holes] == ["name", "verb", ""]
    document = features.document_for(TEXT, [holes[3].span], holes)
    assert [(hole.name, str(hole.length)) for hole in document.holes] == [("when", "exactly 2 words")]
    assert features.document_for("a b", [Span(1, 1)], ()) == Document.between("a", " b")


def test_a_span_that_cuts_a_hole_is_refused() -> None:
    holes, _ = features.holes_of(TEXT, "[?")
    with pytest.raises(DocumentError, match="overlap"):
        features.document_for(TEXT, [Span(3, 7)], holes)


@pytest.mark.parametrize(
    ("text", "offset", "paragraph"),
    [
        ("a", 0, "a"),
        ("a\n\nb c\n \nd", 4, "b c"),
        ("a\r\n\r\nb\r\nc", 6, "b\r\nc"),
        ("a\r\rb", 0, "a"),
    ],
)
def test_paragraphs(text: str, offset: int, paragraph: str) -> None:
    assert features.paragraph_of(text, Span(offset, offset)).of(text) == paragraph


def test_edits_are_bound_to_the_version_where_the_client_can_take_it() -> None:
    edit = Edit(Span(5, 12), "Ann")
    bound = features.workspace_edit(at(TEXT), [edit], versioned=True)
    free = features.workspace_edit(at(TEXT), [edit], versioned=False)
    assert bound.document_changes is not None and bound.changes is None
    assert bound.document_changes[0].text_document.version == 4  # type: ignore[union-attr]
    assert free.changes is not None and free.document_changes is None


def test_hovers_escape_what_the_model_says() -> None:
    text = features.hover_text("a_b", [("a|b*", 0.5), ("<b>", 0.004)], markdown=True).value
    assert r"| a\|b\* | 50 % |" in text and r"| \<b\> | < 1 % |" in text and r"“a\_b”" in text
    plain = features.hover_text("a_b", [("a|b*", 0.5)], markdown=False).value
    assert "50 %  a|b*" in plain and "“a_b”" in plain


def test_markup_that_cannot_be_read_is_no_hole_and_has_a_reason() -> None:
    holes, why_not = features.holes_of("a [?b", "[?")
    assert holes == () and "is not closed" in why_not


@pytest.mark.parametrize(("marker", "closing"), [("[?", "]"), ("{{", "}}"), ("<(", ")>")])
def test_what_closes_a_hole(marker: str, closing: str) -> None:
    assert features.closing_of(marker) == closing


def test_an_editor_that_completes_while_someone_types() -> None:
    snapshot = Snapshot("file:///a.md", 1, LineIndex("word"), typed=(4, 100.0))
    assert handlers.is_typing(snapshot, 4, 100.5)
    assert not handlers.is_typing(snapshot, 2, 100.5)
    assert not handlers.is_typing(snapshot, 4, 100.0 + handlers.TYPING)
    assert not handlers.is_typing(at("word"), 4, 100.0)
