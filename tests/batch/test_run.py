"""Runs: what is done, what is left, and that a resumed run is as good as an undisturbed one."""

import json
import os
import random

import pytest
from scripted import TEXT, contents, statuses

from llada_edit.batch.apply import apply
from llada_edit.batch.engines import Inside
from llada_edit.batch.journal import Index, Lease, Writer
from llada_edit.batch.pool import Pool
from llada_edit.batch.records import Record
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Shard
from llada_edit.batch.stored import Stored
from llada_edit.errors import ModelError, OptionError


def said(stored):
    return [document.to_json() for document in stored.documents()]


def test_a_run_yields_edits_and_changes_no_file(corpus, run_of):
    before = contents(corpus)
    stored = run_of(corpus)
    assert contents(corpus) == before
    assert statuses(stored).pop("quiet.md") == "unchanged"
    document = next(document for document in stored.documents() if document.path == "0.md")
    assert [(edit.old, edit.new, edit.line) for edit in document.record.edits] == [
        ("utilize", "use", 3),
        ("commence", "start", 3),
        ("purchase", "buy", 5),
    ]
    for edit in document.record.edits:
        assert before["0.md"][slice(*edit.place)].decode() == edit.old


@pytest.mark.parametrize("engine", [Pool(1), Pool(3)])
def test_engines_and_orders_give_the_same(corpus, run_of, engine):
    assert said(run_of(corpus, "pool", engine=engine)) == said(run_of(corpus, "inside"))


class Told(dict):
    """Keeps what was written into it."""

    def __init__(self):
        self.shares = []

    def __setitem__(self, path, share):
        self.shares.append((path, share))
        super().__setitem__(path, share)


@pytest.mark.parametrize("engine", [Inside(), Pool(2)])
def test_engines_say_how_far_a_document_is(tmp_path, run_of, engine):
    root = tmp_path / "novel"
    root.mkdir()
    (root / "long.md").write_text("We utilize SLOW snails.\n\n" * 4)
    engine.under_way = Told()
    run_of(root, engine=engine)
    shares = [share for path, share in engine.under_way.shares if path == "long.md"]
    assert shares[0] == 0 and shares == sorted(shares) and any(0.2 < share < 1 for share in shares)
    assert engine.under_way == {}


@pytest.mark.parametrize(("engine", "limit"), [(Inside(), 5.0), pytest.param(Pool(1), 8.0, marks=pytest.mark.slow)])
def test_a_document_that_was_given_up_was_read_in_part(tmp_path, settings_of, engine, limit):
    root = tmp_path / "novel"
    root.mkdir()
    (root / "long.md").write_text("We utilize SLOW snails.\n\n" * 40)
    settings = settings_of(root, limit=limit)
    (done,) = Run.resume(tmp_path / "run", settings).work(settings, engine, ["long.md"])
    assert done.status == "error" and 0 < done.share < 0.5 and engine.under_way == {}


def test_shards_are_a_partition_and_share_a_folder(corpus, run_of):
    for index in (2, 3, 1):
        stored = run_of(corpus, "shards", shard=Shard(index, 3))
    assert said(stored) == said(run_of(corpus, "whole"))


@pytest.mark.parametrize(("index", "total"), [(0, 2), (3, 2), (1, 0)])
def test_shards_that_do_not_exist(index, total):
    with pytest.raises(OptionError, match="does not exist"):
        Shard(index, total)


def test_what_is_done_is_not_done_again(corpus, run_of, tmp_path):
    marker = tmp_path / "marker"
    run_of(corpus, marker=str(marker))
    once = marker.read_text().count("x")
    (corpus / "new.md").write_text("Please utilize it.\n")
    (corpus / "0.md").write_text("Now we commence.\n")
    stored = run_of(corpus, marker=str(marker))
    assert marker.read_text().count("x") == once + 2
    assert statuses(stored)["new.md"] == "edited"


