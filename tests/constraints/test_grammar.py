"""Grammars: what the expansion holds, Lark and llguidance accept; what is shallow enough, the expansion holds."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher, LLTokenizer

from llada_edit.constraints.grammar import Grammar
from llada_edit.errors import ConstraintError

JSON = r"""
start: value
?value: object | array | STRING | NUMBER | "true" -> yes
array: "[" [value ("," value)*] "]"
object: "{" (pair ("," pair)*)? "}"
pair: STRING ":" value
STRING: ESCAPED_STRING
%import common.ESCAPED_STRING
%import common.SIGNED_NUMBER -> NUMBER
%import common.WS
%ignore WS
"""
SUMS = """
start: sum
sum: product | sum "+" product | sum "-" product
product: atom | product "*" atom
atom: /[0-9]/ | "(" sum ")" | "-" atom
"""
# Each `u` leads back to the `v` that it stands in, and each `v` but the first needs a `u`.
NESTED = 'start: v6\nv1: "x" | "[" u1 "]"\n' + "".join(f'u{n}: "(" v{n} ")"\n' for n in range(1, 7))
NESTED += "".join(f'v{n}: u{n - 1} v{n - 1} | "[" u{n} "]"\n' for n in range(2, 7))
symbols = st.sampled_from(['"a"', '"b"', "/[cd]/", "one", "two", '"("', '")"'])
lines = st.lists(st.lists(symbols, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3).map(" | ".join)
grammars = st.tuples(lines, lines, lines).map(
    lambda rows: f"start: {rows[0]}\none: {rows[1]} | /x/\ntwo: {rows[2]} | /y/\n"
)


def agrees(grammar, text):
    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(grammar.text))
    assert not matcher.get_error()
    data = text.encode()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


@settings(max_examples=40)
@given(grammars, st.integers(0, 2), st.integers(0, 2**32))
def test_random_grammars(draw_from, text, depth, seed):
    grammar = Grammar(text, depth=depth)
    language, deeper = grammar.language(), Grammar(text, depth=depth + 1).language()
    assert (language - deeper).is_empty
    for offset in range(4):
        found = draw_from(language, seed + offset, 12)
        assume(len(found) < 60)
        assert grammar.accepts(found), found
        assert agrees(grammar, found), found


@settings(max_examples=60)
@given(st.text("ab()", max_size=6))
def test_refused_texts_are_refused_by_all(text):
    grammar = Grammar('start: "a" start "b" | "(" start ")" | "a"', depth=4)
    assert grammar.language().accepts(text) == grammar.accepts(text) == agrees(grammar, text)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_depth_counts_levels_of_nesting(depth):
    language = Grammar(JSON, depth=depth).language()
    for levels in range(5):
        assert language.accepts("[" * levels + "1" + "]" * levels) == (levels <= depth)
    assert language.accepts("true")
    sums = Grammar(SUMS, depth=depth).language()
    assert sums.accepts("1+2*3-4+5*6*7+8"), "what goes on at an end repeats without limit"
    assert [sums.accepts("(" * n + "1" + ")" * n) for n in range(5)] == [n <= depth for n in range(5)]


def test_ignored_terminals_stand_between_others(draw_from):
    grammar = Grammar(JSON, depth=2)
    language = grammar.language()
    for text in ('{"a": [1, 2]}', ' { "a\\"b" : true } ', "[ ]"):
        assert language.accepts(text)
        assert grammar.accepts(text)
    for seed in range(40):
        text = draw_from(language, seed, 25)
        assert grammar.accepts(text), text
        assert agrees(grammar, text.strip()), text  # llguidance ignores nothing at the end


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start: x", "'x' used but not defined"),
        ("start: (", "Unclosed"),
        ("one: /a/", "start"),
        ("start: /a*/", "zero-width"),
        ("start: /a(?=b)/", "look-around"),
        (r"start: /(a)\1/", "back-reference"),
        ('start: "(" start ")"', "no text at all"),
        (NESTED, "no text of depth 3; the shallowest one has depth 5"),
        ("%import .other.X\nstart: X", "'%import .other.X'"),
        ("%declare X\nstart: X", "'%declare X'"),
    ],
)
def test_what_cannot_be_a_constraint(text, message):
    with pytest.raises(ConstraintError, match=message):
        Grammar(text).language()


def test_values():
    one = Grammar('start: "a"', depth=1)
    assert eval(repr(one)) == one != Grammar('start: "a"')
    assert len({one, Grammar('start: "a"', "start", 1)}) == 1
    assert Grammar('start: "a\\n"').mentions == "a\n"
    for arguments in ((None,), (3,), ('start: "a"', None)):
        with pytest.raises(ConstraintError, match=rf"Grammar: {arguments[-1]!r} is no text; give rules"):
            Grammar(*arguments)
    with pytest.raises(ConstraintError, match="depth 99"):
        Grammar('start: "a"', depth=99)
