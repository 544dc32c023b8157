"""Texts that are hard to compare and to cut: line ends, signs of several code points, halves of surrogate pairs."""

from hypothesis import strategies as st

PIECES = [
    *("\r\n", "\r", "\n", "\u2028", "\x00", "\ufeff", " ", "  ", "the", "cat", "cats", ",", ".", "\\[?]", "\ud83d"),
    *(
        "\ude00",
        "\U0001f469\u200d\U0001f52c",
        "\U0001f44d\U0001f3fd",
        "\U0001f1e9\U0001f1ea",
        "e\u0301t\u0301e",
        "日本",
    ),
]
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.characters(exclude_categories=())), max_size=20).map("".join)
