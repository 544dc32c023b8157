"""Diffs on whole words: they reach the other text, are few, and part nothing that a reader sees as one."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hard_texts import texts
from hypothesis import given
from hypothesis import strategies as st

import llada_edit.diff as diff_module
from llada_edit.diff import word_diff
from llada_edit.edits import Edit, apply, invert
from llada_edit.holes import Span


@given(texts, texts)
def test_word_diff_reaches_the_other_text(before: str, after: str) -> None:
    edits = word_diff(before, after)
    assert apply(before, edits) == after
    assert apply(after, invert(before, edits)) == before
    assert word_diff(before, before) == ()
    assert all(edit.span.of(before) != edit.text for edit in edits)


@given(
    st.lists(st.sampled_from(["one", "two", " ", "\r\n", ", ", "e\u0301a", "\U0001f44d\U0001f3fd"]), max_size=9),
    st.data(),
)
def test_word_diff_of_one_changed_word_is_one_edit(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    left, right = "".join(words[:at]) + " ", " " + "".join(words[at:])
    assert word_diff(f"{left}old{right}", f"{left}new{right}") == (Edit(Span(len(left), len(left) + 3), "new"),)


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("the cat sat", "the dog sat", [(4, 7, "dog")]),
        ("the cat sat", "the cat", [(7, 11, "")]),
        ("the cat", "the big cat", [(4, 4, "big ")]),
        ("", "new", [(0, 0, "new")]),
        ("old", "", [(0, 3, "")]),
        ("a b\r\nc", "a b\nc", [(3, 5, "\n")]),
        ("walks. It", "walked, it", [(0, 9, "walked, it")]),
        ("cafe\u0301s x", "cafe x", [(0, 6, "cafe")]),
        ("\U0001f44d\U0001f3fd", "\U0001f44d\U0001f3fe", [(0, 2, "\U0001f44d\U0001f3fe")]),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f373", [(0, 3, "\U0001f469\u200d\U0001f373")]),
        ("\U0001f1e9\U0001f1ea", "\U0001f1e9\U0001f1f0", [(0, 2, "\U0001f1e9\U0001f1f0")]),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e007f",
            "\U0001f3f4\U000e0067\U000e0063\U000e007f",
            [(0, 4, "\U0001f3f4\U000e0067\U000e0063\U000e007f")],
        ),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            [(0, 8, "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645")],
        ),
        ("co\u00adop x", "co\u00aded x", [(0, 5, "co\u00aded")]),
        ("私は犬です", "私は猫です", [(2, 3, "猫")]),
        ("one\ntwo\nthree\n", "one\n2\nthree\n", [(4, 7, "2")]),
    ],
)
def test_word_diff(before: str, after: str, edits: list[tuple[int, int, str]]) -> None:
    assert [(edit.span.start, edit.span.end, edit.text) for edit in word_diff(before, after)] == edits


def inside(text: str, at: int) -> bool:
    """True where a cut would part what a reader sees as one: a word, a letter and its mark, an emoji, a line end."""
    left, right = text[at - 1 : at], text[at : at + 1]
    if not left or not right:
        return False
    glue = unicodedata.category(right).startswith("M") or "\u200d" in (left, right) or right in "\U0001f3fd"
    return (
        glue or left + right == "\r\n" or re.fullmatch(r"[a-z][a-z]", re.sub(r"\u0301", "t", left) + right) is not None
    )


@given(texts, texts)
def test_word_diff_cuts_no_word(before: str, after: str) -> None:
    for edit in word_diff(before, after):
        assert not inside(before, edit.span.start)
        assert not inside(before, edit.span.end)


few = st.lists(st.sampled_from("abc"), min_size=6, max_size=30).map(" ".join)


@given(few, few, st.integers(0, 30), st.sampled_from([0, 2, 50]))
def test_word_diff_of_long_texts(old: str, new: str, small: int, deepest: int) -> None:
    """The same laws where the text is too long for one comparison; the bound is lowered to see it in short ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diff_module, "_SMALL", small)
        patch.setattr(diff_module, "_DEEPEST", deepest)
        edits = word_diff(old, new)
    assert apply(old, edits) == new
    assert all(edit.span.of(old) != edit.text for edit in edits)
    assert all(left.span.end < right.span.start for left, right in pairwise(edits))


def test_word_diff_of_a_long_text_stays_small() -> None:
    words = [f"w{number * number % 997}" for number in range(4000)]
    changed = [f"new{at}" if at % 40 == 0 else word for at, word in enumerate(words)]
    edits = word_diff(" ".join(words), " ".join(changed))
    assert [edit.text for edit in edits] == [f"new{at}" for at in range(0, 4000, 40)]
    nothing_in_common = word_diff("a b " * 2000, "c d " * 2000)
    assert [(edit.span, edit.text) for edit in nothing_in_common] == [(Span(0, 7999), "c d " * 1999 + "c d")]
