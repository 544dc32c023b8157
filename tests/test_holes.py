"""Spans, lengths and holes as values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.errors import DocumentError
from llada_edit.holes import Hole, LengthHint, Span, Unit


@pytest.mark.parametrize(
    ("text", "unit", "low", "high", "canonical"),
    [
        ("3-8 words", "words", 3, 8, "3-8 words"),
        ("3 to 8 words", "words", 3, 8, "3-8 words"),
        (" 3 \u2013 8  Words ", "words", 3, 8, "3-8 words"),
        ("1-1 words", "words", 1, 1, "exactly 1 word"),
        ("0-5 words", "words", 0, 5, "at most 5 words"),
        ("5 words", "words", 5, 5, "exactly 5 words"),
        ("1 word", "words", 1, 1, "exactly 1 word"),
        ("4 tokens", "tokens", 4, 4, "exactly 4 tokens"),
        ("exactly 4 tokens", "tokens", 4, 4, "exactly 4 tokens"),
        ("at most 40 chars", "chars", 0, 40, "at most 40 chars"),
        ("AT  MOST 1 character", "chars", 0, 1, "at most 1 char"),
        ("at least 3 words", "words", 3, None, "at least 3 words"),
        ("at least 1 token", "tokens", 1, None, "at least 1 token"),
    ],
)
def test_length(text: str, unit: str, low: int, high: int | None, canonical: str) -> None:
    hint = LengthHint.parse(text)
    assert (hint.unit, hint.minimum, hint.maximum, str(hint)) == (unit, low, high, canonical)


@given(st.sampled_from(["tokens", "words", "chars"]), st.integers(0, 99), st.none() | st.integers(1, 99))
def test_length_round_trip(unit: Unit, low: int, high: int | None) -> None:
    hint = LengthHint(unit, min(low, high or low), high)
    assert LengthHint.parse(str(hint)) == hint


@pytest.mark.parametrize(
    "text",
    [
        *("", "words", "3", "3words", "-3 words", "3- words", "3-8-9 words", "at 3 words", "exactly 3-8 words"),
        *("3 wordss", "0 chars", "0-0 words", "at most 0 words", "8-3 words", "9" * 5000 + " words", "a few words"),
        "3 words please",
    ],
)
def test_what_is_not_a_length(text: str) -> None:
    with pytest.raises(DocumentError):
        LengthHint.parse(text)


def test_length_accepts() -> None:
    words = LengthHint.parse("2-3 words")
    assert [words.accepts(text, tokens=9) for text in ("", "a", "a b", "a\u2028b\r\nc", "a b c d")] == [
        *(False, False, True, True, False)
    ]
    assert LengthHint.parse("at most 2 chars").accepts("e\u0301", tokens=9)
    assert not LengthHint.parse("at most 1 char").accepts("e\u0301", tokens=1)
    assert LengthHint.parse("4 tokens").accepts("anything", tokens=4)
    assert not LengthHint.parse("4 tokens").accepts("a b c d", tokens=5)
    assert LengthHint.parse("at least 1 word").accepts("w " * 1000, tokens=1)


@pytest.mark.parametrize("values", [("lines", 1, 2), ("words", -1, 2), ("words", 0, 0), ("words", 3, 2)])
def test_length_out_of_range(values: tuple[Any, int, int]) -> None:
    with pytest.raises(DocumentError):
        LengthHint(*values)


def test_span() -> None:
    assert len(Span(2, 5)) == 3
    assert Span(2, 5).of("abcdef") == "cde"
    assert Span(1, 9) < Span(2, 3) < Span(2, 4)
    assert bool(Span(3, 3))
    for start, end in [(-1, 2), (3, 2), (-2, -1)]:
        with pytest.raises(DocumentError, match=f"{start}-{end}"):
            Span(start, end)


@pytest.mark.parametrize(
    ("left", "right", "overlap"),
    [
        ((0, 3), (3, 5), False),
        ((0, 3), (2, 5), True),
        ((0, 9), (2, 5), True),
        ((3, 3), (3, 5), False),
        ((3, 5), (5, 5), False),
        ((3, 5), (4, 4), True),
        ((3, 3), (3, 3), True),
        ((3, 3), (4, 4), False),
    ],
)
def test_overlap(left: tuple[int, int], right: tuple[int, int], overlap: bool) -> None:
    assert Span(*left).overlaps(Span(*right)) is overlap
    assert Span(*right).overlaps(Span(*left)) is overlap


@pytest.mark.parametrize("name", ["a b", "a:b", "a]", "a\n", "!", "\ud800"])
def test_hole_names(name: str) -> None:
    with pytest.raises(DocumentError, match="not a hole name"):
        Hole(Span(0, 0), name)
