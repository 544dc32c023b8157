"""How a fill meets its neighbours: spaces neither doubled nor missing, context untouched."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.seams import Seam, find_seam, is_word
from llada_edit.testing import assert_untouched, scripted_model, tiny_model

VOCABULARY = tiny_model().vocabulary


def wanting(word, **card):
    """A model that wants one word, with or without its space, in every slot."""

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCABULARY.size)
        for i in range(VOCABULARY.size):
            if VOCABULARY.token_bytes(i).strip() == word.encode():
                logits[..., i] = 20 + VOCABULARY.token_bytes(i).startswith(b" ")
        return logits

    return Editor(scripted_model(script, **card))


def fill_one(left, right, word="ran"):
    hole = Hole(Span(len(left), len(left)), length=LengthHint("tokens", 1, 1))
    return wanting(word).infill(Document(left + right, (hole,))).text


SEAMS = [
    # left, right, what stands ranre with ran word "ran"
    ("See ", " cat.", "See ran cat."),
    ("See", " cat.", None),  # ran word goes on: checked below
    ("See ", "cat.", "See ran cat."),
    ("", "", "ran"),
    ("", " cat", "ran cat"),
    ("", "cat", "ran cat"),
    ("See ", "", "See ran"),
    ("See ", ", cat", "See ran, cat"),
    ("See ", ".", "See ran."),
    ("See ", "!\n", "See ran!\n"),
    ("See:", " cat", "See: ran cat"),
    ("a,", " cat", "a, ran cat"),
    ("a.\n", " cat", "a.\nran cat"),
    ("a.\n\n", "\n\nb", "a.\n\nran\n\nb"),
    ("a.\r\n", "\r\nb", "a.\r\nran\r\nb"),
    ("a\u2028", "\u2028b", "a\u2028ran\u2028b"),
    ("\ufeff", " cat", "\ufeffran cat"),
    ("(", ")", "(ran)"),
    ("see (", " cat)", "see (ran cat)"),
    ("a [", "](b)", "a [ran](b)"),
    ("\u201c", "\u201d", "\u201cran\u201d"),
    ('say "', '" now', 'say "ran" now'),
    ('say "a" ', " b", 'say "a" ran b'),
    ('say "a"', " b", 'say "a" ran b'),
    ("a *", "* b", "a *ran* b"),
    ("a **", "** b", "a **ran** b"),
    ('say "it was ', '" now', 'say "it was ran" now'),
    ("say ", '"a" now', 'say ran "a" now'),
    ("a *b ", "* b", "a *b ran* b"),
    ("a ", "*b* c", "a ran *b* c"),
    ("a ", "**b** c", "a ran **b** c"),
    ("a **b ", "** c", "a **b ran** c"),
    ("a **b** ", "**c**", "a **b** ran **c**"),
    ("a __", "__ b", "a __ran__ b"),
    ("a ``", "`` b", "a ``ran`` b"),
    ("* b ", "*c*", "* b ran *c*"),
    ('a "" "', '" b', 'a "" "ran" b'),
    ("a `", "` b", "a `ran` b"),
    ("- ", "\n- b", "- ran\n- b"),
    ("a\n- ", "\n", "a\n- ran\n"),
    ("# ", "\n", "# ran\n"),
    ("    ", " = 1", "    ran = 1"),
    ("a\n    ", " = 1", "a\n    ran = 1"),
    ("a\n\t", " b", "a\n\tran b"),
    ("a ", " (b)", "a ran (b)"),
    ("a ", "(b)", "a ran (b)"),
    ("a ", "\u201cb\u201d", "a ran \u201cb\u201d"),
    ("\U0001f600 ", " \U0001f600", "\U0001f600 ran \U0001f600"),
    ("\U0001f600", " b", "\U0001f600 ran b"),
    ("a ", "\U0001f600", "a ran\U0001f600"),
    ("cafe\u0301 ", " e\u0301", "cafe\u0301 ran e\u0301"),
    ("\u4eca\u65e5\u306f", "\u3002", None),
    ("a  ", "  b", "a  ran  b"),
    ("a ", "\nb", "a ran\nb"),
    ("a \u2013 ", " \u2013 b", "a \u2013 ran \u2013 b"),
    ("a\u2014", "\u2014b", "a\u2014 ran\u2014b"),
    ("a ", "\u00a0b", "a ran\u00a0b"),
    ("well-", " man", "well-ran man"),
    ("http://", ".com", "http://ran.com"),
]


@pytest.mark.parametrize(("left", "right", "expected"), SEAMS)
def test_one_word_between(left, right, expected):
    text = fill_one(left, right)
    assert text.startswith(left)
    assert text.endswith(right)
    if expected is not None:
        assert text == expected


@pytest.mark.parametrize(
    ("left", "right"), [("I und", " you"), ("I und", "ing"), ("und", ""), ("(und", ")"), ("I under", "stand it")]
)
def test_in_mid_word_the_word_goes_on(left, right):
    for seed in range(6):
        text = Editor(scripted_model(seed=seed)).infill(left=left, right=right).text
        middle = text[len(left) : len(text) - len(right)]
        assert text.startswith(left)
        assert text.endswith(right)
        assert middle, "an empty fill"
        assert not middle.endswith(" ")


def test_a_hyphenated_word_and_an_apostrophe_are_no_word_border():
    assert find_seam("well-", "known").trailing == ""
    assert find_seam("it'", "s").trailing == ""
    assert find_seam("a/", "b").trailing == ""


def test_seams_by_name():
    assert find_seam("a ", " b") == Seam(" ", False, "")
    assert find_seam("one tw", "o") == Seam(" tw", True, "")
    assert find_seam("one tw", " o").mid_word
    assert find_seam("x(ab", "") == Seam("ab", True, "")
    assert find_seam("", "b") == Seam("", False, " ")
    assert find_seam("\u4eca", "\u65e5") == Seam("", True, ""), "written without spaces"


def test_is_word():
    assert all(is_word(char) for char in "a1\u00e9\u0928\u0301")
    assert not any(is_word(char) for char in ["", " ", ".", "-", "\U0001f600", "\u4eca", "\n", "\ud800"])


EDGES = [
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "a",
    "word",
    "word ",
    " word",
    ".",
    ", ",
    "(",
    ")",
    '"',
    "*",
    "`",
    "-",
]
EDGES += ["\U0001f600", "\u0301", "e\u0301", "\u4eca", "\u00a0", "\u2028", "\ufeff", "\ud800", "'", "# ", "    "]


@settings(max_examples=60)
@given(st.sampled_from(EDGES), st.sampled_from(EDGES), st.integers(0, 99), st.sampled_from([0.0, 3.0]))
def test_no_doubled_space_at_a_seam_and_no_word_run_together(left, right, seed, scale):
    """Whatever the model would like to say."""
    fill = Editor(scripted_model(seed=seed, scale=scale, null_id=1)).infill(left=left, right=right)
    new = fill.holes[0].text
    assert_untouched(left + right, fill.text, fill.holes)
    assert new
    assert not (left[-1:].isspace() and new[0] == " "), "doubled space on the left"
    assert not (left[-1:] in ("", "(", "\ufeff") and new[0] == " "), "a space where a line or a bracket opens"
    assert not (right[:1].isspace() and new[-1] == " "), "doubled space on the right"
    assert not (new[-1].isspace() and not is_word(right[:1]) and right[:1] not in tuple('("*`')), "a stray space"
    if is_word(new[-1]) and is_word(right[:1]):
        assert is_word(left[-1:]) or left[-1:] in ("-", "'", "\u4eca"), "words run together"


@pytest.mark.parametrize("left", ["See ", "a. ", "a ", "\n", "    ", "(", "", "a\t"])
def test_a_model_that_loves_blanks_does_not_double_them(left):
    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCABULARY.size)
        for i in range(VOCABULARY.size):
            piece = VOCABULARY.token_bytes(i)
            logits[..., i] = 50 * (piece.isspace() and b"\n" not in piece) + 20 * piece.startswith(b" ")
        return logits

    hole = Hole(Span(len(left), len(left)), length=LengthHint("tokens", 3, 3))
    new = Editor(scripted_model(script)).infill(Document(left + " b", (hole,))).holes[0].text
    assert not new[:1].isspace()
    assert not new[-1:].isspace()
