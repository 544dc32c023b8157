"""The gate: guilty changes are found among harmless ones, and everything else is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.formats.gate import keep
from llada_edit.formats.markdown import Markdown
from llada_edit.formats.plain import Plain
from llada_edit.formats.text import Block, TextProse, decode, prose
from llada_edit.holes import Span


@dataclass
class Counting:
    """A format that counts its readings; the letter X is structure, and two Y together cannot be read."""

    reads: int = 0
    name: str = "counting"
    suffixes: tuple[str, ...] = ()
    language_ids: tuple[str, ...] = field(default=())

    def read(self, data: bytes) -> TextProse:
        self.reads += 1
        text = decode(data)
        if text.count("Y") > 1:
            raise DocumentError("two Y")
        return prose(text, [Block(0, len(text), [(0, len(text))])], ["X"] * text.count("X"))


def edits(text: str, *new: tuple[str, str]) -> list[Edit]:
    return [Edit(Span(text.index(old), text.index(old) + len(old)), to) for old, to in new]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["a", "b", "c", "X"]), min_size=1, max_size=40))
def test_exactly_the_guilty_changes_are_dropped(new: list[str]) -> None:
    form, text = Counting(), "w" * len(new)
    proposed = [Edit(Span(at, at + 1), word) for at, word in enumerate(new)]
    kept = keep(form, form.read(text.encode()), proposed)
    assert [edit.text for edit in kept.changes] == [word for word in new if word != "X"]
    assert {one.reason for one in kept.rejected} <= {"it changes the structure of the file"}
    assert kept.data.decode() == "".join("w" if word == "X" else word for word in new)
    guilty = new.count("X")
    assert form.reads - 1 <= 1 + 2 * guilty * (len(new).bit_length() + 1)


def test_changes_that_harm_only_together_lose_the_later_one() -> None:
    form, text = Counting(), "one two three"
    kept = keep(form, form.read(text.encode()), edits(text, ("one", "Y"), ("two", "2"), ("three", "Y")))
    assert kept.data == b"Y 2 three"
    assert [one.reason for one in kept.rejected] == ["the file could not be read afterwards: two Y"]


def test_harmless_changes_cost_one_reading() -> None:
    form, text = Counting(), "word " * 500
    prose = form.read(text.encode())
    keep(form, prose, [Edit(Span(at, at + 4), "more") for at in range(0, 2500, 5)])
    assert form.reads == 2


def test_hostile_changes_cost_a_bounded_number_of_readings() -> None:
    form, text = Counting(), "w" * 2000
    kept = keep(form, form.read(text.encode()), [Edit(Span(at, at + 1), "X") for at in range(2000)])
    assert kept.changes == () and len(kept.rejected) == 2000 and kept.data == text.encode()
    assert form.reads <= 402


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("a\nb", "line break"),
        ("a\r\nb", "line break"),
        ("a\u2028b", "U+2028"),
        ("a\x00b", "U+0000"),
        ("a\tb", "U+0009"),
        ("a\u202eb", "U+202E"),
        ("a\u2066b\u2069", "U+2066"),
        ("a\u200bb", "U+200B"),
        ("a\u2060b", "U+2060"),
        ("a\u00adb", "U+00AD"),
        ("a\ufeffb", "U+FEFF"),
        ("a\u3164b", "U+3164"),
        ("a\U000e0041b", "U+E0041"),
        ("a\ud800b", "U+D800"),
        ("see http://evil.example", "address"),
        ("see evil.com/x", "address"),
        ("see www.evil.example", "address"),
        ("mail me@evil.example", "address"),
        ("javascript:alert(1)", "address"),
        ("<b>bold</b>", "tag"),
        ("<script>", "tag"),
        ("<!-- x -->", "tag"),
        ("{{secret}}", "protected"),
        ("${secret}", "protected"),
        ("%s", "protected"),
        ("[?]", "protected"),
        ("[MASK]", "protected"),
        ("<|mdm_mask|>", "protected"),
    ],
)
@pytest.mark.parametrize("form", [Plain(), Markdown()])
def test_what_new_text_may_not_hold(form: Plain | Markdown, new: str, reason: str) -> None:
    text = "some words here\n"
    kept = keep(form, form.read(text.encode()), edits(text, ("words", new)))
    assert kept.data == text.encode()
    assert reason in kept.rejected[0].reason


def test_what_the_old_text_has_may_stay() -> None:
    text = "ni\u200bce http://a.example and\n  more <b x\n"
    kept = keep(
        Plain(),
        Plain().read(text.encode()),
        [Edit(Span(0, 5), "go\u200bod"), *edits(text, ("and\n  more", "or\n  less"))],
    )
    assert kept.data.decode() == "go\u200bod http://a.example or\n  less <b x\n"
    known = keep(Plain(), Plain().read(text.encode()), edits(text, ("more", "http://a.example")))
    assert known.rejected[0].reason == "it changes a protected string"


def test_an_address_is_not_completed_by_what_stands_beside_it() -> None:
    text = "see evil here\n"
    kept = keep(Plain(), Plain().read(text.encode()), [Edit(Span(8, 8), ".com/x")])
    assert kept.changes == ()


def test_breaks_may_go_but_not_change() -> None:
    text = "one\r\n  two\r\nthree\r\n"
    kept = keep(Plain(), Plain().read(text.encode()), edits(text, ("one\r\n  two", "1 2")))
    assert kept.data == b"1 2\r\nthree\r\n"
    for new in ("1\n2", "1\r\n2", "1\r\n  2\r\n3"):
        assert keep(Plain(), Plain().read(text.encode()), edits(text, ("one\r\n  two", new))).data == text.encode()


def test_overlapping_and_outside_changes_are_refused_with_a_reason() -> None:
    text = "one `code` two\n"
    prose = Markdown().read(text.encode())
    proposed = [Edit(Span(0, 3), "1"), Edit(Span(1, 2), "2"), Edit(Span(5, 9), "x"), Edit(Span(90, 99), "x")]
    kept = keep(Markdown(), prose, proposed)
    assert kept.data == b"1 `code` two\n"
    assert [one.reason for one in kept.rejected] == [
        "it overlaps another change",
        "it touches protected text",
        "it touches protected text",
    ]


def test_splice_refuses_what_is_not_inside_one_span() -> None:
    prose = Markdown().read(b"one `code` two\n")
    for span in (Span(0, 5), Span(5, 6), Span(11, 14 + 1)):
        with pytest.raises(DocumentError, match="protected text"):
            prose.splice([Edit(span, "x")])
    with pytest.raises(DocumentError, match="overlap"):
        prose.splice([Edit(Span(0, 2), "x"), Edit(Span(1, 3), "x")])
