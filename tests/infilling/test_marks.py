"""Fills and the markup around them: nothing is left open, whatever the model says, and what a user asks for wins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llada_edit as le
from llada_edit.document import Document
from llada_edit.endings import HANGING
from llada_edit.marks import sound
from llada_edit.testing import assert_untouched, scripted_model

PLACES = [
    ("<p>", "</p>\n"),
    ('<p>See <a href="x.html">', "</a> for more.</p>"),
    ("\\begin{document}\n", ". The price is low.\n\\end{document}"),
    ("", " Then we went home."),
    ("**", "**. A **bold** word."),
    ("A **bold** word and ", "."),
    ("# Title\n\n", "\n\nMore text."),
    ("| a | b |\n|---|---|\n| ", " | 3 |"),
    ('"', '" she asked.'),
    ("> ", " said the old man."),
    ("We saw (", ") there."),
    ("Dear ", ", hello."),
]
HINTS = ["", ": 1-2 words", ": 2-5 words", ": 3 tokens"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(HINTS), st.integers(0, 500), st.integers(1, 3))
def test_no_fill_leaves_a_pair_open_or_breaks_markup(place, hint, seed, n):
    left, right = place
    document = Document.parse(f"{left}[?{hint}]{right}")
    fill = le.Editor(scripted_model(seed=seed, scale=6.0, null_id=1)).infill(document, n=n, seed=seed)
    for candidate in fill.candidates:
        assert_untouched(document.text, candidate.text, candidate.edits)
        text = candidate.holes[0].text
        assert sound(text, left, right), text
        if left.startswith(("<", "\\")):
            assert not set(text) & set("<>{}\\")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_two_holes_in_one_sentence_leave_nothing_open(seed):
    document = Document.parse("We saw [?], and then [?: 3 tokens] there.")
    fill = le.Editor(scripted_model(seed=seed, scale=6.0, null_id=1)).infill(document, seed=seed)
    first, second = (edit.text for edit in fill.holes)
    assert sound(first, "We saw ", ", and then x there.")
    assert sound(second, "We saw x, and then ", " there.")


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("<p>[?]</p>", le.Choice("<b>a</b>", "<i>c")),
        ("[?] we went.", le.Regex(r"# [a-z]+ \{")),
        ('"[?]" she asked.', le.Regex('"[a-z]*')),
        ("It costs [?].", le.MustInclude("$5")),
        ("\\section{a}\n[?]", le.Prefix("\\emph{")),
        ("Go [?]", le.Choice("to the")),
    ],
)
def test_what_a_user_asks_for_wins(text, constraint):
    for seed in range(3):
        fill = le.Editor(scripted_model(seed=seed, scale=6.0)).infill(text, constraint=constraint)
        assert constraint.accepts(fill.holes[0].text)


@pytest.mark.parametrize("constraint", [le.Chars(1, 20), le.MustInclude("cat") & le.Words(1, 4), ~le.Phrases("the")])
def test_what_leaves_the_content_open_brings_no_markup_either(constraint):
    for seed in range(6):
        fill = le.Editor(scripted_model(seed=seed, scale=6.0)).infill("[?] is it.", constraint=constraint)
        assert not set(fill.holes[0].text) & set('#>*<{[("`|$\\'), fill.text


def test_the_exact_tier_has_no_taste():
    signs = {
        sign
        for seed in range(8)
        for sign in le.Editor(scripted_model(seed=seed, scale=6.0))
        .infill("A [?: 6 tokens] b", exact=True)
        .holes[0]
        .text
    }
    assert signs & set('#*(["')


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["He ate ", "We think that ", "a\n\nIt was "]),
    st.sampled_from(["", "\n", "\n\nBest wishes"]),
    st.integers(0, 99),
)
def test_a_paragraph_does_not_end_in_mid_phrase(left, right, seed):
    editor = le.Editor(scripted_model(seed=seed, scale=6.0))
    words = editor.infill(f"{left}[?: 1-3 tokens]{right}").holes[0].text.split()
    assert words[-1].casefold() not in HANGING


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_sign_is_no_word(count):
    for seed in range(6):
        text = le.Editor(scripted_model(seed=seed, scale=6.0)).infill(f"We (the [?: {count} words]) won").holes[0].text
        assert sum(any(c.isalnum() for c in word) or not word.isascii() for word in text.split()) == count
