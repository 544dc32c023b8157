"""JSON Schema, word by word: what each says, what is only checked on the text, and what is refused."""

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.constraints.schema import JsonSchema
from llada_edit.constraints.template import Template
from llada_edit.constraints.texts import Choice, Prefix
from llada_edit.errors import ConstraintError

slowly = settings(max_examples=20)


def spelt(value):
    return json.dumps(value, ensure_ascii=False)


TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
            "required": ["v"],
        }
    },
}


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_references_are_followed_to_the_depth(depth):
    def nested(levels):
        return {"v": levels, "kids": [nested(levels - 1)]} if levels else {"v": 0}

    constraint = JsonSchema(TREE, depth=depth)
    for levels in range(6):
        assert constraint.language().accepts(spelt(nested(levels))) == (levels <= depth)
        assert constraint.accepts(spelt(nested(levels)))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 5}]}, [3, 5], [2, 6]),
        ({"allOf": [{"pattern": "^a"}, {"pattern": "b$"}], "type": "string"}, ["ab"], ["a", "b"]),
        ({"properties": {"a": {"type": "null"}}, "allOf": [{"required": ["a"]}]}, [{"a": None}], [{}]),
        (
            {"type": "string", "format": "date"},
            ["2024-02-29", "1999-12-31"],
            ["2023-02-29", "2024-13-01", "0000-02-29"],
        ),
        ({"oneOf": [{"const": 1}, {"const": 2}]}, [1, 2], [3]),
        ({"type": "object", "additionalProperties": False}, [{}], [{"a": 1}]),
        (
            {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "null"}},
            [{"x": None}, {}],
            [{"x": 1}],
        ),
        ({"type": "object", "required": ["z"]}, [{"z": "s"}], [{}]),
        ({"type": "integer", "minimum": 10, "multipleOf": 7}, [14, 7007], [7, 15]),
        ({"type": "integer", "exclusiveMinimum": 3, "minimum": 3, "maximum": 10}, [4, 10], [3, 11]),
        (
            {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "type": "integer",
                "minimum": 3,
                "exclusiveMinimum": True,
            },
            [4],
            [3],
        ),
        ({"enum": ["red", 1, True, {"a": [1]}], "type": ["string", "object"]}, ["red", {"a": [1]}], [1, True]),
        ({"type": "string", "pattern": r"^\d\D$"}, ["1a"], ["\u09e61", "1\u09e6", "11"]),
        (True, ["x", 1, None], [[1]]),
    ],
)
def test_given_schemas(schema, good, bad):
    constraint = JsonSchema(schema)
    assert constraint.unproved == ()
    assert all(constraint.language().accepts(spelt(value)) for value in good)
    assert not any(constraint.language().accepts(spelt(value)) for value in bad)


@slowly
@given(
    st.lists(st.sampled_from([1, 1.0, 2, True, "1", "ab", "a", [1], [1.0], None]), min_size=1, max_size=5),
    st.integers(0, 3),
    st.none() | st.integers(0, 3),
)
def test_lists_of_different_values(values, least, more):
    most = None if more is None else least + more
    schema = {"type": "array", "items": {"enum": values}, "uniqueItems": True, "minItems": least}
    constraint = JsonSchema(schema if most is None else schema | {"maxItems": most})
    spellings = list(dict.fromkeys(map(spelt, values)))
    rows = (row for size in range(5) for row in itertools.product(spellings, repeat=size))
    texts_ = {f"[{', '.join(row)}]" for row in rows}
    assert constraint.unproved == ()
    assert {text for text in texts_ if constraint.language().accepts(text)} == set(filter(constraint.accepts, texts_))


@pytest.mark.parametrize(
    ("schema", "word", "bad"),
    [
        ({"type": "array", "items": {"type": "integer"}, "uniqueItems": True}, "uniqueItems", "[1, 1]"),
        ({"type": "number", "multipleOf": 0.5}, "multipleOf", "0.3"),
        ({"type": "string", "not": {"const": "a"}}, "not", '"a"'),
        ({"type": "string", "if": {"minLength": 2}, "then": {"pattern": "^x"}}, "if", '"ab"'),
        ({"type": "array", "items": {"type": "integer"}, "contains": {"const": 3}}, "contains", "[1]"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 3, "type": "number"}]}, "oneOf", "5"),
        (
            {"type": "object", "properties": {"a": {}, "b": {}}, "dependentRequired": {"a": ["b"]}},
            "dependentRequired",
            '{"a": 1}',
        ),
        ({"type": "object", "additionalProperties": {"type": "null"}}, "names that repeat", '{"a": null, "a": null}'),
    ],
)
def test_the_rest_is_named_and_checked_on_the_text(schema, word, bad):
    constraint = JsonSchema(schema)
    assert constraint.unproved == (word,)
    assert constraint.language().accepts(bad)
    assert not constraint.accepts(bad)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strin"}, r"\$.type"),
        ({"$ref": "https://example.org/a.json"}, "not followed"),
        ({"$ref": "#/$defs/x"}, "points to nothing"),
        ({"type": "string", "pattern": "(?=a)"}, "look-around"),
        ({"type": "string", "minLength": 3000}, "states"),
        ("{", "not JSON"),
        ({"a": float("nan")}, "not JSON"),
        (3, "no schema"),
    ],
)
def test_what_cannot_be_a_constraint(schema, message):
    with pytest.raises(ConstraintError, match=message):
        JsonSchema(schema).language()


def test_what_is_checked_on_whole_texts_is_not_joined_with_others():
    loose = JsonSchema({"type": "array", "items": {"type": "integer"}, "uniqueItems": True})
    exact = JsonSchema({"type": "integer"})
    for part in (loose, ~exact, loose & Prefix("[")):
        for joined in (part + Prefix("x"), part.repeat(2), Template("a {}", part)):
            with pytest.raises(ConstraintError, match="a hole of its own"):
                joined.language()
    assert (exact + Choice("x")).accepts("12x")
    assert Template("a {}", exact).accepts("a -7")


def test_values_compare_and_print():
    one = JsonSchema({"type": "integer"}, "compact", depth=1)
    assert one == JsonSchema('{"type":"integer"}', whitespace="compact", depth=1) == eval(repr(one))
    assert len({one, JsonSchema('{"type":"integer"}', whitespace="compact", depth=1)}) == 1
    with pytest.raises(ConstraintError, match="white space"):
        JsonSchema({}, "indented")
