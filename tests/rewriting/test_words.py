"""Sentences, words and their kinds."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.holes import Span
from llada_edit.rewriting.words import LONGEST, kind_of, sentences, words

ANY = st.text(st.sampled_from("Ab c.\n\r!?\u3002\u4eca'\u2019-1_\ud83d\u2028\x00\"\U0001f600")) | st.text(
    st.characters(exclude_categories=())
)
RAIN = ["\u4eca\u65e5\u306f\u6674\u308c\u3002", "\u660e\u65e5\u306f\u96e8\u3002"]


@given(ANY, st.data())
def test_sentences_are_in_order_apart_and_hold_all_that_is_not_blank(text, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    found = list(sentences(text, span))
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(one.of(text) == one.of(text).strip() != "" for one in found)
    held = {place for one in found for place in range(one.start, one.end)}
    assert all(place in held for place in range(span.start, span.end) if text[place].strip())


@pytest.mark.parametrize("blank", ["\u2028", "\u3000", "\u00a0", "\u2009", "\x85"])
def test_wide_blanks_do_not_stop_the_splitter(blank):
    text = f"A{blank}.'\u4eca"
    assert [one.of(text) for one in sentences(text)] == [text]


@given(ANY)
def test_words_are_in_order_and_whole(text):
    for sentence in sentences(text):
        found = words(text, sentence)
        assert all(a.span.end <= b.span.start for a, b in pairwise(found))
        assert all(word.span.of(text) == word.text for word in found)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Dr. Smith left. He ran!", ["Dr. Smith left.", "He ran!"]),
        ("".join(RAIN), RAIN),
        ("A title\r\n\r\nA text.", ["A title", "A text."]),
    ],
)
def test_sentences(text, parts):
    assert [one.of(text) for one in sentences(text)] == parts


def test_a_word_that_is_cut_by_the_part_is_left_out():
    text = "The committee met."
    assert [w.text for w in words(text, Span(0, 18), Span(6, 18))] == ["met"]
    assert [w.text for w in words(text, Span(0, 18), Span(0, 9))] == ["The"]


def test_long_sentences_are_taken_in_parts():
    text = "word " * (3 * LONGEST)
    parts = list(sentences(text))
    assert len(parts) == 3
    assert all(len(words(text, part)) == LONGEST for part in parts)


@pytest.mark.parametrize(
    ("word", "opens", "kind"),
    [
        ("Paris", False, "name"),
        ("Houses", True, "content"),
        ("houses", False, "content"),
        ("API", True, "name"),
        ("isn\u2019t", False, "negation"),
        ("Not", True, "negation"),
        ("2nd", False, "number"),
        ("The", False, "function"),
        ("he's", False, "function"),
        ("\u4e09", False, "content"),
    ],
)
def test_kinds(word, opens, kind):
    assert kind_of(word, opens) == kind
