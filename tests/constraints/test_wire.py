"""Constraints as JSON and as one line of text: round trips, and refusals in one sentence."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import llada_edit as le
from llada_edit.constraints import wire
from llada_edit.constraints.text import parse
from llada_edit.errors import ConstraintError, PluginError

words = st.text('ab |,"\\]é今', min_size=1, max_size=5).filter(str.strip)
counts = st.tuples(st.integers(0, 5), st.none() | st.integers(5, 9))
simple = st.one_of(
    st.sampled_from([le.Regex(r"\d+\.\d\d"), le.Rhymes("day"), le.Syllables(5), le.Grammar('start: "a"', depth=1)]),
    st.sampled_from([le.JsonSchema({"kind": {"kind": 1}, "type": "integer"}, "compact"), le.NoCopy("a b\n", 2)]),
    st.builds(lambda some: le.Choice(*some), st.lists(words, min_size=1, max_size=3)),
    st.builds(lambda some: le.MustInclude(*some), st.lists(words, min_size=1, max_size=3)),
    st.builds(lambda some: le.Phrases(*some), st.lists(words, min_size=1, max_size=3)),
    words.map(le.Prefix),
    words.map(le.Suffix),
    *(counts.map(lambda pair, kind=kind: kind(*pair)) for kind in (le.Words, le.Chars, le.Sentences)),
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        inner.map(lambda one: ~one),
        inner.map(lambda one: one.repeat(1, 2)),
        st.tuples(inner, inner).map(lambda pair: le.Template("a {} b {c}", *pair)),
    ),
    max_leaves=5,
)


@settings(max_examples=150)
@given(values)
def test_json_round_trip(value):
    data = json.loads(json.dumps(le.to_json(value)))
    assert le.from_json(data) == value
    assert hash(le.from_json(data)) == hash(value)


NAMES = {name: getattr(le, name) for name in le.__all__}


@settings(max_examples=150)
@given(values)
def test_what_is_printed_can_be_evaluated(value):
    assert eval(repr(value), dict(NAMES)) == value


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (3, "is no constraint"),
        ({}, "is no constraint"),
        ({"kind": "wrds"}, "did you mean words"),
        ({"kind": "x!"}, "there are and, chars"),
        ({"kind": "words"}, "minimum"),
        ({"kind": "words", "minimum": "x"}, "no count"),
        ({"kind": "words", "minimum": 1, "color": 1}, "color"),
        ({"kind": "and"}, "at least one"),
        ({"kind": "and", "parts": 3}, "no constraint"),
        ({"kind": "not", "part": "x"}, "no constraint"),
        ({"kind": "choice", "options": "abc"}, "no list"),
        ({"kind": "choice", "options": [1]}, "no text"),
        ({"kind": "grammar", "text": 5}, "no text"),
        ({"kind": "regex"}, "cannot be made"),
        ({"kind": "schema", "schema": {"type": "x"}}, "not valid"),
        ({"kind": "rhymes", "word": ["a"]}, "does not know"),
    ],
)
def test_json_that_is_no_constraint(data, message):
    with pytest.raises(ConstraintError, match=message):
        le.from_json(data)


def test_deep_nesting_is_refused():
    data = {"kind": "words", "minimum": 1}
    for _ in range(2000):
        data = {"kind": "not", "part": data}
    with pytest.raises(ConstraintError, match="nested too deeply"):
        le.from_json(data)


def test_a_class_without_a_kind_is_refused():
    with pytest.raises(ConstraintError, match="Constraint has no kind"):
        le.to_json(le.Constraint())


def test_plugins(monkeypatch):
    from importlib.metadata import EntryPoint

    ours = dict(wire._points())
    broken = EntryPoint("mine", "nowhere:Mine", wire.GROUP)
    wrong = EntryPoint("mine", "json:dumps", wire.GROUP)
    for point, message in ((broken, "does not load"), (wrong, "no Constraint class")):
        wire._load.cache_clear()
        monkeypatch.setattr(wire, "_points", lambda point=point: {**ours, "mine": point})
        with pytest.raises(PluginError, match=message):
            le.from_json({"kind": "mine"})
    wire._load.cache_clear()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"regex \d+,\.\d\d]", le.Regex(r"\d+,\.\d\d]")),
        ("choice red|green", le.Choice("red", "green")),
        ("include refund", le.MustInclude("refund")),
        ("5-9 words, forbid very|quite", le.Words(5, 9) & ~le.Phrases("very", "quite")),
        (
            'include "a, b"|c, 2 sentences, regex [^,]+',
            le.MustInclude("a, b", "c") & le.Sentences(2, 2) & le.Regex("[^,]+"),
        ),
        (r"prefix Dear\, , suffix \|", le.Prefix("Dear,") & le.Suffix("|")),
        ("at most 60 chars, exactly 4 tokens", le.Chars(0, 60) & le.Tokens(4, 4)),
        ("5 syllables, Rhymes day", le.Syllables(5) & le.Rhymes("day")),
        ('schema {"type": ["integer", "null"]}', le.JsonSchema({"type": ["integer", "null"]})),
        (r'suffix " \"x\" "', le.Suffix(' "x" ')),
    ],
)
def test_one_line(text, value):
    assert parse(text) == value


@given(st.lists(words, min_size=1, max_size=3))
def test_quoted_values_are_read_as_they_are(some):
    escaped = [one.replace("\\", "\\\\").replace('"', '\\"') for one in some]
    assert parse("choice " + "|".join(f'"{one}"' for one in escaped)) == le.Choice(*some)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no constraint"),
        ("warmly", "'warmly' is no constraint; write a count"),
        ("3 apples", "'3 apples' is no constraint"),
        ("regex", "regex has no value"),
        ("regex (", "no regular expression"),
        ("choice a||b", "choice has no value"),
        ("forbid very,", "'' is no constraint"),
        ("5-3 words", "runs backwards"),
        ("prefix a|b", "one value and has 2"),
        ('include "a', "cannot be read"),
        ("2-3 syllables", "one number"),
        ("schema x", "not JSON"),
    ],
)
def test_lines_that_are_no_constraint(text, message):
    with pytest.raises(ConstraintError, match=message):
        parse(text)


def test_notes_in_markup_are_constraints(tiny_folder):
    editor = le.Editor.load(tiny_folder)
    fill = editor.infill(r"It is [?: choice red|green] at [?price: regex [1-9]\.\d\d] [?: 2 words, forbid the].")
    colour, price, rest = (hole.text for hole in fill.holes)
    assert colour in ("red", "green")
    assert le.Regex(r"[1-9]\.\d\d").accepts(price)
    assert (le.Words(2, 2) & ~le.Phrases("the")).accepts(rest, " ", ".")
    with pytest.raises(ConstraintError, match="hole 1: 'warmly'"):
        editor.infill("a [?: warmly]")


def test_a_note_holds_beside_what_is_passed(tiny_folder):
    editor = le.Editor.load(tiny_folder)
    fill = editor.infill("It is [?x: choice red|green].", constraints={"x": le.Prefix("g")})
    assert fill.holes[0].text == "green"


def test_what_no_automaton_holds_is_drawn_again(tiny_folder):
    schema = {"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "maxItems": 2, "contains": {"const": 1}}
    fill = le.Editor.load(tiny_folder).infill("Numbers: [?]", constraint=le.JsonSchema(schema))
    assert fill.holes[0].text in ("[1, 1]", "[1, 2]", "[2, 1]")