def test_equal_files_are_done_once(corpus, run_of, tmp_path):
    for name in ("a.md", "b.md", "c.md"):
        (corpus / name).write_text(TEXT)
    marker = tmp_path / "marker"
    stored = run_of(corpus, marker=str(marker))
    assert marker.read_text().count("x") == 8 + 1 + 1
    assert {statuses(stored)[name] for name in ("a.md", "b.md", "c.md")} == {"edited"}


def test_other_settings_need_another_folder(corpus, run_of):
    run_of(corpus)
    with pytest.raises(OptionError, match=r"other settings \(addition is not given there and ! here\); give a new"):
        run_of(corpus, addition="!")
    with pytest.raises(OptionError, match=r"other settings \(its documents are below .*corpus, and these .*deep\);"):
        run_of(corpus / "deep")


def test_a_run_that_was_killed_before_it_began_can_begin(corpus, run_of, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".run-0123.tmp").write_text('{"schema"')
    assert set(statuses(run_of(corpus)).values()) == {"edited", "unchanged"}


def test_a_folder_of_other_things_is_no_run(corpus, run_of, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "letter.txt").write_text("dear")
    with pytest.raises(OptionError, match="not empty"):
        run_of(corpus)


@pytest.mark.parametrize("engine", [Inside(), Pool(2)])
def test_closing_a_run_leaves_it_resumable(corpus, run_of, settings_of, tmp_path, engine):
    settings = settings_of(corpus)
    work = Run.resume(tmp_path / "run", settings).work(settings, engine, sorted(contents(corpus)))
    next(work)
    work.close()
    assert said(run_of(corpus, engine=engine)) == said(run_of(corpus, "whole"))


def test_a_document_that_raises_is_an_error_and_the_others_are_done(corpus, run_of):
    (corpus / "bad.md").write_text("RAISES\n")
    found = statuses(run_of(corpus))
    assert found.pop("bad.md") == "error"
    assert set(found.values()) == {"edited", "unchanged"}


def test_a_poisonous_document_is_quarantined_and_its_neighbours_are_not(corpus, run_of):
    (corpus / "bad.md").write_text("DIES\n")
    found = statuses(run_of(corpus, engine=Pool(2)))
    assert found.pop("bad.md") == "quarantined"
    assert set(found.values()) == {"edited", "unchanged"}


def test_a_document_whose_worker_died_once_is_done_by_the_next_one(corpus, run_of, tmp_path):
    (corpus / "bad.md").write_text("DIES ONCE, and we utilize it.\n")
    stored = run_of(corpus, engine=Pool(2), marker=str(tmp_path / "died"))
    assert (tmp_path / "died").exists()
    assert set(statuses(stored).values()) == {"edited", "unchanged"}
    assert len(statuses(stored)) == 10


def test_retry_does_what_failed_again(corpus, run_of):
    (corpus / "bad.md").write_text("DIES\n")
    run_of(corpus, engine=Pool(2))
    assert statuses(run_of(corpus, engine=Pool(2), again=True))["bad.md"] == "quarantined"
    (corpus / "bad.md").write_text("It lives, and we utilize it.\n")
    assert statuses(run_of(corpus, engine=Pool(2)))["bad.md"] == "edited"


def test_a_document_that_killed_this_process_twice_is_quarantined(corpus, run_of, settings_of, tmp_path):
    stored = run_of(corpus, "first")
    key = {document.path: document.record.key for document in stored.documents()}["0.md"]
    settings = settings_of(corpus)
    Run.resume(tmp_path / "run", settings)
    writer = Writer.fresh(tmp_path / "run")
    writer.strike(key)
    writer.strike(key)
    assert statuses(run_of(corpus))["0.md"] == "quarantined"


@pytest.mark.parametrize("engine", [Inside(), Pool(2)])
def test_retry_forgets_deaths_that_had_no_time_to_become_a_record(corpus, run_of, settings_of, tmp_path, engine):
    stored = run_of(corpus, "first")
    key = {document.path: document.record.key for document in stored.documents()}["0.md"]
    Run.resume(tmp_path / "run", settings_of(corpus))
    writer = Writer.fresh(tmp_path / "run")
    writer.strike(key)
    writer.strike(key)
    assert statuses(run_of(corpus, engine=engine, again=True))["0.md"] == "edited"


