"""Places that are called free are grapheme borders; nearly all borders are called free."""

from __future__ import annotations

import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llada_edit.formats.borders import free, shrink

SIGNS = [
    *(
        "a",
        " ",
        "\r",
        "\n",
        "\u0301",
        "\u200d",
        "\u200c",
        "\ufe0f",
        "\U0001f469",
        "\U0001f3fd",
        "\U0001f1e9",
        "\U0001f1ea",
    ),
    *(
        "\u1100",
        "\u1161",
        "\u11a8",
        "\uac00",
        "\u0928",
        "\u094d",
        "\u0924",
        "\u093f",
        "\u0e33",
        "\u0600",
        "\u00ad",
        "\u2764",
    ),
]
texts = st.lists(st.sampled_from(SIGNS) | st.characters(exclude_categories=("Cs",)), max_size=12).map("".join)


def borders(text: str) -> set[int]:
    return {0, *(found.end() for found in regex.finditer(r"\X", text))}


@settings(max_examples=400)
@given(texts)
@example("a\U0001e08f")
def test_free_places_are_borders(text: str) -> None:
    assert {at for at in range(len(text) + 1) if free(text, at)} <= borders(text)


@given(st.text(st.characters(codec="ascii")))
def test_all_borders_of_ascii_are_free(text: str) -> None:
    assert {at for at in range(len(text) + 1) if free(text, at)} == borders(text)


@given(texts, st.data())
def test_shrink_stays_inside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    low, high = shrink(text, start, end)
    assert start <= low <= high <= end
    assert low == high or (free(text, low) and free(text, high))
