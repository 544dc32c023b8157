"""What a user points at."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.holes import Span
from llada_edit.words import is_word, word_at, words_in


@pytest.mark.parametrize(
    ("text", "offset", "word"),
    [
        ("The cat", 4, "cat"),
        ("The cat", 7, "cat"),
        ("The cat", 3, "The"),
        ("don't stop", 4, "don't"),
        ("well-known", 6, "well-known"),
        ("'quoted'", 0, None),
        ("a  b", 2, None),
        ("", 0, None),
        ("caf\u00e9!", 2, "caf\u00e9"),
        ("the cafe\u0301s are", 5, "cafe\u0301s"),
        ("the cafe\u0301s are", 10, "cafe\u0301s"),
        ("o\u0308l-fa\u0308sser!", 0, "o\u0308l-fa\u0308sser"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941", 3, "\u0928\u092e\u0938\u094d\u0924\u0947"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", 0, "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f469\u200d\U0001f52c", 1, None),
        ("a\u0301", 1, "a\u0301"),
    ],
)
def test_word_at(text, offset, word):
    found = word_at(text, offset)
    assert (found and found.of(text)) == word


@given(st.text("ab '-\n.", max_size=12), st.data())
def test_a_word_is_whole_touches_the_offset_and_stays_within(text, data):
    offset = data.draw(st.integers(0, len(text)))
    start = data.draw(st.integers(0, offset))
    part = Span(start, data.draw(st.integers(offset, len(text))))
    found = word_at(text, offset, part)
    touching = [word.span() for word in re.finditer(r"\w+(?:['\u2019-]\w+)*", text[part.start : part.end])]
    shifted = [(first + start, last + start) for first, last in touching if first + start <= offset <= last + start]
    assert (found and (found.start, found.end)) == (shifted[0] if shifted else None)


@given(st.text("ae\u0301\u0928\u0947\u200d' -", max_size=12))
def test_no_word_ends_between_a_letter_and_its_marks(text):
    for word in words_in(text):
        assert word.of(text)[0].isalnum()
        assert not unicodedata.category(text[word.end : word.end + 1] or " ").startswith("M")
        assert is_word(word.of(text))
        assert word_at(text, word.end) == word


@pytest.mark.parametrize("text", ["", " cat", "cat ", "two words", "!", "\u0301", "'s"])
def test_what_is_no_word(text):
    assert not is_word(text)
