"""Applying: a pure function of bytes and edits, and a write that harms nothing."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import contents, rewrites, statuses

from llada_edit.batch import files
from llada_edit.batch.apply import apply, result
from llada_edit.batch.records import DocumentResult, sha256
from llada_edit.batch.stored import Stored, write_edits
from llada_edit.batch.worker import Task, process
from llada_edit.errors import DocumentError, OptionError


def outcome(stored, output=None):
    return {done.path: done.status for done in apply(stored, output)}


def as_file(stored, path):
    with path.open("w", encoding="utf-8") as file:
        write_edits(stored, file)
    return Stored.open(path)


def test_all_edits_and_nothing_else(corpus, run_of):
    before = contents(corpus)
    apply_times = {path: os.stat(corpus / path).st_mtime_ns for path in before}
    assert set(outcome(run_of(corpus)).values()) == {"edited"}
    after = contents(corpus)
    expected = b"# Head\n\nWe use `utilize` and [start](http://a.example/commence).\n\nNumber 0: buy.\n"
    assert after["0.md"] == expected
    assert after["quiet.md"] == before["quiet.md"]
    assert os.stat(corpus / "quiet.md").st_mtime_ns == apply_times["quiet.md"]
    assert not list(corpus.rglob(".llada-edit*"))


def test_a_file_of_edits_is_as_good_as_the_run(corpus, run_of, tmp_path):
    stored = as_file(run_of(corpus), tmp_path / "edits.json")
    assert set(outcome(stored).values()) == {"edited"}
    assert b"We use" in contents(corpus)["0.md"]


def test_copies_leave_the_files_alone(corpus, run_of, tmp_path):
    before = contents(corpus)
    assert set(outcome(run_of(corpus), tmp_path / "out").values()) == {"edited", "unchanged"}
    assert contents(corpus) == before
    assert set(contents(tmp_path / "out")) == set(before)
    assert b"We use" in (tmp_path / "out" / "deep" / "1.md").read_bytes()


def test_a_file_that_changed_is_left_alone(corpus, run_of):
    stored = run_of(corpus)
    (corpus / "0.md").write_text("I changed my mind; utilize.\n")
    (corpus / "2.md").unlink()
    found = outcome(stored)
    assert (found["0.md"], found["2.md"], found["4.md"]) == ("conflict", "conflict", "edited")
    assert (corpus / "0.md").read_text() == "I changed my mind; utilize.\n"


def test_mode_bits_stay(corpus, run_of):
    (corpus / "0.md").chmod(0o640)
    outcome(run_of(corpus))
    assert (corpus / "0.md").stat().st_mode & 0o777 == 0o640


def test_hard_links_are_not_parted(corpus, run_of):
    os.link(corpus / "0.md", corpus.parent / "other.md")
    before = (corpus / "0.md").read_bytes()
    assert outcome(run_of(corpus))["0.md"] == "skipped"
    assert (corpus / "0.md").read_bytes() == before


@pytest.mark.parametrize("path", ["../secret.md", "/etc/passwd", "deep/../../secret.md", "", "a\0b"])
def test_edits_from_elsewhere_do_not_leave_the_root(corpus, run_of, tmp_path, path):
    (tmp_path / "secret.md").write_bytes((corpus / "0.md").read_bytes())
    stored = as_file(run_of(corpus), tmp_path / "edits.json")
    value = json.loads((tmp_path / "edits.json").read_text())
    value["documents"][0]["path"] = path
    (tmp_path / "edits.json").write_text(json.dumps(value))
    before = contents(tmp_path)["secret.md"]
    found = [done for done in apply(Stored.open(tmp_path / "edits.json")) if done.path == path]
    assert [done.status for done in found] == ["error"]
    assert contents(tmp_path)["secret.md"] == before
    assert stored.root == corpus


@pytest.mark.parametrize(
    "damage", ["", "We.", "{", "[]", '{"schema": 9, "root": "/", "documents": []}', '{"schema": 1}']
)
def test_other_files_are_no_edits(tmp_path, damage):
    (tmp_path / "edits.json").write_text(damage)
    with pytest.raises(OptionError, match=r"holds no edits of a run; give the folder|another version of llada-edit"):
        Stored.open(tmp_path / "edits.json")


@pytest.mark.parametrize("field", ["start", "end", "old", "new", "bytes"])
@pytest.mark.parametrize("value", [None, -1, 10**9, "x", [[]]])
def test_damaged_edits_do_no_harm(corpus, run_of, tmp_path, field, value):
    as_file(run_of(corpus), tmp_path / "edits.json")
    found = json.loads((tmp_path / "edits.json").read_text())
    del found["documents"][1:]
    found["documents"][0]["edits"][0][field] = value
    (tmp_path / "edits.json").write_text(json.dumps(found))
    before = (corpus / "0.md").read_bytes()
    with suppress(DocumentError):
        outcome(Stored.open(tmp_path / "edits.json"))
    after = (corpus / "0.md").read_bytes()
    # What is not a text in `new` is refused; a text may be put there, and the rest of the file stays.
    assert after == before or b"`utilize` and [start](http://a.example/commence).\n\nNumber 0: buy.\n" in after


@pytest.mark.parametrize(
    "new", ["a\u202eb", "a\u200bb", "http://evil.example", "<script>", "two\nlines", "`code", "\x1b[2J"]
)
def test_hostile_new_text_is_refused_when_applied(corpus, run_of, new):
    stored = run_of(corpus)
    document = next(iter(stored.documents()))
    data = (corpus / document.path).read_bytes()
    edits = [replace(document.record.edits[0], new=new), *document.record.edits[1:]]
    after, reason = result(data, document, edits)
    assert "not kept" in reason
    assert new.encode() not in after
    assert b"start" in after


@pytest.mark.parametrize("addition", ["\u202e", "\u200b", " http://evil.example", " <b>", "\n", "\x07"])
def test_hostile_proposals_do_not_pass_the_gate(corpus, run_of, addition):
    stored = run_of(corpus, addition=addition)
    assert set(statuses(stored).values()) == {"unchanged"}
    rejected = [one for document in stored.documents() for one in document.record.rejected]
    assert rejected
    assert all(reason for _, _, reason in rejected)


TEXTS = st.lists(
    st.sampled_from(
        ["utilize", "commence", " ", "\n", "\r\n", "ä😀", "`", "*", "[a](b)", "purchase.", "\ufeff", "\t", "x"]
    )
).map("".join)


@settings(max_examples=120)
@given(TEXTS)
def test_the_bytes_outside_the_edits_are_the_old_ones(tmp_path_factory, text):
    root = tmp_path_factory.mktemp("one")
    data = text.encode()
    (root / "a.md").write_bytes(data)
    record = process(Task("k", "a.md", sha256(data), "markdown"), root, rewrites())
    if record.status not in ("edited", "unchanged"):
        return
    after, reason = result(data, DocumentResult("a.md", record), record.edits)
    assert not reason
    expected, done = b"", 0
    for edit in record.edits:
        start, end = edit.place
        assert data[start:end].decode() == edit.old
        expected, done = expected + data[done:start] + edit.new.encode(), end
    assert after == expected + data[done:]


def test_neither_apply_nor_review_needs_the_model(corpus, run_of):
    stored = run_of(corpus)
    code = f"""
