"""Colours: what has changed since the answer before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.features.tokens import changes

numbers = st.lists(st.integers(0, 2), max_size=8)


@given(numbers, numbers)
def test_the_changes_make_the_new_answer_of_the_old_one(before: list[int], after: list[int]) -> None:
    made = list(before)
    for edit in changes(before, after):
        made[edit.start : edit.start + edit.delete_count] = edit.data or []
    assert made == after
    assert (changes(before, after) == []) == (before == after)
