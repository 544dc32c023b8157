"""How much context is shown, and where it is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.testing import PARAGRAPH, tiny_model
from llada_edit.window import crop_left, crop_right, encode_left, share_out

WORDS = tiny_model().vocabulary
timeless = settings(max_examples=60)


@timeless
@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_shares_fit_and_waste_nothing(left, right, room):
    keep_left, keep_right = share_out(left, right, room)
    assert 0 <= keep_left <= left
    assert 0 <= keep_right <= right
    assert keep_left + keep_right == min(room, left + right)
    assert keep_right >= min(right, room // 3), "the right context is always kept"


TEXT = "One two three.\n\nThe cat sat. The dog ran into the garden.\n\n" + PARAGRAPH


@timeless
@given(st.integers(0, 200))
def test_crops_are_the_nearest_part(keep):
    ids = WORDS.encode(TEXT)
    left, right = crop_left(ids, keep, WORDS), crop_right(ids, keep, WORDS)
    assert len(left) <= keep
    assert len(right) <= keep
    assert left == ids[len(ids) - len(left) :]
    assert right == ids[: len(right)]
    assert min(len(left), len(right)) >= min(keep, len(ids)) // 2, "more than half of what fits is thrown away"


def text_of(ids):
    return b"".join(WORDS.token_bytes(token) for token in ids).decode(errors="replace")


def test_a_paragraph_border_is_best():
    ids = WORDS.encode("The cat sat. The dog ran.\n\nThe chair stood. It was about time.\nThe end")
    assert text_of(
        crop_left(ids, len(WORDS.encode("The chair stood. It was about time.\nThe end")) + 4, WORDS)
    ).startswith(("The chair", "\nThe chair"))
    assert text_of(crop_right(ids, len(WORDS.encode("The cat sat. The dog ran.\n\n")) + 5, WORDS)).endswith("ran.\n\n")


def test_then_a_sentence_and_then_a_word():
    ids = WORDS.encode("The cat sat on the mat. The dog ran into the garden")
    tail = len(WORDS.encode(" The dog ran into the garden"))
    assert text_of(crop_left(ids, tail + 3, WORDS)) == " The dog ran into the garden"
    assert text_of(crop_left(ids, tail - 1, WORDS)).startswith(" ")
    head = len(WORDS.encode("The cat sat on the mat."))
    assert text_of(crop_right(ids, head + 3, WORDS)) == "The cat sat on the mat."


@pytest.mark.parametrize("text", ["", "a", "a ", "a\n", "a\n\n", "a  ", "\n\n", "word.\n    ", "\t"])
def test_white_space_before_a_hole_is_split_as_if_a_word_followed(text):
    ids = encode_left(text, WORDS)
    assert text_of(ids) == text
    if text.endswith("\n"):
        assert ids == WORDS.encode(text + "a")[: len(ids)]