import sys
from llada_edit.cli import main
sys.argv = ["llada-edit", sys.argv[1], {str(stored.beside)!r}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
assert not {{"torch", "transformers", "tokenizers", "safetensors"}} & set(sys.modules)
"""
    for command in ("review", "apply"):
        done = subprocess.run([sys.executable, "-c", code, command], input="y\nq\n", text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
    assert "wrote 1 edit into 1 file" in done.stderr


def test_a_link_that_appears_before_writing_is_not_followed(corpus, run_of, tmp_path):
    stored = run_of(corpus)
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("1.md", "3.md", "5.md", "7.md"):
        (corpus / "deep" / name).rename(outside / name)
    before = contents(outside)
    (corpus / "deep").rmdir()
    (corpus / "deep").symlink_to(outside)
    (corpus / "0.md").rename(outside / "0.md")
    (corpus / "0.md").symlink_to(outside / "0.md")
    found = outcome(stored)
    assert {found[path] for path in ("0.md", "deep/1.md", "deep/3.md")} == {"skipped"}
    assert {name: data for name, data in contents(outside).items() if name != "0.md"} == before


def test_a_folder_that_becomes_a_link_while_files_are_replaced(corpus, tmp_path, monkeypatch):
    """The race: the folder is swapped between the check and the write; the write goes to the folder that was opened."""
    outside = tmp_path / "outside"
    outside.mkdir()
    victim = outside / "1.md"
    victim.write_bytes((corpus / "deep" / "1.md").read_bytes())
    old, real = victim.read_bytes(), os.replace

    def swapped(*arguments, **options):
        (corpus / "deep").rename(corpus / "moved")
        (corpus / "deep").symlink_to(outside)
        real(*arguments, **options)

    monkeypatch.setattr(os, "replace", swapped)
    files.replace(corpus, "deep/1.md", sha256(old), b"new", "token")
    assert victim.read_bytes() == old
    assert (corpus / "moved" / "1.md").read_bytes() == b"new"
