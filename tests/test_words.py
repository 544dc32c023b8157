"""What a user points at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.holes import Span
from llada_edit.words import WORD, word_at


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
    touching = [word.span() for word in WORD.finditer(text[part.start : part.end])]
    shifted = [(first + start, last + start) for first, last in touching if first + start <= offset <= last + start]
    assert (found and (found.start, found.end)) == (shifted[0] if shifted else None)
