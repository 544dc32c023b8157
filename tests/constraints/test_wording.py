"""Constraints as messages name them."""

import pytest

import llada_edit as le
from llada_edit.constraints.wording import wording


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        (le.Words(9), "at least 9 words"),
        (le.Words(3, 8), "3 to 8 words"),
        (le.Words(1, 1), "exactly 1 word"),
        (le.Words(0, 0), "exactly 0 words"),
        (le.Words(0, 2), "at most 2 words"),
        (le.Chars(0, 60), "at most 60 characters"),
        (le.Chars(0, 1), "at most 1 character"),
        (le.Tokens(2, 2), "exactly 2 tokens"),
        (le.Sentences(2, 2), "exactly 2 sentences"),
        (le.Syllables(5), "exactly 5 syllables"),
        (le.Choice("red"), 'the text "red"'),
        (le.Choice("red", "dark green"), 'one of "red" or "dark green"'),
        (le.Choice(*"abcdef"), 'one of "a", "b", "c", "d" or …'),
        (le.MustInclude("winter", "library"), '"winter" and "library" in it'),
        (~le.Phrases("very", "quite"), '"very" or "quite" not in it'),
        (~le.Words(2, 2), "not (exactly 2 words)"),
        (le.Prefix("Dear"), '"Dear" at its beginning'),
        (le.Suffix("!"), '"!" at its end'),
        (le.Rhymes("day"), 'a rhyme with "day"'),
        (le.Regex(r"\d+"), r"the pattern \d+"),
        (le.JsonSchema({"type": "integer"}), "JSON of the schema"),
        (le.Grammar('start: "a"'), "a text of the grammar"),
        (le.Template("Dear {}"), 'the template "Dear {}"'),
        (le.NoCopy("a b c d e", 4), "no 4 words in a row from the source"),
        (le.Words(3, 8) & le.MustInclude("refund"), '3 to 8 words and "refund" in it'),
        (le.Words(1) & (le.Suffix("!") | le.Suffix("?")), 'at least 1 word and ("!" at its end, or "?" at its end)'),
        (le.Choice("a") + le.Regex("b"), 'the text "a", then the pattern b'),
        (le.Choice("a\nb"), 'the text "a\\nb"'),
        (le.Choice("x" * 99), f'the text "{"x" * 59}…"'),
        (le.Regex("a").repeat(2, 3), "2 to 3 times (the pattern a)"),
    ],
)
def test_what_is_asked_in_words(constraint, said):
    assert wording(constraint) == said


def test_every_kind_of_ours_has_words():
    kinds = {le.Words(1), le.Chars(1), le.Sentences(1), le.Syllables(1), le.Rhymes("a"), le.Regex("a"), le.Suffix("a")}
    kinds |= {le.Choice("a"), le.Prefix("a"), le.Template("a"), le.Grammar('start: "a"'), le.JsonSchema({})}
    for kind in kinds:
        assert wording(kind) != repr(kind)
        assert type(kind).__name__ + "(" not in wording(kind)
