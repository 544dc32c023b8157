"""Constraints as options of ``llada-edit infill``."""

import json
import re

import pytest

import llada_edit as le
from llada_edit.cli.asked import STRAINED, dictated


def hole(outcome, left="The price is ", right=" today."):
    assert outcome.code == 0, outcome.err
    text = outcome.out.removesuffix("\n")
    assert text.startswith(left)
    assert text.endswith(right)
    return text[len(left) : len(text) - len(right)]


TEXT = "The price is [?] today."


@pytest.mark.parametrize(
    ("arguments", "holds"),
    [
        (["--regex", r"\d{1,2}\.\d\d"], lambda text: re.fullmatch(r"\d{1,2}\.\d\d", text)),
        (["--choice", "low", "--choice", "very high"], lambda text: text in ("low", "very high")),
        (
            ["--include", "low", "--words", "2-3"],
            lambda text: re.search(r"(?i)\blow\b", text) and 2 <= len(text.split()) <= 3,
        ),
        (["--words", "1", "--forbid", "the", "--forbid", "a", "--chars", "at most 5"], lambda text: 0 < len(text) <= 5),
        (["--where", "prefix up, at most 12 chars"], lambda text: text.startswith("up") and len(text) <= 12),
    ],
)
def test_what_is_asked_holds(llada_edit, arguments, holds):
    assert holds(hole(llada_edit("infill", TEXT, *arguments)))


def test_files(llada_edit, tmp_path):
    schema, grammar = tmp_path / "s.json", tmp_path / "g.lark"
    schema.write_text('{"type": "array", "items": {"type": "integer", "maximum": 9}, "maxItems": 2}')
    grammar.write_text('start: "a" start | "b"')
    assert len(json.loads(hole(llada_edit("infill", TEXT, "--schema", schema)))) <= 2
    assert re.fullmatch("a*b", hole(llada_edit("infill", TEXT, "--grammar", grammar)))


def test_strain_is_told_on_stderr(llada_edit):
    strained = llada_edit("infill", TEXT, "--include", "qqqqqqqq", "--words", "1")
    assert "qqqqqqqq" in hole(strained).lower()
    assert strained.err == (
        "strained: what was asked for is far from what the model would write here, and the fill may read badly;"
        " ask for less, or give it another length\n"
    )
    assert llada_edit("infill", TEXT, "--regex", ".*").err == ""
    assert llada_edit("infill", "A [?: include qqqqqqqq] is [?: choice red|green].").err == strained.err


@pytest.mark.parametrize(
    "arguments",
    [
        [TEXT, "--regex", "qqqqqqqq"],
        [TEXT, "--choice", "qqqqqqqq", "--choice", "zzzzzzz"],
        [TEXT, "--choice", "qqqqqqqq zz", "--words", "2"],
        [TEXT, "--regex", r"[a-z.]+q@zq\.org", "--chars", "at most 12"],
        ["A [?: choice qqqqqqqq] is [?: regex zzz]."],
    ],
)
def test_what_the_user_has_written_is_not_the_strain_of_the_model(llada_edit, arguments):
    done = llada_edit("infill", *arguments, "--json")
    assert done.code == 0
    assert json.loads(done.out)["strain"] > STRAINED
    assert done.err == ""


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        (le.Choice("a"), True),
        (le.Choice("a") & le.Words(1), True),
        (le.Choice("a") | le.Words(1), False),
        (le.Choice("a") + le.Regex("b"), True),
        (le.Regex("a").repeat(1, 2), True),
        (le.Regex(r"a\.[.]"), True),
        (le.Regex(r"[].]b[^].]"), True),
        (le.Regex("a.b"), False),
        (le.Regex(r"\[.\]"), False),
        (~le.Choice("a"), False),
        (le.MustInclude("a"), False),
        (le.JsonSchema({"type": "integer"}), True),
    ],
)
def test_which_constraints_are_dictated(constraint, told):
    assert dictated(constraint) == told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--regex", "("], "no regular expression"),
        (["--words", "many"], "'many words' is no constraint"),
        (["--words", "9-5"], "runs backwards"),
        (["--schema", "nowhere.json"], "--schema nowhere.json: cannot be read"),
        (["--include", " "], "is blank"),
        (["--where", "warmly"], "'warmly' is no constraint"),
        (["--choice", "x", "--regex", "y"], "hole 1"),
    ],
)
def test_bad_values_are_told_in_one_line(llada_edit, refuses, arguments, message):
    refuses(llada_edit("infill", TEXT, *arguments), message)


def test_a_bad_note_names_its_hole(llada_edit, refuses):
    refuses(llada_edit("infill", "A [?b: warmly] c."), "hole b: 'warmly' is no constraint")
