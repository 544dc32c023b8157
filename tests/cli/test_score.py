"""``llada-edit score``."""

import json

import pytest

TEXT = "The cat sat on the mat. <|mask|> [?]"


def test_text_on_stdout_and_totals_on_stderr(llada_edit):
    outcome = llada_edit("score", TEXT)
    assert outcome.code == 0
    assert outcome.out == TEXT + "\n"
    assert "nats per token" in outcome.err
    assert outcome.err.count("\n") == 1


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
