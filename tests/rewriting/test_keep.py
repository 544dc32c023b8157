"""What stays: the built-in patterns, the user's own, and patterns that mean harm."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.errors import OptionError
from llada_edit.holes import Span
from llada_edit.rewriting.keep import kept_spans, merged


def kept(text, *keep):
    return [span.of(text) for span in kept_spans(text, Span(0, len(text)), keep)]


@pytest.mark.parametrize(
    "thing",
    [
        *("https://a.example/b?c=1", "www.example.org/x", "me@example.org", "`code here`", "``a ` b``", "$x^2 + 1$"),
        *("\\emph{this}", "<b>", "&amp;", "[a link](there.md)", "[text][ref]", "[12]", "[^note]", "{name}", "{{x}}"),
        *("%s", "%(name)s", "${HOME}", "#tag", "@someone", "src/main.py", "snake_case", "main.py", "os.path()"),
        *("\u201cas she said\u201d", '"as she said"', "\u00abcomme \u00e7a\u00bb", "\u300c\u305d\u3046\u300d"),
    ],
)
def test_built_in(thing):
    assert thing in kept(f"They saw {thing} and left")


def test_plain_prose_is_free():
    assert kept("They saw it, and left; it wasn't (after all) theirs. Why? 'Because!'") == []


def test_own_strings_and_patterns():
    assert kept("the old  house of old", "old house") == ["old  house"]
    assert kept("an Error, an error", re.compile("error", re.IGNORECASE)) == ["Error", "error"]
    assert kept("a+c abc", "a+c") == ["a+c"]


@pytest.mark.parametrize("hostile", ["(a+)+$", "(a|a)*$", "(.*)*x", "(a*)*b"])
def test_hostile_patterns_end(hostile):
    # A backtracking engine would need longer than the universe has existed.
    kept("a" * 20_000 + "!", re.compile(hostile))


@pytest.mark.parametrize("bad", [re.compile("(?<=a)b"), re.compile(r"(a)\1"), "", " ", 7, "x" * 1001, re.compile(b"a")])
def test_what_is_no_entry(bad):
    with pytest.raises(OptionError):
        kept("ab", bad)


def test_too_many():
    with pytest.raises(OptionError, match="too many"):
        kept("ab", *map(str, range(1001)))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8))))
def test_merged_are_the_same_places_apart(pairs):
    spans = [Span(start, start + size) for start, size in pairs]
    done = merged(spans)
    assert all(a.end < b.start for a, b in pairwise(done))
    places = [{p for s in group for p in range(s.start, s.end)} for group in (spans, done)]
    assert places[0] == places[1]


@given(st.text(st.characters(exclude_categories=())))
def test_any_text(text):
    for span in kept_spans(text, Span(0, len(text))):
        assert 0 <= span.start < span.end <= len(text)
