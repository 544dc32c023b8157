"""What is offered where, and the texts around it, without a server and without a model."""

from __future__ import annotations

from typing import Any

import pytest
from llada_lsp import places, prose
from llada_lsp.documents import Snapshot
from llada_lsp.features import hover, offers
from llada_lsp.operations import Operation
from llada_lsp.positions import LineIndex

from llada_edit.holes import Span

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
    plain = Operation("plain", "Make plain", "", possible=lambda whole, span: "utilise" in span.of(whole))

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


def test_a_copy_of_a_document_is_another_one() -> None:
    copy = Snapshot("file:///b.md", 4, LineIndex(TEXT, "utf-16"))
    assert at(TEXT).same_as(at(TEXT)) and not at(TEXT).same_as(copy) and not at(TEXT).same_as(at(TEXT, 5))


def test_hovers_escape_what_the_model_says() -> None:
    text = hover.hover_text("a_b", [("a|b*", 0.5), ("<b>", 0.004)], markdown=True).value
    assert r"| a\|b\* | 50 % |" in text and r"| \<b\> | < 1 % |" in text and r"“a\_b”" in text
    plain = hover.hover_text("a_b", [("a|b*", 0.5)], markdown=False).value
    assert "50 %  a|b*" in plain and "“a_b”:" in plain


@pytest.mark.parametrize("markdown", [True, False])
def test_a_hover_shows_other_words_and_how_probable_the_present_one_is(markdown: bool) -> None:
    words = [("one", 0.5), ("here", 0.25), *((f"word{rank}", 0.02) for rank in range(9))]
    text = hover.hover_text("here", words, markdown).value
    assert text.startswith("In place of “here” (25 %):") and text.count("here") == 1
    assert text.count("%") == 1 + hover.HOVERED
