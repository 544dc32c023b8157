"""Constraints of writers (no copies, sentences, templates, sounds) against their plain definitions."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.copying import NoCopy
from llada_edit.constraints.sentences import Sentences
from llada_edit.constraints.sounds import Rhymes, Syllables, rhymes, syllables
from llada_edit.constraints.template import Template
from llada_edit.constraints.texts import Chars, Choice, Words
from llada_edit.constraints.values import Tokens
from llada_edit.errors import ConstraintError

often = settings(max_examples=60)
pieces = st.lists(st.sampled_from([*"abcABÉé", " ", ", ", "-", "\u2014", "e\u0301", "今", "\n"]), max_size=7).map(
    "".join
)


def copied(source, k, text, before, after):
    """Whether k words of the source stand in the text; words as `re` sees them, so without the rarer signs."""
    words = re.findall(r"\w+", source.casefold())
    runs = [words[place : place + k] for place in range(len(words) - k + 1)]
    whole = [(one.start(), one.end(), one[0].casefold()) for one in re.finditer(r"\w+", before + text + after)]
    rows = [whole[place : place + k] for place in range(len(whole) - k + 1)]
    begin, end = len(before), len(before) + len(text)
    return any([w for *_, w in row] in runs and row[0][0] < end and row[-1][1] > begin for row in rows)


@often
@given(pieces, st.integers(1, 3), st.lists(pieces, min_size=1, max_size=6), pieces, pieces)
def test_no_copy(source, k, texts, before, after):
    value = NoCopy(source, k)
    language = value.language(before, after)
    for text in [*texts, source]:
        assert language.accepts(text) == value.accepts(text, before, after), text
        if not {"e\u0301", "今"} & {*re.findall(".\u0301|今", source + before + text + after)}:
            assert value.accepts(text, before, after) != copied(source, k, text, before, after), text


def test_no_copy_looks_across_the_seams():
    value = NoCopy("The cat sat on the mat.", 3)
    assert not value.accepts(" sat", "the CAT", " on a mat")
    assert not value.language("the CAT", " on a mat").accepts(" sat")
    assert value.language("the CAT", "urday").accepts(" sat")
    assert value.language("The cat sat on the mat.", "").accepts(" So it did"), "what stood there before is no copy"


@often
@given(
    st.lists(
        st.sampled_from(["a", "B", ".", "!?", " ", "\n", '"', ")", "。", "\uff01", "3", "…", "x. "]), max_size=9
    ).map("".join),
    st.integers(0, 3),
    st.none() | st.integers(0, 2),
)
def test_sentences(text, least, more):
    value = Sentences(least, None if more is None else least + more)
    assert value.language().accepts(text) == value.accepts(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two", 2),
        ('"One." Two! Three?', 3),
        ("It costs 3.14 euros, e.g. now.", 2),
        ("今日。明日\uff01", 2),
        ("Wait... what?!", 2),
    ],
)
def test_counts_of_sentences(text, count):
    assert [Sentences(n, n).accepts(text) for n in range(5)] == [n == count for n in range(5)]
    assert [Sentences(n, n).language().accepts(text) for n in range(5)] == [n == count for n in range(5)]


def test_templates():
    value = Template("Dear {}, {{{what}}} {}!", Words(1, 2), what=Choice("x", "y"))
    language = value.language()
    assert language.accepts("Dear Ann Lee, {x} now!")
    assert not language.accepts("Dear Ann Lee Jones, {x} now!")
    assert not language.accepts("Dear Ann, {z} now!")
    assert not language.accepts("Dear Ann, {x} !")
    assert eval(repr(value)) == value == Template(value.text, Words(1, 2), Choice("x", "y"), Chars(1))
    assert Template("plain").language().accepts("plain")
    assert "\n" in Template("a\n{}").mentions


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Template("{"), "no template"),
        (lambda: Template("{a!r}"), "cannot be read"),
        (lambda: Template("{a} {a}"), "two fields 'a'"),
        (lambda: Template("{a}", b=Words(1)), "no field 'b'"),
        (lambda: Template("{}", Words(1), Words(2)), "1 fields for 2"),
        (lambda: Template("{}", Tokens(1)), "on text"),
        (lambda: NoCopy("a", 0), "0 words in a row"),
        (lambda: Sentences(2, 1), "no range"),
        (lambda: Rhymes("xyzzyx"), "does not know 'xyzzyx'"),
        (lambda: Rhymes("orange"), "rhymes with 'orange'"),
        (lambda: Syllables(0), "0 syllables"),
        (lambda: Syllables(3, 5), "5 words"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ConstraintError, match=message):
        make()


def test_what_rhymes_and_how_words_are_spoken():
    assert {"way", "stay", "away", "weigh"} <= rhymes("day")
    assert not {"day", "die", "dare"} & rhymes("DAY")
    assert [syllables(word) for word in ("cat", "table", "banana", "fire", "xyzzyx")] == [{1}, {2}, {3}, {1, 2}, set()]


@often
@given(
    st.lists(st.sampled_from(["way", "stay", "Away", "dog", "'", ".", " ", "x"]), max_size=4).map("".join),
    pieces,
    pieces,
)
def test_rhymes(text, before, after):
    value = Rhymes("day")
    if value.language(before, after).accepts(text):
        assert value.accepts(text, before, after)
    words = re.findall(r"[^\W\d_\u4eca]+", text)
    joined = any(unicodedata.category(sign)[0] in "LM" for sign in (before[-1:] or " ") + (after[:1] or " "))
    if text.isascii() and "'" not in text and not joined and not after[:1].isalnum():  # where the plain look is right
        assert value.accepts(text, before, after) == bool(words and words[-1].lower() in rhymes("day"))


@pytest.mark.parametrize("count", [1, 4])
def test_syllables(draw_from, count):
    language = Syllables(count, 200).language()
    for seed in range(60):
        text = draw_from(language, seed)
        words = re.findall(r"[A-Za-z']+", text)
        assert sum(max(syllables(word)) for word in words) == count, text
        assert Syllables(count).accepts(text)
    assert Syllables(5).accepts("An old silent pond")
    assert not Syllables(5).accepts("An old silent ponds xyzzyx")
    assert not Syllables(2).accepts("table", "s", ""), "a word that goes on with the one before is another word"
