"""Compiled constraints are kept: in memory, on the disk, for two processes at once, and never believed when damaged."""

import subprocess
import sys

import numpy as np
import pytest

from llada_edit.constraints import compiled as module
from llada_edit.constraints.compiled import compiled
from llada_edit.constraints.regex import compile_regex
from llada_edit.testing import scripted_model

VOCABULARY = scripted_model().vocabulary


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LLADA_EDIT_CACHE", str(tmp_path))
    monkeypatch.setattr(module, "_MEMORY", module._Memory())
    return tmp_path / "constraints"


def get(pattern, built):
    def build():
        built.append(pattern)
        return compile_regex(pattern)

    return compiled(pattern, build, VOCABULARY, VOCABULARY.writable, False)


def test_the_same_constraint_is_built_once(folder, monkeypatch):
    built = []
    first = get("a+b", built)
    assert get("a+b", built) is first
    monkeypatch.setattr(module, "_MEMORY", module._Memory())
    again = get("a+b", built)
    assert built == ["a+b"]
    for part in ("table", "accepting", "class_of"):
        assert np.array_equal(getattr(again.tokens, part), getattr(first.tokens, part))
    get("a+c", built)
    compiled("a+b", lambda: compile_regex("x"), VOCABULARY, VOCABULARY.writable & ~VOCABULARY.has_newline, False)
    assert built == ["a+b", "a+c"]
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("damage", [b"", b"junk", b"PK\x03\x04cut off"])
def test_a_damaged_file_is_built_again(folder, monkeypatch, damage):
    built = []
    get("a+b", built)
    (path,) = folder.iterdir()
    path.write_bytes(damage)
    monkeypatch.setattr(module, "_MEMORY", module._Memory())
    assert get("a+b", built).language.accepts("aab")
    assert built == ["a+b"] * 2
    assert len(path.read_bytes()) > 100


def test_a_disk_that_cannot_be_written_costs_nothing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LLADA_EDIT_CACHE", str(tmp_path / "file"))
    assert get("a+d", []).language.accepts("ad")


def test_a_write_that_fails_leaves_nothing_behind(folder, monkeypatch):
    """A full disk must not be filled further by drafts."""

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left")

    monkeypatch.setattr(module.np, "savez", full)
    assert get("a+e", []).language.accepts("ae")
    assert list(folder.iterdir()) == []


def test_without_a_home_nothing_is_kept(monkeypatch):
    """As in a container whose user has no entry and no HOME."""

    def homeless(cls):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("LLADA_EDIT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(module.Path, "home", classmethod(homeless))
    assert module.cache_folder() is None
    assert get("a+f", []).language.accepts("af")


@pytest.mark.parametrize("change", ["_release", "UNICODE"])
def test_another_release_believes_no_old_file(folder, monkeypatch, change):
    """What a constraint means may change between releases, and what a letter is between versions of Unicode."""
    built = []
    get("a+b", built)
    monkeypatch.setattr(module, "_MEMORY", module._Memory())
    monkeypatch.setattr(module, change, (lambda: "9.9.9") if change == "_release" else "99.0.0")
    get("a+b", built)
    assert built == ["a+b"] * 2


def test_the_oldest_go_when_there_are_too_many(folder, monkeypatch):
    get("a", [])
    size = next(folder.iterdir()).stat().st_size
    monkeypatch.setattr(module, "ON_DISK", int(3.5 * size))
    for letter in "bcdefgh":
        get(letter, [])
    assert len(list(folder.iterdir())) == 3


def test_two_processes_at_once(folder):
    code = (
        "from llada_edit.constraints.compiled import compiled\n"
        "from llada_edit.constraints.regex import compile_regex\n"
        "from llada_edit.testing import scripted_model\n"
        "v = scripted_model().vocabulary\n"
        "for i in range(12):\n"
        "    p = 'a' * (i % 4 + 1)\n"
        "    made = compiled(p, lambda: compile_regex(p), v, v.writable, False)\n"
        "    assert made.language.accepts(p)\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    assert sorted(path.suffix for path in folder.iterdir()) == [".npz"] * 4
