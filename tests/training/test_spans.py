"""Whole sentences and lines are found in tokens as a reader finds them in the text."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from llada_edit.models.bundled import END, bundled_folder
from llada_edit.training.spans import Spans, find_spans, signs_of

TEXT = """# Notes on the harbour

The old captain remembered the winter. “Nobody came,” he said. She asked, e.g. by letter, why? "No (not yet)." 3.14 is
wrong.  Two spaces stand before this one…

- fresh water
- Two ropes, ten metres each
- bread

A sentence that the editor of this file has wrapped
after fifty characters goes on here. It ended (as
expected).
"""
SENTENCES = [
    "The old captain remembered the winter.",
    "“Nobody came,” he said.",
    "She asked, e.g. by letter, why?",
    '"No (not yet)."',
    "3.14 is\nwrong.",
    "Two spaces stand before this one…",
    "A sentence that the editor of this file has wrapped\nafter fifty characters goes on here.",
    "It ended (as\nexpected).",
]
TOKENIZER = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
SIGNS = signs_of(TOKENIZER)


def spans(text: str) -> tuple[Spans, list[int]]:
    """The spans of a document, and its tokens."""
    tokens = [*TOKENIZER.encode(text).ids, END]
    return find_spans(np.array(tokens), SIGNS, END), tokens


def texts(found: np.ndarray, tokens: list[int]) -> list[str]:
    return [TOKENIZER.decode(tokens[begin:end]).strip(" ") for begin, end in found.tolist()]


def test_sentences_and_lines_of_a_page() -> None:
    found, tokens = spans(TEXT)
    assert texts(found.sentences, tokens) == SENTENCES
    assert texts(found.lines, tokens) == [line for line in TEXT.split("\n")[1:] if line]


@pytest.mark.parametrize(
    ("text", "begin", "rest"),
    [
        ("The captain remembered it. Then he slept.", 2, " remembered it."),
        ("She said “come here.” Then he slept.", 1, " said “come here.”"),
        ("a list:\n- with one item\n- and another. So it ends.", 5, None),
        ("a heading\n\nand a sentence. And more.", 1, None),
        ("a sentence without its end", 1, None),
    ],
)
def test_the_rest_of_a_sentence(text: str, begin: int, rest: str | None) -> None:
    found, tokens = spans(text)
    end = found.rest(begin)
    assert rest == (None if end is None else TOKENIZER.decode(tokens[begin:end]))


PROSE = st.lists(
    st.sampled_from(
        ["the", "Old", "dog", "Dr.", "ran", ".", "?", "!”", "“So", "- ", "2", ",", " ", "  ", "\n", "\n\n", "é"]
    )
).map(" ".join)


@given(PROSE)
def test_lines_are_those_of_the_text(text: str) -> None:
    found, tokens = spans(text)
    lines = [line.strip() for line in text.split("\n")[1:-1]]
    assert [line.strip() for line in texts(found.lines, tokens)] == [line for line in lines if line]


@given(PROSE)
def test_sentences_are_whole_and_apart(text: str) -> None:
    found, tokens = spans(text)
    flat = found.sentences.ravel()
    assert (np.diff(flat) >= 0).all()
    assert (np.diff(found.lines.ravel()) >= 0).all()
    for (begin, end), sentence in zip(found.sentences.tolist(), texts(found.sentences, tokens), strict=True):
        assert re.search(r"[.!?…]”?$", sentence)
        assert not sentence[0].islower()
        assert not re.search(r"[.?] [A-Z“]|\n\s*\n", sentence), "one sentence"
        assert re.search(r"[.!?…][”\s]*$|\n\s*\n\s*$", TOKENIZER.decode(tokens[:begin])), "after an end"
        assert end in found.ends


def test_a_document_border_is_in_no_span() -> None:
    one = TOKENIZER.encode("First it ended.\nA line\nhere. Then it goes").ids
    two = TOKENIZER.encode(" on and ends. A last one is here.\nSo").ids
    tokens = [END, *one, END, *two, END]
    found = find_spans(np.array(tokens), SIGNS, END)
    assert texts(found.sentences, tokens) == ["A line\nhere.", "A last one is here."]
    assert texts(found.lines, tokens) == ["A line"]
    assert found.rest(len(one) - 1) is None