@pytest.mark.parametrize("engine", [Inside(), pytest.param(Pool(2), marks=pytest.mark.slow)])
def test_a_document_that_takes_too_long_is_an_error(corpus, run_of, engine):
    (corpus / "bad.md").write_text("HANGS\n")
    stored = run_of(corpus, engine=engine, limit=5.5)  # the others are through by then on any machine
    found = {document.path: document.record for document in stored.documents()}
    assert found["bad.md"].status == "error"
    assert "longer than 5.5 s" in found["bad.md"].reason
    assert found["0.md"].status == "edited"


@pytest.mark.parametrize("engine", [Inside(), Pool(2)])
def test_a_model_that_does_not_load_stops_the_run_with_its_message(corpus, run_of, engine):
    with pytest.raises(ModelError, match="no model 'nowhere'"):
        run_of(corpus, engine=engine, target="missing")


def test_two_drivers_do_not_share_a_run(corpus, run_of, tmp_path):
    run_of(corpus)
    with Lease(tmp_path / "run" / "lease"), pytest.raises(OptionError, match="in use"):
        run_of(corpus)


def test_a_file_that_changes_meanwhile_is_a_conflict_and_is_done_by_the_next_run(corpus, run_of, settings_of, tmp_path):
    settings = settings_of(corpus)

    class Meddler:
        notes = ()

        def run(self, order, tasks, index):
            def meddled():
                for task in tasks:
                    if task.path == "0.md":
                        (corpus / "0.md").write_text("Other text; we commence.\n")
                    yield task

            yield from Inside().run(order, meddled(), index)

    run = Run.resume(tmp_path / "run", settings)
    for _ in run.work(settings, Meddler(), ["0.md"]):
        pass
    assert statuses(Stored.open(tmp_path / "run")) == {"0.md": "conflict"}
    assert statuses(run_of(corpus))["0.md"] == "edited"


def test_a_torn_line_is_not_read_and_costs_one_document(corpus, run_of, tmp_path):
    whole = said(run_of(corpus))
    for path in (tmp_path / "run" / "journal").iterdir():
        data = path.read_bytes()
        if data:
            path.write_bytes(data[:-7])
    inputs = tmp_path / "run" / "inputs.jsonl"
    inputs.write_bytes(inputs.read_bytes()[:-5])
    assert said(run_of(corpus)) == whole


def test_any_prefix_of_a_journal_is_a_journal(tmp_path):
    writer = Writer.fresh(tmp_path)
    records = [Record(f"{n:032}", "0" * 64, "text", "error", "ä\n" * n) for n in range(5)]
    for record in records:
        writer.record(record)
    data = writer.path.read_bytes()
    for cut in random.Random(0).sample(range(len(data)), 60):
        writer.path.write_bytes(data[:cut])
        index = Index(tmp_path)
        assert len(index) == data[:cut].count(b"\n")
        assert all(index[record.key] == record for record in records if record.key in index)


def test_an_index_reads_on_where_it_was(tmp_path):
    writer, index = Writer.fresh(tmp_path), Index(tmp_path)
    for number in range(3):
        writer.record(Record(f"{number:032}", "", "text", "unchanged"))
        index.refresh()
        assert len(index) == number + 1


def test_a_resumed_run_knows_the_files_it_wrote(corpus, run_of):
    stored = run_of(corpus)
    assert {done.status for done in apply(stored)} == {"edited"}
    after = contents(corpus)
    again = said(run_of(corpus))
    assert {document["status"] for document in again} == {"edited", "unchanged"}
    assert {done.status for done in apply(Stored.open(stored.beside))} == {"edited"}
    assert contents(corpus) == after


def test_the_journal_holds_no_more_than_the_edits(corpus, run_of, tmp_path):
    run_of(corpus)
    text = "".join(path.read_text() for path in (tmp_path / "run" / "journal").iterdir())
    assert "Nothing to do here" not in text
    assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
    if os.name == "posix":
        assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "run" / "journal").iterdir())
