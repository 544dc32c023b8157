"""What is offered where, and the texts around it, without a server and without a model."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llada_lsp import edits, places, prose
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot
from llada_lsp.features import completion, hover, inline, offers, selection
from llada_lsp.operations import Operation
from llada_lsp.positions import LineIndex
from lsprotocol import types

from llada_edit.document import Document
from llada_edit.edits import Edit, apply
from llada_edit.errors import DocumentError
from llada_edit.holes import Span

timeless = settings(deadline=None)
TEXT = "Dear [?name] 😀,\r\nwe [?verb] you, [?].\r\n\r\nIt isn't late.\r\n[?when: 2 words]"
OPERATIONS = (
    Operation("paraphrase", "Paraphrase", "", strength=True, varied=True),
    Operation("shorten", "Shorten", ""),
)


def at(text: str, version: int | None = 4) -> Snapshot:
    return Snapshot("file:///a.md", version, LineIndex(text, "utf-16"))


def fills(start: int, end: int | None = None, text: str = TEXT, n: int = 3) -> list[str]:
    holes, problems = places.holes_of(text, "[?")
    assert not problems
    near = offers.holes_near(at(text), Span(start, start if end is None else end), holes)
    return [offer.title for offer in offers.fills(at(text), near, holes, n)]


def wordings(start: int, end: int, text: str, n: int = 3) -> dict[str, Span]:
    found = offers.wordings(at(text), Span(start, end), n)
    return {offer.title: at(text).lines.span(offer.order.ranges[0]) for offer in found if offer.order}


def test_a_caret_in_or_next_to_a_hole() -> None:
    expected = ["Fill this hole", "Choose a filling for this hole…", "Fill all 4 holes"]
    assert fills(5) == fills(8) == fills(12) == expected
    assert fills(5, n=1) == ["Fill this hole", "Fill all 4 holes"]


def test_a_caret_elsewhere_on_the_line_of_holes() -> None:
    expected = ["Fill these 2 holes", "Choose a filling for these 2 holes…", "Fill all 4 holes"]
    assert fills(TEXT.index("you") + 1) == expected


def test_a_selection_with_holes_and_one_without() -> None:
    assert fills(0, TEXT.index("you"))[0] == "Fill these 2 holes"
    assert fills(0, len(TEXT)) == ["Fill these 4 holes", "Choose a filling for these 4 holes…"]
    start = TEXT.index("It")
    assert fills(start, start + 8) == [] and offers.REWORD_TITLE in wordings(start, start + 8, TEXT)
    assert wordings(start + 2, start + 3, TEXT) == {}  # a space


def test_several_paragraphs_are_no_wording() -> None:
    text = "one\r\n \r\ntwo\nthree"
    assert wordings(0, len(text), text) == {}
    assert "Another wording of the same length" in wordings(text.index("two"), len(text), text)


def test_a_long_text_is_no_wording() -> None:
    text = "one two three four five six seven eight nine"
    assert wordings(0, len(text), text) == {}
    assert offers.REWORD_TITLE in wordings(0, text.index(" nine"), text)


def test_what_an_operation_cannot_change_is_not_offered() -> None:
    text = "We use it. They utilise it."
    plain = Operation("plain", "Make plain", "", possible=lambda sentence: "utilise" in sentence)

    def titles(offset: int) -> list[str]:
        place = Span(offset, offset)
        return [offer.title for offer in offers.rewritings(at(text), place, [plain, OPERATIONS[1]], 3, previews=False)]

    assert titles(3) == ["Shorten"] and titles(text.index("They")) == ["Make plain", "Shorten"]


def test_wording_leaves_the_blanks_at_its_ends_alone() -> None:
    assert set(wordings(2, 15, "We  thank you  all.").values()) == {Span(4, 13)}
    assert set(wordings(4, 4, "It isn't so").values()) == {Span(3, 8)}
    assert wordings(3, 3, "a  b") == {
        "Replace by another wording here": Span(3, 4),
        "Choose another wording…": Span(3, 4),
    }
    assert wordings(2, 2, "a  ") == {"Write something that fits here": Span(2, 2)}


@pytest.mark.parametrize(
    ("selected", "meant"),
    [
        ("<e>arly", "<>early"),
        ("Caf<e\u0301>s", "Caf<>e\u0301s"),
        ("word<.> ", "word<>. "),
        ("a<\n>b", "a<>\nb"),
        ("a <I> b", "a <I> b"),
        ("<\U0001f600\U0001f600>", "<\U0001f600\U0001f600>"),
        ("<ea>rly", "<ea>rly"),
    ],
)
def test_a_cursor_that_is_one_character_selected_is_a_place(selected: str, meant: str) -> None:
    def span(marked: str) -> Span:
        return Span(marked.index("<"), marked.index(">") - 1)

    text = selected.replace("<", "").replace(">", "")
    assert places.meant(text, span(selected), Span(0, len(text))) == span(meant)


def test_rewriting_takes_the_selection_or_the_sentence() -> None:
    text = "One. Two goes on (e.g. here). Three!\n\nFour"

    def spans(start: int, end: int) -> set[Span]:
        found = offers.rewritings(at(text), Span(start, end), OPERATIONS, 3, previews=False)
        return {at(text).lines.span(offer.order.ranges[0]) for offer in found if offer.order}

    assert spans(7, 7) == {Span(5, text.index(" Three"))}
    assert spans(4, 4) == {Span(0, 4)}  # after a full stop, what has just been read
    assert spans(5, 8) == {Span(5, 8)}
    assert spans(len(text), len(text)) == {Span(text.index("Four"), len(text))}
    titles = [offer.title for offer in offers.rewritings(at(text), Span(7, 7), OPERATIONS, 3, previews=True)]
    assert titles == ["Paraphrase (touch-up)", "Paraphrase", "Paraphrase (rewrite)", "Paraphrase: choose…",
                      "Paraphrase: preview…", "Shorten"]  # fmt: skip


def test_the_command_of_an_action_says_where_in_the_units_of_the_client() -> None:
    holes, _ = places.holes_of(TEXT, "[?")
    (fill, *_) = offers.fills(at(TEXT), [holes[1].span], holes, 1)
    assert fill.order is not None
    assert offers.plain_order(fill.order) == {
        "uri": "file:///a.md",
        "version": 4,
        "ranges": [{"start": {"line": 1, "character": 3}, "end": {"line": 1, "character": 10}}],
        "op": "fill",
        "n": 1,
    }


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


@timeless
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


@timeless
@given(st.text("ab .\n"), st.text("ab .\n"))
def test_small_edits_make_the_same_text(before: str, after: str) -> None:
    text = f"x{before}y"
    small = edits.small(text, [Edit(Span(1, len(text) - 1), after)])
    assert apply(text, small) == f"x{after}y"


words = st.text("ab .,\u00e9", max_size=12)


@timeless
@given(words, words, words)
def test_nothing_is_suggested_that_follows_anyway(text: str, left: str, right: str) -> None:
    kept = inline.without_overlap(text, left, right)
    assert kept in text
    for size in range(1, min(len(kept), len(right)) + 1):
        repeated = kept.endswith(right[:size]) and right[:size].strip()
        cut = kept[: len(kept) - size][-1:].isalnum() and right[:1].isalnum()
        cut |= right[size - 1].isalnum() and right[size : size + 1].isalnum()
        assert not repeated or cut


@pytest.mark.parametrize(
    ("text", "left", "right", "fine"),
    [
        ("so (as they say)", "It is ", ".", True),
        ("as they say)", "It is so (", ", no", True),
        ("as they say)", "It is so (quite)", "", False),
        ("the `name", "", "", False),
        ("the `name", "of ", "` here", True),
        ('said "yes', "", '"', True),
        ("\u201d", "\u201cyes", "", False),
        ("yes\u201d", "\u201c", "", True),
        ("**", "", "", False),
        ("gov", "See the guide.", "", False),
        (" Then", "See the guide.", "", True),
        ("hip", "member", "", True),
        ("x)", "one (\n\ntwo ", "", False),  # another paragraph is no partner
        ("a]", "*[", "*", True),
        ("", "a", "b", False),
    ],
)
def test_what_is_suggested_has_words_and_opens_nothing(text: str, left: str, right: str, fine: bool) -> None:
    assert inline.readable(text, left, right) == fine


@timeless
@given(st.text('a([{\u201c)]}\u201d"*', max_size=12))
def test_open_signs(text: str) -> None:
    signs = places.open_signs(text)
    assert 0 <= signs <= len(text)
    assert places.open_signs(f"{text}(") == signs + 1
    assert places.open_signs(f"{text}(a)[b]") == signs == places.open_signs(f"(a)\u201cb\u201d{text}")


@pytest.mark.parametrize(
    ("text", "left", "right", "kept"),
    [
        ("of the", "One ", " the proposal", "of"),
        ("in the end.", "It was ", ".", "in the end"),
        ("a", "", " and", "a"),
        ("committee agreed", "The committee ", " to it", "agreed"),
        ("end", "", "endless", "end"),
    ],
)
def test_overlaps(text: str, left: str, right: str, kept: str) -> None:
    assert inline.without_overlap(text, left, right).strip() == kept


@timeless
@given(st.text("ab .,;\n\r\u2028[?]\U0001f600", max_size=40), st.data())
def test_selections_grow_to_the_document(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    spans = selection.growing(at(text), offset, "[?")
    assert spans[-1] == Span(0, len(text))
    for inner, outer in pairwise(spans):
        assert outer.start <= inner.start and inner.end <= outer.end and len(outer) > len(inner)
    assert all(span.start <= offset <= span.end for span in spans)


class Emphasis:
    """A format in which stars and what stands between braces is markup."""

    name, suffixes, language_ids = "emphasis", (".em",), ("emphasis",)

    def read(self, data: bytes) -> Any:
        from types import SimpleNamespace

        from llada_edit.formats.base import Passage

        text, parts, start = data.decode(), [], 0
        for place, sign in enumerate(text + "*"):
            if sign in "*{}":
                if start < place and "{" not in text[max(0, start - 1) : start]:
                    parts.append(Span(start, place))
                start = place + 1
        return SimpleNamespace(text=text, passages=(Passage(Span(0, len(text)), tuple(parts)),))


def test_markup_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prose, "format_for_language", lambda language: Emphasis() if language == "emphasis" else None)
    text = "one *two* three {code} four"
    whole = Span(0, len(text))
    parts = prose.editable(text, "emphasis", whole)
    assert [part.of(text) for part in parts] == ["one ", "two", " three ", " four"]
    assert [part.of(text) for part in prose.protected(text, "emphasis", [whole])] == ["*", "*", "{code}"]
    assert prose.editable(text, "other", whole) == (whole,) and prose.protected(text, "other", [whole]) == ()
    assert prose.passages("lone \ud800", "emphasis") == ()  # not to be written as a file, so left alone


def test_hovers_escape_what_the_model_says() -> None:
    text = hover.hover_text("a_b", [("a|b*", 0.5), ("<b>", 0.004)], markdown=True).value
    assert r"| a\|b\* | 50 % |" in text and r"| \<b\> | < 1 % |" in text and r"“a\_b”" in text
    plain = hover.hover_text("a_b", [("a|b*", 0.5)], markdown=False).value
    assert "50 %  a|b*" in plain and "“a_b”" in plain


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


def test_an_editor_that_completes_while_someone_types() -> None:
    snapshot = Snapshot("file:///a.md", 1, LineIndex("word"), typed=(4, 100.0))
    assert completion.is_typing(snapshot, 4, 100.5)
    assert not completion.is_typing(snapshot, 2, 100.5)
    assert not completion.is_typing(snapshot, 4, 100.0 + completion.TYPING)
    assert not completion.is_typing(at("word"), 4, 100.0)
