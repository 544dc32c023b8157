"""``llada-edit review``: what a writer types, takes back, and is told."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from llada_edit.batch.records import sha256
from llada_edit.batch.review import in_place_of


def edits_of(tmp_path, text, *changes):
    """A text file and a file of edits for it, each given by what goes and what comes."""
    (tmp_path / "v.txt").write_text(text)
    edits, at = [], 0
    for old, new in changes:
        start = text.index(old, at)
        at = start + len(old)
        edits.append({"start": start, "end": at, "old": old, "new": new, "score": None, "bytes": None, "line": 1})
    document = {"path": "v.txt", "sha256": sha256(text.encode()), "format": "text", "status": "edited", "reason": ""}
    run = {"schema": 1, "root": str(tmp_path), "documents": [{**document, "edits": edits, "rejected": []}]}
    (tmp_path / "e.json").write_text(json.dumps(run))
    return tmp_path / "e.json"


@pytest.fixture
def reviewed(plain, tmp_path):
    """A review with some answers, then what it wrote; the text afterwards and the review's outcome."""

    def run(text, changes, answers, *options):
        edits = edits_of(tmp_path, text, *changes)
        outcome = plain("review", edits, *options, stdin=answers)
        assert outcome.code == 0, outcome.err
        assert plain("apply", edits).code == 0
        return (tmp_path / "v.txt").read_text(), outcome

    return run


VERY = "The machine is in a very good state. It is very fine.\n"


def test_words_of_the_reviewer_are_not_glued_to_their_neighbours(reviewed):
    after, done = reviewed(VERY, [("very ", ""), ("very ", "")], b"e\ntruly\ny\n")
    assert after == "The machine is in a truly good state. It is fine.\n"
    assert "instead of 'very' [(nothing)]: " in done.out
    assert "+ The machine is in a truly good state." in done.out


def test_an_empty_answer_takes_the_proposal(reviewed):
    after, done = reviewed(VERY, [("very ", "so "), ("very ", "")], b"e\n\ne\n\n")
    assert after == "The machine is in a so good state. It is fine.\n"
    assert "instead of 'very' ['so']: " in done.out


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.sampled_from(["", " ", "\n", "  "]),
    st.sampled_from(["very", "in order", ""]),
    st.sampled_from(["", " ", "\n"]),
    st.sampled_from(["", "so", " so ", "so "]),
    st.sampled_from(["truly", " truly ", "two words"]),
)
@example(" ", "very", "", "", "truly")
def test_the_blanks_around_the_old_words_stay(before, word, after, new, typed):
    old = f"{before}{word}{after}"
    put = in_place_of(old, new, typed)
    assert put.strip() == typed.strip()
    if word:
        assert put == f"{before}{typed.strip()}{after}"
    elif new.strip():
        assert put == new.replace("so", typed.strip())


def test_a_sign_that_follows_a_word_gets_no_blank_before_it():
    assert in_place_of(" very", "", ", truly") == ", truly"
    assert in_place_of(" very", "", "(truly)") == " (truly)"


def test_the_answer_before_can_be_taken_back(reviewed):
    after, done = reviewed(VERY, [("very ", ""), ("very ", "so ")], b"y\nb\nn\ny\n")
    assert after == "The machine is in a very good state. It is so fine.\n"
    assert "1 accepted, 1 rejected, 0 open" in done.err
    assert [line.split("  ")[1] for line in done.out.splitlines() if line.startswith("v.txt:1")] == [
        "edit 1 of 2, 2 left in all",
        "edit 2 of 2",
        "edit 1 of 2, 2 left in all",
        "edit 2 of 2",
    ]


def test_what_was_put_off_is_come_back_to_as_well(reviewed):
    after, done = reviewed(VERY, [("very ", ""), ("very ", "")], b"s\nb\ny\nq\n")
    assert after == "The machine is in a good state. It is very fine.\n"
    assert "1 accepted, 0 rejected, 1 open" in done.err


def test_there_is_nothing_before_the_first(reviewed):
    _, done = reviewed(VERY, [("very ", "")], b"b\ny\n")
    assert "this is the first" in done.out


def test_what_was_taken_back_is_open_and_not_written(reviewed, plain, tmp_path):
    after, done = reviewed(VERY, [("very ", ""), ("very ", "")], b"y\nb\nq\n")
    assert after == VERY, "the only answer was taken back: that is not the same as no review"
    assert "0 accepted, 0 rejected, 2 open" in done.err
    again = plain("review", tmp_path / "e.json", stdin=b"y\nq\n")
    assert "edit 1 of 2" in again.out and "1 accepted, 0 rejected, 1 open" in again.err


def test_decided_edits_are_asked_about_again_with_all(plain, reviewed, tmp_path):
    edits = edits_of(tmp_path, VERY, ("very ", ""), ("very ", ""))
    assert plain("review", edits, stdin=b"y\nn\n").code == 0
    assert plain("review", edits, stdin=b"").out == ""
    done = plain("review", edits, "--all", stdin=b"n\ns\n")
    assert "edit 1 of 2, accepted" in done.out and "edit 2 of 2, rejected" in done.out
    assert "0 accepted, 2 rejected, 0 open" in done.err


def test_a_file_that_has_its_edits_already_did_not_change(reviewed, plain, tmp_path):
    reviewed(VERY, [("very ", ""), ("very ", "")], b"y\nq\n")
    done = plain("review", tmp_path / "e.json", stdin=b"y\n")
    assert done.code == 0
    assert "applied already: v.txt holds edits of this run" in done.err
    assert "changed" not in done.err


def test_a_word_that_an_edit_cuts_is_replaced_whole(plain, tmp_path):
    (tmp_path / "v.txt").write_text("In order to use it, you wait.\n")
    command = ("rewrite", tmp_path / "v.txt", "--op", "plain", "--run", tmp_path / "r")
    assert plain(*command).code == 0
    done = plain("review", tmp_path / "r", stdin=b"e\nSo as to\n")
    assert "instead of 'In order to' ['To']: " in done.out
    assert plain("apply", tmp_path / "r").code == 0
    assert (tmp_path / "v.txt").read_text() == "So as to use it, you wait.\n"
