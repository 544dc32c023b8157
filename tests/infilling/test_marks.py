"""Fills and the markup around them: nothing is left open, whatever the model says, and what a user asks for wins."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import llada_edit as le
from llada_edit.document import Document
from llada_edit.endings import HANGING
from llada_edit.marks import sound
from llada_edit.testing import assert_untouched, scripted_model, tiny_model

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


def hasty():
    """A model that would end everything on "the", and next on "of"."""
    vocabulary = tiny_model().vocabulary
    liked = {vocabulary.encode(" the")[0]: 40.0, vocabulary.encode(" and")[0]: 30.0, vocabulary.encode(" cat")[0]: 20.0}

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, vocabulary.size)
        for token, value in liked.items():
            logits[..., token] = value
        return logits

    return le.Editor(scripted_model(script))


@pytest.mark.parametrize("left", ["He ate ", "We think that ", "a\n\nIt was "])
@pytest.mark.parametrize("hint", ["1 token", "2 tokens", "3 tokens", "1 word"])
def test_a_paragraph_does_not_end_in_mid_phrase(left, hint):
    editor = hasty()
    for right in ("", "\n", "\n\nBest wishes"):
        words = editor.infill(f"{left}[?: {hint}]{right}").holes[0].text.split()
        assert words[-1] not in HANGING
    assert editor.infill(f"{left}[?: {hint}] cat.").holes[0].text.split()[-1] in HANGING


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_sign_is_no_word(count):
    vocabulary = tiny_model().vocabulary
    dashes = [i for i in range(vocabulary.size) if vocabulary.token_bytes(i) in (b" -", b"-", b",", b" ,")]

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, vocabulary.size)
        logits[..., dashes] = 9.0
        return logits

    text = le.Editor(scripted_model(script)).infill(f"We (the [?: {count} words]) won").holes[0].text
    assert sum(any(c.isalnum() for c in word) for word in text.split()) == count, text
