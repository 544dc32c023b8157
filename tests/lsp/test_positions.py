"""Positions: lines as the protocol splits them, three encodings, clamping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.documents import OpenDocument
from llada_lsp.positions import LineIndex, units
from lsprotocol.types import Position, PositionEncodingKind, Range, TextDocumentContentChangePartial

from llada_edit.holes import Span

ENCODINGS = ["utf-8", "utf-16", "utf-32"]
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
texts = st.text(
    st.sampled_from("a é\n\r\u2028\u2029\x85\x0b\x0c\U0001f600\u0301\ufeff漢\ud800") | st.characters(), max_size=40
)
encodings = st.sampled_from(ENCODINGS)


def length(text: str, encoding: str) -> int:
    codec, size = CODECS[encoding]
    return len(text.encode(codec, "surrogatepass")) // size


@given(texts, encodings)
def test_every_offset_survives_a_round_trip(text: str, encoding: str) -> None:
    index = LineIndex(text, encoding)
    for offset in range(len(text) + 1):
        inside_break = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        assert index.offset(index.position(offset)) == offset - inside_break


@given(texts, encodings)
def test_lines_are_those_of_the_protocol(text: str, encoding: str) -> None:
    index = LineIndex(text, encoding)
    assert "".join(index.lines) == text
    assert len(index) == text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    for number, line in enumerate(index.lines):
        start = sum(map(len, index.lines[:number]))
        bare = line.rstrip("\r\n")
        assert index.position(start + len(bare)) == Position(number, length(bare, encoding))


@given(texts, encodings, st.integers(0, 60), st.integers(0, 60))
def test_positions_outside_are_clamped_and_never_split_a_character(
    text: str, encoding: str, line: int, character: int
) -> None:
    index = LineIndex(text, encoding)
    offset = index.offset(Position(line, character))
    assert 0 <= offset <= len(text)
    if line >= len(index):
        assert offset == len(text)
        return
    place = index.position(offset)
    assert place.line == line and place.character <= character


@given(texts)
def test_units_are_those_of_the_codec(text: str) -> None:
    assert [units(text, encoding) for encoding in ENCODINGS] == [length(text, encoding) for encoding in ENCODINGS]


@given(texts, encodings, st.data())
def test_changes_are_applied_where_they_are_meant(text: str, encoding: str, data: st.DataObject) -> None:
    # No boundary between \r and \n: no position can name it.
    places = [i for i in range(len(text) + 1) if not (i > 0 and text[i - 1 : i + 1] == "\r\n")]
    start, end = sorted((data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))))
    new = data.draw(texts)
    document = OpenDocument("file:///a.md", text)
    document.position_codec.encoding = PositionEncodingKind(encoding)
    range_ = LineIndex(text, encoding).range(Span(start, end))
    document.apply_change(TextDocumentContentChangePartial(range_, new))
    assert document.source == text[:start] + new + text[end:]
    assert document.typed is not None and document.typed[0] == start + len(new)


def test_changes_past_the_end_of_a_line_and_of_the_text() -> None:
    document = OpenDocument("file:///a.md", "ab\u2028c\r\nlast")
    document.apply_change(TextDocumentContentChangePartial(Range(Position(0, 4), Position(0, 99)), "!"))
    assert document.source == "ab\u2028c!\r\nlast"
    document.apply_change(TextDocumentContentChangePartial(Range(Position(9, 0), Position(9, 9)), "."))
    assert document.source == "ab\u2028c!\r\nlast."


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0, Position(0, 0)), (1, Position(0, 2)), (3, Position(0, 4)), (4, Position(1, 0)), (6, Position(1, 1))],
)
def test_an_emoji_is_two_units_of_utf_16(offset: int, expected: Position) -> None:
    assert LineIndex("😀é\u2028\n漢", "utf-16").position(offset) == expected


def test_ranges_may_run_backwards() -> None:
    assert LineIndex("abc").span(Range(Position(0, 2), Position(0, 1))) == Span(1, 2)


def test_lines_of_a_span() -> None:
    index = LineIndex("one\r\ntwo\nthree")
    assert index.lines_of(Span(1, 1)) == Span(0, 3)
    assert index.lines_of(Span(6, 9)) == Span(5, 14)
