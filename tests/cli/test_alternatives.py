"""``llada-edit alternatives``."""

import json

import pytest


def test_table_and_json(llada_edit):
    outcome = llada_edit("alternatives", "The cat [?] on the mat.", "-k", 4)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert len(lines) == 4
    assert all(line.endswith("%") for line in lines)
    words = json.loads(llada_edit("alternatives", "The cat [?] on the mat.", "-k", 4, "--json").out)
    assert [word["text"] for word in words] == [line.split()[0] for line in lines]
    values = [word["probability"] for word in words]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("asked", ["3 words", "choice red|green"])
def test_what_a_hole_asks_for_is_said_to_be_left_out(llada_edit, asked):
    assert "not looked at" in llada_edit("alternatives", f"The [?: {asked}] cat.").err


def test_at_an_offset(llada_edit, tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("The cat sat on the mat.")
    by_offset = llada_edit("alternatives", path, "--at", 9)
    assert by_offset.code == 0
    assert by_offset.out == llada_edit("alternatives", "The cat [?] on the mat.").out
    assert by_offset.out == llada_edit("alternatives", "-", "--at", 9, stdin=path.read_bytes()).out
    assert llada_edit("alternatives", "a [?] [?]", "--at", 0).code == 0, "with an offset, markup is plain text"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["The cat"], "has 0 holes"),
        (["a [?] [?]"], "has 2 holes"),
        (["The cat", "--at", "99"], "offset 99"),
        (["The cat", "--at", "-1"], "offset -1"),
        (["a [?]", "-k", "0"], "k is 0"),
        (["a [?]", "-k", "many"], "'many' is not a valid integer"),
        ([""], "empty"),
        ([], "Missing argument"),
        (["missing/file.md"], "there is no file"),
    ],
)
def test_one_line_and_exit_code_2(llada_edit, refuses, arguments, message):
    refuses(llada_edit("alternatives", *arguments), message)


def test_bad_stdin_and_unknown_model(llada_edit, refuses):
    refuses(llada_edit("alternatives", "-", stdin=b"a\0[?]"), "looks binary")
    refuses(llada_edit("alternatives", "a [?]", model="no-such-model"), "no model")
