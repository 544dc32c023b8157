"""Automata over bytes against plain predicates on strings; and what grows too much is refused at once."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.automaton import LIMIT, Automaton
from llada_edit.errors import ConstraintError

LETTERS = "aé😀"
SHORT = ["".join(letters) for size in range(5) for letters in product(LETTERS, repeat=size)]
words = st.text(LETTERS, max_size=3)
leaves = st.one_of(
    st.just(("nothing",)),
    st.just(("empty",)),
    st.just(("anything",)),
    st.tuples(st.just("strings"), st.lists(words, max_size=3).map(tuple)),
    st.tuples(st.just("characters"), st.lists(st.sampled_from(LETTERS), max_size=2).map(tuple)),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["&", "|", "-", "+"]), inner, inner),
        st.tuples(st.just("~"), inner),
        st.builds(
            lambda of, low, more: ("repeat", of, low, None if more is None else low + more),
            *(inner, st.integers(0, 2), st.none() | st.integers(0, 2)),
        ),
    ),
    max_leaves=5,
)


def automaton(tree):
    kind, *parts = tree
    if kind in ("nothing", "empty", "anything"):
        return getattr(Automaton, kind)()
    if kind == "strings":
        return Automaton.strings(parts[0])
    if kind == "characters":
        return Automaton.characters((ord(letter), ord(letter)) for letter in parts[0])
    one = automaton(parts[0])
    if kind == "~":
        return ~one
    if kind == "repeat":
        return one.repeat(*parts[1:])
    other = automaton(parts[1])
    return {"&": one.__and__, "|": one.__or__, "-": one.__sub__, "+": one.__add__}[kind](other)


def language(tree):
    """The short strings of the language, from the definitions; "é" and the like are one letter."""
    kind, *parts = tree
    if kind == "nothing":
        return set()
    if kind == "empty":
        return {""}
    if kind == "anything":
        return set(SHORT)
    if kind in ("strings", "characters"):
        return set(parts[0])
    one = language(parts[0])
    if kind == "~":
        return set(SHORT) - one
    if kind == "repeat":
        low, high = parts[1:]
        found, power = set(), {""}
        for count in range((low + 5 if high is None else high) + 1):
            found |= power if count >= low else set()
            power = {a + b for a in power for b in one if len(a + b) <= 4}
        return found
    other = language(parts[1])
    if kind == "+":
        return {a + b for a in one for b in other if len(a + b) <= 4}
    return {"&": one & other, "|": one | other, "-": one - other}[kind]


@settings(max_examples=80)
@given(trees)
def test_operators_are_those_of_sets(tree):
    built, expected = automaton(tree), language(tree)
    assert {text for text in SHORT if built.accepts(text)} == expected
    again = Automaton.of(built.classes, built.table, built.accepting)
    assert (again.classes.tolist(), again.table.tolist()) == (built.classes.tolist(), built.table.tolist())
    shortest = built.shortest()
    if expected:
        assert built.accepts(shortest)
        assert len(shortest) <= min(len(text.encode()) for text in expected)
    elif shortest is not None:
        assert not set(shortest.decode()) <= set(LETTERS) or len(shortest.decode()) > 4


@settings(max_examples=40)
@given(trees, trees)
def test_equal_languages_have_equal_automata(one, other):
    """The smallest automaton is unique, and its states are numbered in one way."""
    joined = automaton(("|", one, other)), automaton(("~", ("&", ("~", one), ("~", other))))
    for part in ("classes", "table", "accepting"):
        assert getattr(joined[0], part).tolist() == getattr(joined[1], part).tolist()


@given(st.binary(max_size=6) | st.text(max_size=3).map(str.encode))
def test_anything_is_valid_utf8(data):
    try:
        data.decode()
        valid = True
    except UnicodeDecodeError:
        valid = False
    assert Automaton.anything().accepts(data) == valid


@pytest.mark.parametrize("point", [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x3FFFF, 0x10FFFF])
def test_the_borders_of_utf8(point):
    one = Automaton.characters([(point, point)])
    assert one.accepts(chr(point))
    assert one.shortest() == chr(point).encode()
    rest = Automaton.characters([(0, 0x10FFFF)]) - one
    assert not rest.accepts(chr(point))
    assert (one | rest).table.tolist() == Automaton.characters([(0, 0x10FFFF)]).table.tolist()


def test_half_characters_are_refused():
    with pytest.raises(ConstraintError, match="surrogate"):
        Automaton.literal("\ud83d")
    assert not Automaton.anything().accepts("\ud83d")


@pytest.mark.parametrize(
    "build",
    [
        lambda: Automaton.literal("a" * LIMIT),
        lambda: Automaton.characters([(0, 0x10FFFF)]).repeat(10**9, 10**9),
        lambda: Automaton.strings(["a", "b"]).repeat(0, None) + Automaton.literal("a") + many("ab", 16),
        lambda: both(*(Automaton.literal("a" * size).repeat(0, None) for size in (7, 11, 13, 17, 19))),
        lambda: Automaton.literal("ab").repeat(0, None).repeat(10**7, None),
    ],
)
def test_what_grows_too_much_is_refused(build):
    with pytest.raises(ConstraintError, match=r"20,000 states"):
        build()


def many(letters, size):
    return Automaton.strings(letters).repeat(size, size or None)


def both(first, *others):
    for other in others:
        first = first & other
    return first


def test_counts_that_are_no_range():
    with pytest.raises(ConstraintError, match="no range"):
        Automaton.literal("a").repeat(3, 2)
