"""Sentences that are turned, and those that must not be."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.edits import apply
from llada_edit.rewriting import meaning
from llada_edit.rewriting.turns import turned

USES = ("paraphrase", "plain", "simplify", "shorten")


def turns(text, use="paraphrase"):
    return [apply(text, edits) for edits in turned(text, use)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("If you need help, you can call us.", "You can call us if you need help."),
        ("You can call us if you need help.", "If you need help, you can call us."),
        ("When the file is closed, the lock is removed.", "The lock is removed when the file is closed."),
        ("I can help because the work is done.", "Because the work is done, I can help."),
        ("Although the road is long, we walk every day.", "We walk every day, although the road is long."),
        ("To win the game, you need a card.", "You need a card to win the game."),
        ("The plan, however, failed at once.", "However, the plan failed at once."),
        ("There are many people who like this.", "Many people like this."),
        ("We saw Paris, which is the capital of France, in May.", "We saw Paris, the capital of France, in May."),
        ("Check the name of the user.", "Check the user's name."),
    ],
)
def test_turned(before, after):
    assert after in turns(before)


@pytest.mark.parametrize(
    "text",
    [
        "If the king dies, he is buried.",  # a pronoun would stand before its noun
        "If Ann comes, Bob leaves.",  # whether Bob is a subject is not certain
        "If you come, we eat and sing.",
        "If you come, go home.",
        "If you come, will we eat?",
        "If you come, bring wine, and sing.",
        "To my surprise, the house was empty.",
        "To win, the council votes.",
        "Ask the man if you can stay.",
        "He told us when the train leaves.",
        "The day when the war began was warm.",
        "We did not stay because the house was cold.",  # what is denied?
        "We stay only if the house is warm.",
        "I trust politics, however, for good reasons.",
        "There are many things that you can do.",
        "He left, which was the reason for our walk.",
        "Wir gehen, wenn der Zug kommt.",
        "If `a, b` holds, the file is closed.",
    ],
)
def test_not_turned(text):
    assert turns(text) == []


def test_plain_words_for_however():
    assert "But it failed." in turns("However, it failed.", "plain")
    assert "So we left." in turns("Therefore, we left.", "shorten")
    assert turns("However hard it is, we try.", "plain") == []


PARTS = [
    "If ",
    "you come",
    ", ",
    "the ",
    "house ",
    "when ",
    "is red",
    ".",
    "because ",
    "however",
    "There are many ",
    "who ",
    "`x` ",
]


@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join), st.sampled_from(USES))
def test_turns_are_in_order_and_bring_no_words(text, use):
    for edits in turned(text, use):
        assert all(a.span.end <= b.span.start for a, b in pairwise(edits))
        after = apply(text, edits)
        assert after != text
        assert set(re.findall(r"\w+", after.casefold())) <= set(re.findall(r"\w+", text.casefold())) | {"but", "so"}
        assert meaning.same_facts(text, after, ("numbers", "negations"))
