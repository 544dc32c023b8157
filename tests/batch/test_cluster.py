"""The engine for clusters, on a cluster of this machine."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
from scripted import contents, statuses

from llada_edit.batch.cluster import Actor, Ray
from llada_edit.batch.engines import Order
from llada_edit.batch.journal import Index
from llada_edit.batch.pool import Pool
from llada_edit.batch.records import sha256
from llada_edit.batch.worker import Recipe, Task
from llada_edit.errors import ModelError, OptionError


def test_markers_stop_a_dangerous_document_and_spare_finished_ones(tmp_path, corpus):
    marks = tmp_path / "marks"
    marks.mkdir()
    (corpus / "bad.md").write_text("DIES\n")
    order = Order(tmp_path / "run", corpus, Recipe("scripted:rewrites"))
    row = {"key": "k", "path": "0.md", "sha256": sha256(contents(corpus)["0.md"]), "format": "markdown"}
    first = Actor(order, str(marks), None)(row)
    assert (first["status"], first["edits"]) == ("edited", 3)
    for _ in range(5):  # replayed with the block of a neighbour
        assert Actor(order, str(marks), None)(row)["status"] == "edited"
    bad = {**row, "key": "bad", "path": "bad.md"}
    (marks / "bad.0").touch()
    (marks / "bad.1").touch()
    assert Actor(order, str(marks), None)(bad)["status"] == "quarantined"
    index = Index(order.run)
    assert {index["k"].status, index["bad"].status} == {"edited", "quarantined"}
    assert len(index) == 2


def test_a_time_limit_is_refused(tmp_path, corpus):
    order = Order(tmp_path, corpus, Recipe("scripted:rewrites"), limit=1)
    with pytest.raises(OptionError, match="--time-limit does not work"):
        next(Ray(1).run(order, [Task("k", "0.md", "", "markdown")], Index(tmp_path)))


# Ray warns of its own code.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_the_cluster_gives_what_one_process_gives(corpus, run_of, monkeypatch):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    (corpus / "bad.md").write_text("DIES\n")
    calm = run_of(corpus, "calm", engine=Pool(1))
    wild = run_of(corpus, "ray", engine=Ray(1))
    assert statuses(wild)["bad.md"] == "quarantined"
    assert [document.to_json() for document in wild.documents()] == [
        document.to_json() for document in calm.documents()
    ]
    assert not list(wild.beside.glob("ray-*"))
    with pytest.raises(ModelError, match="no model 'nowhere'"):
        run_of(corpus, "broken", engine=Ray(1), target="missing")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_actors_that_take_every_processor_are_refused(corpus, run_of):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    with pytest.raises(OptionError, match="processors free"):
        run_of(corpus, engine=Ray(500))


@pytest.mark.slow
def test_a_cluster_says_nothing_of_its_own(tmp_path):
    """Nobody who rewrites a folder wants to read Ray's log."""
    pytest.importorskip("ray", reason="the extra ray is not installed")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("We utilize it.\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, str(Path(__file__).with_name("driver.py")), str(tmp_path / "docs"), str(tmp_path / "r")]
    done = subprocess.run(
        [*command, "ray", "1/1", "", "write"], env=environment, capture_output=True, text=True, timeout=240
    )
    said = [line for line in done.stderr.splitlines() if "Set ray log level" not in line]  # no way to stop this one
    assert (done.returncode, done.stdout, said) == (0, "finished\n", [])
    assert (tmp_path / "docs" / "a.md").read_text() == "We use it.\n"


@pytest.mark.parametrize(("address", "told"), [(None, "local"), ("10.0.0.1:6379", "10.0.0.1:6379")])
def test_only_a_cluster_that_was_named_is_connected_to(corpus, run_of, monkeypatch, address, told):
    """Whoever can reach a cluster can run code on it: ours is for this machine alone."""
    seen = {}

    def init(**options):
        seen.update(options, environment=dict(os.environ))
        raise OptionError("far enough")

    stand_in = types.SimpleNamespace(init=init)
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    monkeypatch.setitem(sys.modules, "ray.data", types.SimpleNamespace())
    monkeypatch.setenv("RAY_ADDRESS", "elsewhere:1")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_BACKEND_LOG_LEVEL"):
        monkeypatch.setenv(name, "1")  # put back afterwards
    with pytest.raises(OptionError, match="far enough"):
        run_of(corpus, engine=Ray(1, address))
    there = seen["environment"]
    assert seen["address"] == told and there["RAY_USAGE_STATS_ENABLED"] == "0"
    if address is None:
        assert seen["_node_ip_address"] == "127.0.0.1" and seen["include_dashboard"] is False
        assert "RAY_ADDRESS" not in there and there["RAY_AUTH_MODE"] == "disabled"
    else:
        assert there["RAY_AUTH_MODE"] == "token"
