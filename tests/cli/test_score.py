"""``llada-edit score``."""

import json
import re

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.cli import score
from llada_edit.edits import TokenScore

TEXT = "The cat sat on the mat. <|mask|> [?]"


def test_a_line_for_each_word_and_totals_on_stderr(llada_edit):
    outcome = llada_edit("score", TEXT)
    assert outcome.code == 0
    lines = [line.split("\t") for line in outcome.out.splitlines()]
    assert [word for _, word in lines] == TEXT.split()
    assert all(0 <= float(probability) <= 1 for probability, _ in lines)
    note, totals = outcome.err.splitlines()
    assert note == "note: hole markup is scored as if it were text; fill the holes first"
    assert re.match(r"8 words, \d+ tokens; \d+\.\d\d nats|8 words, \d+ tokens; -\d+\.\d\d nats", totals)


def test_one_is_one(llada_edit):
    assert re.match(r"1 word, (1 token|\d\d* tokens); ", llada_edit("score", "cat").err)


def test_a_terminal_gets_the_text_with_a_legend(llada_edit, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    outcome = llada_edit("score", "The cat  sat\n\non the \x1b mat.")
    assert click.unstyle(outcome.out) == "The cat  sat\n\non the <U+001B> mat.\n"
    assert outcome.err.startswith("yellow: below 10 %, red: below 0.1 %")


@given(st.lists(st.tuples(st.text("ab \n", max_size=4), st.floats(0, 1)), min_size=1, max_size=9))
def test_a_word_is_as_likely_as_its_least_likely_token(pieces):
    tokens = [TokenScore(*piece) for piece in pieces]
    text = "".join(token.text for token in tokens)
    found = list(score.scored_words(tokens))
    assert [text[start:end] for start, end, _ in found] == text.split()
    for start, end, probability in found:
        at, overlapping = 0, []
        for token in tokens:
            if at < end and at + len(token.text) > start:
                overlapping.append(token.probability)
            at += len(token.text)
        assert probability == min(overlapping)


def test_json(llada_edit, tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(TEXT)
    data = json.loads(llada_edit("score", path, "--json").out)
    assert "".join(token["text"] for token in data["tokens"]) == TEXT
    assert data["bound"] < 0
    assert data == json.loads(llada_edit("score", "-", "--json", stdin=TEXT.encode()).out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "empty"),
        ([], "Missing argument"),
        (["no/file.txt"], "no file"),
        (["a", "--x"], "No such option"),
    ],
)
def test_one_line_and_exit_code_2(llada_edit, refuses, arguments, message):
    refuses(llada_edit("score", *arguments), message)


def test_bad_stdin_and_unknown_model(llada_edit, refuses):
    refuses(llada_edit("score", "-", stdin=b"\xff"), "not UTF-8")
    refuses(llada_edit("score", "-", stdin=b""), "empty")
    refuses(llada_edit("score", "a", model="no-such-model"), "no model")
