"""``llada-edit eval`` as a command: what it prints and what it refuses; the figures have tests of their own."""

import json

import pytest

TEXTS = "".join(
    json.dumps({"text": f"{start} the proposal was accepted after a long debate and nobody in the room " * 4}) + "\n"
    for start in ("Then", "There", "When")
)


def test_a_table_and_json(llada_edit, tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(TEXTS)
    outcome = llada_edit("eval", path, "--holes", 2)
    assert outcome.code == 0
    kinds = [line.split("|")[1].strip() for line in outcome.out.splitlines() if line.startswith("| ")]
    assert kinds[0] == "holes"
    assert {"word", "phrase"} <= set(kinds)
    assert json.loads(llada_edit("eval", path, "--holes", 2, "--json").out)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.jsonl", b"", "0 texts"),
        ("other.jsonl", b'{"body": "a"}\n', 'not a JSON object with a "text"'),
        ("latin.jsonl", b'{"text": "caf\xe9"}\n', "not UTF-8"),
        ("no.jsonl.zst", b'{"text": "a"}\n', "cannot be read"),
    ],
)
def test_texts_that_are_none_are_one_line(llada_edit, refuses, tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    refuses(llada_edit("eval", tmp_path / name, "--holes", 2), message)


@pytest.mark.parametrize(("name", "data"), [("a.jsonl", b'{"text": "Too short."}\n'), ("a.txt", b"Just text.\n")])
def test_texts_that_are_too_short_are_refused(llada_edit, refuses, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    refuses(llada_edit("eval", tmp_path / name, "--holes", 2), "error: the texts have too few places for holes")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there is no text in "),
        (b'{"body": "a"}\n', 'not a JSON object with a "text"'),
        (b"\xff\n", "not UTF-8"),
        (b'{"text": "Too short."}\n', "the texts have too few places for holes"),
        (TEXTS.splitlines()[1].encode(), "a text of 'unseen.jsonl' is in FILES, too"),
    ],
)
def test_unseen_texts_that_are_none_are_one_line(llada_edit, refuses, tmp_path, data, message):
    """Before any model is loaded: there is none."""
    (tmp_path / "texts.jsonl").write_text(TEXTS)
    (tmp_path / "unseen.jsonl").write_bytes(data)
    asked = ("eval", tmp_path / "texts.jsonl", "--holes", 2, "--kind", "word", "--unseen", tmp_path / "unseen.jsonl")
    outcome = llada_edit(*asked, model=tmp_path / "no-model")
    refuses(outcome, "error: --unseen: ")
    refuses(outcome, message)


def test_options_that_contradict_each_other(llada_edit, refuses, tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text(TEXTS)
    refuses(llada_edit("eval", path, "--fit", "--unseen", path), "--fit measures nothing, and --unseen is for")
    refuses(llada_edit("eval", path, "--keep"), "--keep is for what --pairs gives")
    assert "no-such" in llada_edit("eval", path, "--unseen", tmp_path / "no-such").err
    assert llada_edit("eval", path, "--seed", -1).code == 2


def test_texts_that_were_all_trained_on_are_refused(llada_edit, refuses, tmp_path):
    (tmp_path / "texts.jsonl").write_text(TEXTS)
    (tmp_path / "other.txt").write_text("One text that nobody has ever seen before, neither here nor elsewhere. " * 3)
    asked = ("--trained", tmp_path / "texts.jsonl", "--holes", 2)
    refuses(llada_edit("eval", tmp_path / "texts.jsonl", *asked), "all texts (3) stand in the training text")
    both = ("eval", tmp_path / "other.txt", "--unseen", tmp_path / "texts.jsonl", *asked)
    refuses(llada_edit(*both), "all texts (3) stand in the training text")
