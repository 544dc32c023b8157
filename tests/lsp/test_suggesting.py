"""What is suggested at a cursor, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.documents import Snapshot
from llada_lsp.features import completion, inline
from llada_lsp.positions import LineIndex

words = st.text("ab .,\u00e9", max_size=12)


def at(text: str, version: int | None = 4) -> Snapshot:
    return Snapshot("file:///a.md", version, LineIndex(text, "utf-16"))


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


def test_an_editor_that_completes_while_someone_types() -> None:
    snapshot = Snapshot("file:///a.md", 1, LineIndex("word"), typed=(4, 100.0))
    assert completion.is_typing(snapshot, 4, 100.5)
    assert not completion.is_typing(snapshot, 2, 100.5)
    assert not completion.is_typing(snapshot, 4, 100.0 + completion.TYPING)
    assert not completion.is_typing(at("word"), 4, 100.0)
