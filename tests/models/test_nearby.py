"""What the text around a place says: agrees with its definition, sees both sides alike, and is silent without text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.models.nearby import DISCOUNT, GAP, PRIOR, Nearby

SIZE, SPECIALS = 30, 10
TOKENS = st.integers(SPECIALS, SIZE - 1)
CONTEXTS = st.lists(st.one_of(TOKENS, st.integers(SPECIALS, SPECIALS + 3), st.just(GAP), st.just(4)), max_size=40)
SIDES = st.tuples(st.lists(st.integers(SPECIALS, SPECIALS + 3), max_size=2).map(tuple), st.integers(0, 2))
UNIGRAM = np.arange(1, SIZE + 1, dtype=np.float32) / np.arange(1, SIZE + 1).sum()


def nearby(context: list[int]) -> Nearby:
    return Nearby(np.array(context, dtype=np.int64), UNIGRAM, SPECIALS)


def defined(context, left, right):
    """The two kinds of evidence, written down as the formulas say, as dictionaries over all tokens."""
    general = {token: float(UNIGRAM[token] / UNIGRAM[SPECIALS:].sum()) for token in range(SPECIALS, SIZE)}
    text = [token for token in context if token >= SPECIALS]
    share = {t: (text.count(t) + PRIOR * general[t]) / (len(text) + PRIOR) for t in general}

    def found(asked):
        """Tokens of text whose neighbours, by offset, are those asked for."""
        places = [
            place for place, token in enumerate(context)
            if token >= SPECIALS
            and all(0 <= place + off < len(context) and context[place + off] == near for off, near in asked)
        ]  # fmt: skip
        return [context[place] for place in places]

    def discounted(words, lower):
        if not words:
            return lower
        kept = {t: max(0, words.count(t) - DISCOUNT) / len(words) for t in general}
        return {t: kept[t] + (1 - sum(kept.values())) * lower[t] for t in general}

    sides, nearest = [], []
    for step, (known, gap) in ((-1, left), (1, right)):
        asked = [(step * (gap + 1 + index), token) for index, token in enumerate(reversed(known))]
        lower = share
        for count in range(1, len(asked) + 1):
            lower = discounted(found(asked[:count]), lower)
        sides.append(lower)
        nearest += asked[:1]
    both = {t: sides[0][t] * sides[1][t] / share[t] for t in general}
    both = {t: value / sum(both.values()) for t, value in both.items()}
    if left[0] and right[0]:
        both = discounted(found(nearest), both)
    return {t: np.log(share[t] / general[t]) for t in general}, {t: np.log(both[t] / share[t]) for t in general}


@given(CONTEXTS, SIDES, SIDES)
def test_both_kinds_of_evidence_are_what_they_are_defined_to_be(context, left, right):
    near, joined = defined(context, left, right)
    found = nearby(context)
    assert np.allclose(found.near, list(near.values()), atol=1e-4)
    words, lift = found.joined(left, right)
    others = [value for token, value in joined.items() if token not in words]
    base = others[0] if others else joined[words[0]] - lift[0]
    assert np.allclose(others, base, atol=1e-3), "all tokens that are not named are changed alike"
    assert np.allclose([joined[token] - base for token in words.tolist()], lift, atol=1e-3)


@given(CONTEXTS, SIDES, SIDES)
def test_left_and_right_are_mirror_images(context, left, right):
    words, lift = nearby(context).joined(left, right)
    mirrored_words, mirrored = nearby(context[::-1]).joined(right, left)
    assert words.tolist() == mirrored_words.tolist() and np.allclose(lift, mirrored, atol=1e-4)


@given(st.lists(st.sampled_from([GAP, 0, 4]), max_size=5), SIDES, SIDES)
def test_without_text_nothing_is_said(context, left, right):
    found = nearby(context)
    assert np.allclose(found.near, 0, atol=1e-6)
    assert not len(found.joined(left, right)[0])


def test_a_word_that_stood_between_the_same_neighbours_is_expected():
    a, b, name, other = range(SPECIALS, SPECIALS + 4)
    found = nearby([other, a, name, b, other, other, GAP])
    words, lift = found.joined(((a,), 0), ((b,), 0))
    assert words.tolist() == [name] and lift[0] > 3
    assert found.near.argmax() == other - SPECIALS, "three of six"
    assert found.joined(((b,), 0), ((a,), 0))[0].tolist() == [other], "behind b at least"
    assert found.joined(((a,), 1), ((), 0))[0].tolist() == [b], "one slot farther"


def test_holes_are_neither_text_nor_neighbours():
    a, b = SPECIALS, SPECIALS + 1
    assert nearby([a, GAP, b]).joined(((a,), 0), ((b,), 0))[0].tolist() == []
    assert nearby([a, GAP, b]).near.argmax() == nearby([a, b]).near.argmax()


@pytest.mark.parametrize("often", [1, 3, 9])
def test_what_comes_more_often_is_surer(often):
    a, name = SPECIALS, SPECIALS + 2
    lifts = [nearby([a, name] * count).joined(((a,), 0), ((), 0))[1][0] for count in (often, often + 1)]
    assert lifts[0] < lifts[1]
