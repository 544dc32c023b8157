"""Places in a text: paragraphs, holes, words, pairs of signs, selections that grow."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llada_lsp import places
from llada_lsp.documents import Snapshot
from llada_lsp.features import selection
from llada_lsp.positions import LineIndex

from llada_edit.document import Document
from llada_edit.errors import DocumentError
from llada_edit.holes import Span

TEXT = "Dear [?name] 😀,\r\nwe [?verb] you, [?].\r\n\r\nIt isn't late.\r\n[?when: 2 words]"


def at(text: str, version: int | None = 4) -> Snapshot:
    return Snapshot("file:///a.md", version, LineIndex(text, "utf-16"))


def test_holes_of_the_same_paragraph_are_no_context() -> None:
    holes, _ = places.holes_of(TEXT, "[?")
    document = places.document_for(TEXT, [holes[0].span], holes)
    assert [hole.name for hole in document.holes] == ["name", "verb", ""]
    document = places.document_for(TEXT, [holes[3].span], holes)
    assert [(hole.name, str(hole.length)) for hole in document.holes] == [("when", "exactly 2 words")]
    assert places.document_for("a b", [Span(1, 1)], ()) == Document.between("a", " b")


def test_a_span_that_cuts_a_hole_is_refused() -> None:
    holes, _ = places.holes_of(TEXT, "[?")
    with pytest.raises(DocumentError, match="overlap"):
        places.document_for(TEXT, [Span(3, 7)], holes)


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
    assert places.paragraph_of(text, Span(offset, offset)).of(text) == paragraph


@given(st.text('a([{\u201c)]}\u201d"*', max_size=12))
def test_open_signs(text: str) -> None:
    signs = places.open_signs(text)
    assert 0 <= signs <= len(text)
    assert places.open_signs(f"{text}(") == signs + 1
    assert places.open_signs(f"{text}(a)[b]") == signs == places.open_signs(f"(a)\u201cb\u201d{text}")


@given(st.text("ab .,;\n\r\u2028[?]\U0001f600", max_size=40), st.data())
def test_selections_grow_to_the_document(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    spans = selection.growing(at(text), offset, "[?")
    assert spans[-1] == Span(0, len(text))
    for inner, outer in pairwise(spans):
        assert outer.start <= inner.start and inner.end <= outer.end and len(outer) > len(inner)
    assert all(span.start <= offset <= span.end for span in spans)


def test_markup_that_cannot_be_read_is_no_hole_and_has_a_reason() -> None:
    holes, problems = places.holes_of("a [?b\n[?c] [?d:] [?e]", "[?")
    assert [hole.name for hole in holes] == ["c", "e"]
    assert [problem.span for problem in problems] == [Span(2, 5), Span(11, 16)]
    assert "is not closed" in str(problems[0]) and "1:3" in str(problems[0])


def test_a_name_that_is_taken_is_no_name() -> None:
    text = "[?a: 2 words] and [?a: 3 words], [?b]"
    holes, (problem,) = places.holes_of(text, "[?")
    assert [(hole.name, str(hole.length)) for hole in holes] == [
        ("a", "exactly 2 words"),
        ("", "exactly 3 words"),
        ("b", "None"),
    ]
    assert problem.span.of(text) == "[?a: 3 words]" and "'a' is taken at 1:1" in str(problem)
    assert len(places.document_for(text, [holes[1].span], holes).holes) == 3


@given(st.text("ab'\u2019 .漢", max_size=8), st.data())
def test_inside_a_word_there_are_letters_on_both_sides(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    inside = places.goes_on(text, offset)
    left, right = re.search(r"[ab]['\u2019]?\Z", text[:offset]), re.match(r"['\u2019]?[ab]", text[offset:])
    assert inside == (left is not None and right is not None)
    assert not (inside and places.finished_word(text, offset) and text[offset - 1 : offset].isspace())


def test_words_that_are_finished() -> None:
    text = "The committee met. A commit by the Committee"
    for word, finished in (("The", True), ("met", True), ("commit", False), ("Committee", True), ("A", True)):
        assert places.finished_word(text, text.rindex(word) + len(word)) == finished, word
    assert not places.finished_word(text, 0) and not places.finished_word("met. ", 4)
    assert not places.finished_word("漢字", 2)
