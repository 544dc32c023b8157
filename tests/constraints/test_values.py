"""Constraints as values: the automaton and the plain check agree, and values print, compare and combine."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.phrases import MustInclude, Phrases
from llada_edit.constraints.texts import Chars, Choice, Prefix, Regex, Suffix, Words
from llada_edit.constraints.values import And, Not, Or, Tokens, split_tokens
from llada_edit.errors import ConstraintError

PIECES = [
    "very",
    "sorry",
    "Very",
    "SORRY",
    "so",
    "rry",
    "v",
    " ",
    "  ",
    "\n",
    ".",
    "-",
    "é",
    "ss",
    "ß",
    "今",
    "日",
    "😀",
    "a",
    "0",
]
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
phrases = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join).filter(lambda text: text.split())
counts = st.tuples(st.integers(0, 3), st.none() | st.integers(0, 3)).map(
    lambda pair: (pair[0], None if pair[1] is None else sum(pair))
)
simple = st.one_of(
    st.builds(lambda options: Choice(*options), st.lists(texts, min_size=1, max_size=3)),
    texts.map(Prefix),
    texts.map(Suffix),
    st.builds(lambda pair: Words(*pair), counts),
    st.builds(lambda pair: Chars(*pair), counts),
    st.builds(lambda some: Phrases(*some), st.lists(phrases, min_size=1, max_size=3)),
    st.builds(lambda some: MustInclude(*some), st.lists(phrases, min_size=1, max_size=3)),
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(lambda one: ~one, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=60)
@given(values, st.lists(texts, min_size=1, max_size=8), texts, texts)
def test_the_automaton_and_the_plain_check_agree(value, some, before, after):
    language = value.language(before, after)
    for text in some:
        assert language.accepts(text) == value.accepts(text, before, after), (text, before, after)
    shortest = language.shortest()
    if shortest is not None:
        assert value.accepts(shortest.decode(), before, after)


@settings(max_examples=40)
@given(values)
def test_values_compare_and_print(value):
    assert eval(repr(value)) == value
    assert hash(eval(repr(value))) == hash(value)


def test_operators_flatten():
    one, two, three = Words(1), Chars(2), Prefix("x")
    assert one & two & three == And(one, two, three)
    assert ~~one == one
    assert (
        repr(~(one | two) & three)
        == "~(Words(minimum=1, maximum=None) | Chars(minimum=2, maximum=None)) & Prefix(text='x')"
    )


@pytest.mark.parametrize(
    ("phrase", "before", "text", "after", "found"),
    [
        ("sorry", "", "so sorry", "", True),
        ("sorry", "", "Sorry!", "", True),
        ("Sorry", "", "sorry", "", False),
        ("sorry", "", "unsorry", "", False),
        ("sorry", "un", "sorry", "", False),
        ("sorry", "", "sorry", "ful", False),
        ("very sorry", "I am very ", "sorry", "", True),
        ("very sorry", "I am very", " sor", "ry, I said", True),
        ("very sorry", "I am very ", "", "sorry", True),
        ("very sorry", "I am very sorry", " indeed", "", False),
        ("very sorry", "I am ", "not", " very sorry", False),
        ("very sorry", "every ", "sorry", "", False),
        ("退款", "我要", "退款", "了", True),
        ("c++", "", "c++ code", "", True),
        ("-", "a", "-", "b", True),
        ("a a", "a ", "a", " a", True),
    ],
)
def test_phrases_at_seams(phrase, before, text, after, found):
    assert Phrases(phrase).accepts(text, before, after) == found
    assert Phrases(phrase).language(before, after).accepts(text) == found


def test_concat_and_repeat():
    value = Choice("ab", "cd").repeat(2, 3) + Suffix("!")
    assert value.accepts("abcd??!")
    assert not value.accepts("ab!")


def test_tokens_stand_alone_or_beside():
    assert split_tokens(Tokens(2, 5) & Words(1) & Tokens(3)) == (Words(1), 3, 5)
    assert split_tokens(Tokens(2)) == (None, 2, None)
    assert split_tokens(Words(1)) == (Words(1), 0, None)
    for value in (Tokens(1) | Words(1), ~Tokens(1), Tokens(1) + Words(1), Tokens(1).repeat(2)):
        with pytest.raises(ConstraintError, match="counts tokens"):
            value.language()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Words(3, 1), "no range"),
        (lambda: Chars(-1), "no count"),
        (lambda: Words(True), "no count"),
        (lambda: Choice(), "at least one"),
        (lambda: Choice(["a"]), "no text"),
        (lambda: Phrases(" "), "blank"),
        (lambda: MustInclude(*["many words " * 200 + str(index) for index in range(9)]).language(), "20,000 states"),
        (lambda: Words(1) & "x", "no constraint"),
        (lambda: Regex("("), "no regular expression"),
        (lambda: Regex(3), "no pattern"),
        (lambda: Prefix("\ud83d").language(), "surrogate"),
    ],
)
def test_values_that_are_refused(build, message):
    with pytest.raises(ConstraintError, match=message):
        build()


def test_many_phrases_are_written_in_fours(draw_from):
    words = ["ab", "Cd", "é f", "gh", "!", "kl", "mn", "op", "qr", "st"]
    value = MustInclude(*words)
    language = value.language("x ab", " x")
    assert language.accepts(" gh é f Cd ab, op ! mn kl qr st")
    assert language.accepts(" Cd gh é f, ab op ! mn kl st. qr")
    assert not language.accepts(" Cd gh é f, abop ! mn kl st. qr"), "no whole words"
    backwards = " ".join(reversed(words))
    assert value.accepts(backwards)
    assert not value.language().accepts(backwards)
    for seed in range(40):
        text = draw_from(language, seed, 80)
        assert value.accepts(text, "x ab", " x"), text
    assert (~value).loose
    assert not MustInclude(*words[:6]).partial


def test_only_what_is_named_may_be_unusual():
    assert "\n" in Regex(r"a\nb").mentions
    assert "\n" not in Regex(r"a\sb[^x]").mentions
    assert "\n" not in (~Choice("\n")).mentions
    assert set((Choice("a\n") & Or(Prefix("b"), Not(Suffix("c")))).mentions) == {"a", "\n", "b"}
