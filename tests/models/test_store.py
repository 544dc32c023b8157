"""Where files go: places, parts and links in the cache and in a folder, and what is in the way there."""

import errno
import hashlib
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from llada_edit.errors import ModelError, OptionError
from llada_edit.models.store import RemoteFile, Store, disk_at_fault

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DATA = b"weights"
LARGE = RemoteFile("model.safetensors", len(DATA), hashlib.sha256(DATA).hexdigest())
SMALL = RemoteFile("config.json", len(DATA), hashlib.sha1(b"blob 7\0" + DATA).hexdigest())


@pytest.fixture
def store(cache):
    return Store.of("some-lab/tiny", COMMIT, None)


def fill(store, *files):
    for file in files:
        store.begin(file).write_bytes(DATA)
        store.part(file).rename(store.place(file))


@pytest.mark.parametrize("file", [LARGE, SMALL])
def test_bytes_are_known_by_either_digest(file, tmp_path):
    (tmp_path / "x").write_bytes(DATA)
    assert file.matches(DATA) and file.matches(tmp_path / "x")
    assert not file.matches(DATA[:-1]) and not file.matches(b"Weights")


def test_a_snapshot_shows_once_it_is_finished(store, cache):
    fill(store, LARGE, SMALL)
    assert (
        not store.snapshot.exists() and store.find(LARGE) == cache / "models--some-lab--tiny" / "blobs" / LARGE.digest
    )
    store.finish((LARGE, SMALL), None)
    store.finish((LARGE, SMALL), COMMIT)
    assert store.find(LARGE) == store.snapshot / "model.safetensors" and store.find(LARGE).is_symlink()
    assert {path.read_bytes() for path in store.snapshot.iterdir()} == {DATA}
    assert [path.name for path in (store.cache / "refs").iterdir()] == ["main"]
    store.discard(store.find(LARGE))
    assert store.find(LARGE) is None and not (store.snapshot / "model.safetensors").is_symlink()


def test_where_links_are_forbidden_the_files_themselves_are_shown(store, monkeypatch):
    def refuse(self, target):
        raise OSError(errno.EPERM, "a privilege is not held")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    fill(store, LARGE)
    store.finish((LARGE,), "v1")
    assert store.find(LARGE) == store.snapshot / "model.safetensors" and not store.find(LARGE).is_symlink()
    assert not store.place(LARGE).exists() and (store.cache / "refs" / "v1").read_text() == COMMIT


def test_what_need_not_be_fetched_again(store):
    assert store.fetched(LARGE) == 0
    store.begin(LARGE).write_bytes(DATA[:3])
    assert store.fetched(LARGE) == 3 and store.begin(LARGE).read_bytes() == DATA[:3]
    store.part(LARGE).write_bytes(DATA * 2)
    assert store.fetched(LARGE) == len(DATA) and store.begin(LARGE).read_bytes() == b""
    fill(store, LARGE)
    assert store.fetched(LARGE) == len(DATA)


def test_a_folder_may_hold_what_a_fetch_left_and_nothing_else(tmp_path):
    store = Store.of("some-lab/tiny", COMMIT, tmp_path / "mine")
    store.check_folder((LARGE, SMALL))
    fill(store, SMALL)
    store.begin(LARGE)
    store.check_folder((LARGE, SMALL))
    store.finish((SMALL,), None)
    assert store.find(SMALL) == tmp_path / "mine" / "config.json" and not store.find(SMALL).is_symlink()
    with pytest.raises(OptionError, match=r"holds other things \(config\.json\)"):
        store.check_folder((LARGE,))
    with pytest.raises(OptionError, match="is a file; give a folder"):
        Store.of("some-lab/tiny", COMMIT, tmp_path / "mine" / "config.json").check_folder((LARGE,))


def test_room(store, cache, monkeypatch):
    usage, asked = namedtuple("usage", "total used free"), []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: asked.append(path) or usage(10**9, 10**9 - 2048, 2048))
    store.check_room("some-lab/tiny", 2048)
    with pytest.raises(ModelError, match=r"some-lab/tiny needs 2\.0 KiB more and 2\.0 KiB are free in .*make room"):
        store.check_room("some-lab/tiny", 2049)
    assert asked == [cache.parent] * 2


def test_the_disk_and_the_network_are_told_apart():
    assert disk_at_fault(OSError(errno.ENOSPC, "full")) and disk_at_fault(PermissionError(13, "no", "/x"))
    assert not disk_at_fault(ConnectionResetError(errno.ECONNRESET, "reset")) and not disk_at_fault(ValueError())
