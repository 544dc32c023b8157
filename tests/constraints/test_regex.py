"""Patterns mean what `re.fullmatch` makes of them; what no automaton can do, or grows too much, is refused by name."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.regex import compile_regex
from llada_edit.errors import ConstraintError

LETTERS = "aAbBkKK s\u017fßéÉ0٣_\n -\u2028今😀İi\u0131σς"
ESCAPES = [*"abkßéσ.", *(f"\\{letter}" for letter in "dDwWsSn")]
CLASSES = ["[ab]", "[^aé]", "[a-z]", "[^\\W\\d]", "[\\s_]", "[A-Kß-é]", " "]
atoms = st.sampled_from(ESCAPES + CLASSES)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{,2}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        st.tuples(st.sampled_from("isxa"), inner).map(lambda pair: f"(?{pair[0]}:{pair[1]})"),
        inner.map(lambda one: f"(?P<n{abs(hash(one))}>{one})"),
    ),
    max_leaves=5,
)


@settings(max_examples=150)
@given(
    patterns,
    st.sampled_from(["{}", "^{}$", r"\A{}\Z", "(?i){}", "(?s){}", "(?a){}"]),
    st.lists(st.text(LETTERS, max_size=4), min_size=1, max_size=12),
)
def test_patterns_mean_what_re_makes_of_them(pattern, frame, texts):
    whole = frame.format(pattern)
    try:
        expected = re.compile(whole)
    except re.error:
        return
    language = compile_regex(whole)
    for text in [*texts, *LETTERS]:
        assert language.accepts(text) == bool(expected.fullmatch(text)), (whole, text)


@pytest.mark.parametrize(
    "pattern", [r"\d", r"\w", r"\s", r".", "(?a)\\w", "(?a)\\s", "(?i)[a-zß]", "(?i)[^k\u017f]", "(?i)σ"]
)
def test_classes_of_characters_for_every_character(pattern):
    language, expected = compile_regex(pattern), re.compile(pattern)
    for point in [*range(0x3100), *range(0xD7F0, 0xD800), *range(0xE000, 0xE010), *range(0x1D400, 0x1D420), 0x10FFFF]:
        assert language.accepts(chr(point)) == bool(expected.fullmatch(chr(point))), hex(point)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a(?=b)", "look-around"),
        ("(?<!b)a", "negative look-around"),
        (r"(a)\1", "back-reference"),
        (r"(a)?(?(1)b|c)", "conditional"),
        ("(?>a)", "atomic"),
        ("a++", "possessive"),
        (r"\bfoo", "word boundary"),
        ("a^b", "not at its end"),
        ("[", "no regular expression"),
        ("a" * 1_000_000, "1,000,000 characters is too long"),
        ("(?:.{1000}){1000}", "20,000 states"),
        (".{1000}{1000}", "no regular expression: multiple repeat"),
        ("(a|b)*a(a|b){16}", "20,000 states"),
        ("(" * 5000 + ")" * 5000, "nested too deeply"),
        ("a" * 99_999, "20,000 states"),
        ("(?:a?){9000}a{9000}", "20,000 states"),
        ("(?:(?:(?:a{1,30}){1,30}){1,30}){1,30}", "20,000 states"),
    ],
)
def test_what_is_refused(pattern, message):
    with pytest.raises(ConstraintError, match=message) as caught:
        compile_regex(pattern)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("pattern", ["(a+)+$", "(x+x+)+y", "(.*a){12}", "((a*)*)*"])
def test_what_explodes_elsewhere_is_small_here(pattern):
    assert compile_regex(pattern).states < 200
