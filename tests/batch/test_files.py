"""Reading below a root: what is hostile is refused before it costs anything."""

import os
import subprocess
import sys

import pytest
from scripted import statuses

from llada_edit.batch import files
from llada_edit.errors import DocumentError


def test_links_are_not_followed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.md").write_text("secret")
    (root / "file.md").symlink_to(outside / "a.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    for path in ("file.md", "folder/a.md", "loop/loop/file.md"):
        with pytest.raises(files.Skip, match="symbolic link"):
            files.read(root, path)


def test_a_run_skips_links_and_stays_below_its_root(corpus, run_of, tmp_path):
    (tmp_path / "secret.md").write_text("We utilize secrets.\n")
    (corpus / "link.md").symlink_to(tmp_path / "secret.md")
    (corpus / "up").symlink_to(tmp_path)
    (corpus / "self").symlink_to(corpus)
    assert set(statuses(run_of(corpus))) == {
        *(f"{n}.md" for n in (0, 2, 4, 6)),
        *(f"deep/{n}.md" for n in (1, 3, 5, 7)),
        "quiet.md",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no named pipes")
def test_pipes_and_folders_are_skipped_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    for name in ("pipe.md", "folder.md"):
        with pytest.raises(files.Skip, match="plain file"):
            files.read(tmp_path, name)


def test_a_large_file_is_not_read(tmp_path):
    with (tmp_path / "large.md").open("wb") as file:
        file.truncate(1 << 30)
    code = (
        "import resource, sys; from pathlib import Path; from llada_edit.batch import files\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: files.read(Path(sys.argv[1]), 'large.md', 10_000_000)\n"
        "except files.Skip as error: print(error)\n"
        "assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1073741824 bytes" in done.stdout


@pytest.mark.parametrize(
    "data", [b"ut\x00ilize", b"caf\xe9 utilize", b"\xff\xfeu\x00t\x00", b"\xed\xa0\x80", b"\xc0\xaf"]
)
def test_what_is_no_text_is_skipped_and_untouched(corpus, run_of, data):
    (corpus / "bad.md").write_bytes(data)
    found = {document.path: document.record for document in run_of(corpus).documents()}
    assert found["bad.md"].status == "skipped"
    assert found["bad.md"].reason
    assert (corpus / "bad.md").read_bytes() == data


def test_sizes_are_limited(corpus, run_of):
    (corpus / "long.md").write_text("utilize " * 100)
    found = statuses(run_of(corpus, most=500))
    assert (found["long.md"], found["0.md"]) == ("skipped", "edited")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_an_error(corpus, run_of):
    (corpus / "0.md").chmod(0)
    assert statuses(run_of(corpus))["0.md"] == "error"


def test_a_draft_that_a_crash_left_is_overwritten(tmp_path):
    (tmp_path / "a.md").write_text("old")
    (tmp_path / ".llada-edit-token.tmp").symlink_to("/etc/passwd")
    files.replace(tmp_path, "a.md", files.sha256(b"old"), b"new", "token")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_bytes() == b"new"


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path, monkeypatch):
    (tmp_path / "a.md").write_text("old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentError, match="No space left"):
        files.replace(tmp_path, "a.md", files.sha256(b"old"), b"new", "token")
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "old"
