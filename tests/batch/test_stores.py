"""Documents in object stores: fsspec's own in memory, and a folder spoken to as a store where processes share it."""

import json
import os
import sys
from pathlib import Path

import pytest
from scripted import TEXT

from llada_edit.batch import files
from llada_edit.batch.apply import apply
from llada_edit.batch.cluster import Ray
from llada_edit.batch.engines import Inside
from llada_edit.batch.find import find
from llada_edit.batch.pool import Pool
from llada_edit.batch.refused import Conflict, Skip
from llada_edit.batch.reports import write_sarif
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings, Shard
from llada_edit.batch.stored import Stored
from llada_edit.batch.stores import Store, is_address, place_of
from llada_edit.batch.worker import Recipe
from llada_edit.errors import DocumentError, OptionError

fsspec = pytest.importorskip("fsspec", reason="the extra stores is not installed")
PLAIN = TEXT.replace("We utilize", "We use").replace("[commence]", "[start]")
ALL = Shard()
NAMES = ("a.md", "deep/b.md", "deep/c.md")


@pytest.fixture
def bucket(tmp_path):
    """A store in memory with some documents."""
    url = f"memory://{tmp_path.name}/docs"
    for name in NAMES:
        Store(url).create(name, (TEXT + name).encode())
    Store(url).create("deep/picture.png", b"x")
    Store(url).create(".hidden/d.md", TEXT.encode())
    return Store(url)


def run_of(folder, found, engine, shard=ALL):
    settings = Settings(found.root, Recipe("scripted:rewrites"), "f", shard)
    list(Run.resume(folder, settings).work(settings, engine, found.paths))
    return Stored.open(folder)


def said(stored):
    return [document.to_json() for document in stored.documents()]


def test_what_is_found(bucket):
    assert find([bucket.url]).paths == NAMES
    assert find([f"{bucket.url}/deep/"]) == find([f"{bucket.url}/deep"])
    one = find([f"{bucket.url}/deep/b.md"])
    assert (one.root, one.paths) == (Store(f"{bucket.url}/deep"), ("b.md",))
    with pytest.raises(OptionError, match="one store at a time"):
        find([bucket.url, "README.md"])
    with pytest.raises(OptionError, match="cannot be reached"):
        find(["nosuchstore://a/b"])


def test_a_run_over_a_store_gives_copies_in_another_one_and_replaces_nothing(bucket, tmp_path):
    found = find([bucket.url])
    stored = run_of(tmp_path / "run", found, Inside())
    assert [document["status"] for document in said(stored)] == ["edited"] * 3
    with pytest.raises(OptionError, match="nothing is replaced"):
        next(apply(stored))
    copies = place_of(f"{bucket.url}-new")
    assert {done.status for done in apply(stored, copies)} == {"edited"}
    for name in NAMES:
        assert bucket.read(name) == (TEXT + name).encode()
        assert copies.read(name) == (PLAIN + name).encode()
    with (tmp_path / "s.json").open("w+") as file:
        write_sarif(stored, file)
        file.seek(0)
        assert json.load(file)["runs"][0]["originalUriBaseIds"]["ROOT"]["uri"] == f"{bucket.url}/"


def test_what_changed_since_is_a_conflict(bucket, tmp_path):
    stored = run_of(tmp_path / "run", find([bucket.url]), Inside())
    bucket.create("a.md", b"other")
    fsspec.core.url_to_fs(bucket.url)[0].rm(f"/{tmp_path.name}/docs/deep/b.md")
    ways = {done.path: done.status for done in apply(stored, tmp_path / "out")}
    assert ways == {"a.md": "conflict", "deep/b.md": "conflict", "deep/c.md": "edited"}


@pytest.fixture
def shared(tmp_path):
    """A folder spoken to as a store, since other processes do not see the one in memory."""
    (tmp_path / "docs").mkdir()
    for number in range(1, 7):
        (tmp_path / "docs" / f"{number}.md").write_text(TEXT * number)
    return find([f"file://{tmp_path}/docs"])


def test_processes_of_their_own_give_what_one_gives(tmp_path, shared):
    calm = run_of(tmp_path / "calm", shared, Inside())
    assert said(run_of(tmp_path / "pool", shared, Pool(2))) == said(calm)
    assert [document["status"] for document in said(calm)] == ["edited"] * 6


def test_shards_of_a_store_are_a_partition_and_are_applied_together(tmp_path, shared):
    calm = run_of(tmp_path / "calm", shared, Inside())
    for index in (1, 2, 3):
        before = len(said(run_of(tmp_path / "run", shared, Inside(), Shard(index, 3))))
    assert before == 6
    stored = Stored.open(tmp_path / "run")
    assert said(stored) == said(calm)
    copies = place_of(f"file://{tmp_path}/new")
    assert [done.status for done in apply(stored, copies)] == ["edited"] * 6
    assert (tmp_path / "new" / "2.md").read_text() == PLAIN * 2


@pytest.mark.filterwarnings("ignore")  # Ray warns of its own code
@pytest.mark.slow
def test_a_cluster_reads_a_store(tmp_path, shared, monkeypatch):
    pytest.importorskip("ray", reason="the extra ray is not installed")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    calm = run_of(tmp_path / "calm", shared, Inside())
    assert said(run_of(tmp_path / "ray", shared, Ray(1))) == said(calm)


def test_copies_do_not_replace_objects(bucket, tmp_path):
    stored = run_of(tmp_path / "run", find([bucket.url]), Inside())
    with pytest.raises(OptionError, match="copies would replace"):
        next(apply(stored, place_of(f"{bucket.url}/")))


def test_limits_and_names(bucket):
    with pytest.raises(Skip, match="more than 5 bytes"):
        files.read(bucket, "a.md", 5)
    with pytest.raises(Conflict, match="is gone"):
        files.read(bucket, "none.md")
    for name in ("../a.md", "/a.md", "a/../../b.md"):
        with pytest.raises(DocumentError, match="not below the root"):
            files.read(bucket, name)
        with pytest.raises(DocumentError, match="not below the root"):
            files.create(bucket, name, b"x", "t")
    assert not any(map(is_address, ("https://a.example/b", "a b", "C:\\x", "s3:/b", "zip://a::s3://b", "see s3://x y")))
    assert is_address("s3://bucket/docs")
