"""Undoing what applying wrote: the old bytes, or nothing."""

import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import contents, rewrites

from llada_edit.batch.apply import apply
from llada_edit.batch.journal import Writer
from llada_edit.batch.records import DocumentResult, sha256
from llada_edit.batch.review import Decisions
from llada_edit.batch.stored import Stored, write_edits
from llada_edit.batch.undo import undo
from llada_edit.batch.worker import Task, process


def statuses(done):
    return {one.path: one.status for one in done}


def test_the_old_bytes_come_back(corpus, run_of):
    before = contents(corpus)
    stored = run_of(corpus)
    list(apply(stored))
    assert contents(corpus) != before
    found = statuses(undo(Stored.open(stored.beside)))
    assert set(found.values()) == {"edited"} and len(found) == 8
    assert contents(corpus) == before
    assert statuses(undo(Stored.open(stored.beside))) == {}, "nothing is left to undo"
    assert set(statuses(apply(Stored.open(stored.beside))).values()) == {"edited"}, "and it can be applied again"


def test_after_a_review_too(corpus, run_of):
    before = contents(corpus)
    stored = run_of(corpus)
    decisions, notes = Decisions.read(stored.decisions), Writer(stored.decisions)
    first = next(document for document in stored.documents() if document.record.edits)
    decisions.add(first, first.record.edits[0], "accept", "make long use of", notes)
    notes.close()
    list(apply(stored))
    assert b"make long use of" in (corpus / first.path).read_bytes()
    assert statuses(undo(stored)) == {first.path: "edited"}
    assert contents(corpus) == before


def test_a_file_that_changed_afterwards_is_left_alone(corpus, run_of):
    stored = run_of(corpus)
    list(apply(stored))
    mine = (corpus / "0.md").read_bytes() + b"More.\n"
    (corpus / "0.md").write_bytes(mine)
    (corpus / "2.md").unlink()
    found = {one.path: one for one in undo(stored)}
    assert (found["0.md"].status, found["2.md"].status) == ("conflict", "conflict")
    assert "0.md changed since its edits were written" in found["0.md"].reason
    assert (corpus / "0.md").read_bytes() == mine
    assert found["4.md"].status == "edited"


def test_decisions_that_were_others_are_not_guessed(corpus, run_of):
    """Which edits stand in the file is no longer known."""
    stored = run_of(corpus)
    decisions, notes = Decisions.read(stored.decisions), Writer(stored.decisions)
    first = next(document for document in stored.documents() if document.record.edits)
    decisions.add(first, first.record.edits[0], "accept", "so", notes)
    list(apply(stored))
    after = (corpus / first.path).read_bytes()
    decisions.add(first, first.record.edits[0], "accept", "thus", notes)
    notes.close()
    (one,) = undo(stored)
    assert one.status == "conflict" and "decided about since" in one.reason
    assert (corpus / first.path).read_bytes() == after


def test_an_archive_cannot_be_put_back(corpus, run_of, tmp_path):
    """Of a packed file the run has the words and not the bytes."""
    part = "<w:p><w:r><w:t>We utilize it.</w:t></w:r></w:p>"
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    with zipfile.ZipFile(corpus / "w.docx", "w") as archive:
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        types = "http://schemas.openxmlformats.org/package/2006/content-types"
        override = f'<Override PartName="/word/document.xml" ContentType="{kind}"/>'
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{types}">{override}</Types>')
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{part}</w:body></w:document>")
    stored = run_of(corpus)
    assert statuses(apply(stored))["w.docx"] == "edited"
    after = (corpus / "w.docx").read_bytes()
    found = {one.path: one for one in undo(stored)}
    assert found["w.docx"].status == "skipped" and "packed" in found["w.docx"].reason
    assert (corpus / "w.docx").read_bytes() == after


def test_a_file_of_edits_serves_as_well(corpus, run_of, tmp_path):
    before = contents(corpus)
    with (tmp_path / "e.json").open("w") as file:
        write_edits(run_of(corpus), file)
    list(apply(Stored.open(tmp_path / "e.json")))
    assert set(statuses(undo(Stored.open(tmp_path / "e.json"))).values()) == {"edited"}
    assert contents(corpus) == before


def test_what_was_never_applied_has_nothing_to_undo(corpus, run_of):
    assert statuses(undo(run_of(corpus))) == {}


PIECES = ["utilize", "commence", " ", "\n", "\r\n", "ä😀", "`", "*", "[a](b)", "purchase.", "\ufeff", "\t", "x"]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_comes_back(tmp_path_factory, text):
    root = tmp_path_factory.mktemp("one")
    data = text.encode()
    (root / "a.md").write_bytes(data)
    record = process(Task("k", "a.md", sha256(data), "markdown"), root, rewrites())
    stored = Stored(root, root, "e.", lambda: iter([DocumentResult("a.md", record)]))
    list(apply(stored))
    list(undo(stored))
    assert (root / "a.md").read_bytes() == data


def test_hostile_edits_cannot_put_anything_else_there(corpus, run_of, tmp_path):
    """A file of edits may say what it likes: the hash of the old file is in it, and decides."""
    with (tmp_path / "e.json").open("w") as file:
        write_edits(run_of(corpus), file)
    list(apply(Stored.open(tmp_path / "e.json")))
    after = contents(corpus)
    value = json.loads((tmp_path / "e.json").read_text())
    for document in value["documents"]:
        for edit in document["edits"]:
            edit["old"] = "evil"
    (tmp_path / "e.json").write_text(json.dumps(value))
    assert set(statuses(undo(Stored.open(tmp_path / "e.json"))).values()) == {"conflict"}
    assert contents(corpus) == after


def test_the_command(corpus, run_of, monkeypatch, capsys):
    from llada_edit.cli import main

    before, stored = contents(corpus), run_of(corpus)

    def said(*arguments):
        monkeypatch.setattr("sys.argv", ["llada-edit", "apply", str(stored.beside), *arguments])
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, stop.code
        return capsys.readouterr().err

    assert said().startswith("wrote ")
    assert said("--undo") == "put 8 files back as they were\n"
    assert contents(corpus) == before
    assert said("--undo") == "put 0 files back as they were\n"
    with pytest.raises(AssertionError, match="2"):
        said("--undo", "--output-dir", "x")
