"""What people do with folders that nobody foresaw: places that are wrong, files that are odd, runs that end early."""

import json
import os
from shutil import which

import pytest
from scripted import REPORT

from llada_edit.errors import OptionError


def paths_of(done):
    assert done.code == 0, done.err
    return [one["path"] for one in json.loads(done.out)["documents"]]


@pytest.mark.parametrize("versioned", [True, False], ids=["git", "no git"])
def test_what_a_run_writes_is_none_of_its_documents(folder, rewrite, git, tmp_path, versioned):
    if versioned:
        git("init", "-q", cwd=tmp_path)
    arguments = (".", "--run", "r", "--edits", "e.json", "--sarif", "s.json", "--html", "p.html")
    assert rewrite(*arguments, "--output-dir", "out").code == 0
    assert (tmp_path / "out" / "docs" / "a.md").exists()
    first = paths_of(rewrite(*arguments, "--json"))
    assert [path for path in first if not path.startswith("out/")] == ["docs/a.md", "docs/b.md", "docs/c.tex"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "r").rename(tmp_path / "deep" / "r")  # of another time: known by its looks
    assert not [path for path in paths_of(rewrite(".", "--json")) if path.startswith(("deep/", "r/"))]


def test_a_report_is_switched_off_for_rewriting(folder, rewrite):
    assert rewrite("docs/a.md", "--html", "p.html").code == 0
    page = json.loads(rewrite("p.html", "--json").out)["documents"][0]
    assert (page["status"], page["edits"]) == ("unchanged", [])


@pytest.mark.parametrize("place", [".", "docs", "docs/../docs"])
def test_copies_do_not_replace_what_they_are_made_of(folder, rewrite, refuses, plain, place):
    refuses(rewrite("docs", "--output-dir", place), "copies would replace")
    assert (folder / "a.md").read_text() == REPORT
    rewrite("docs", "--edits", "e.json")
    code, _, err = plain("apply", "e.json", "--output-dir", ".")
    assert code == 2
    assert "copies would replace" in err
    assert (folder / "a.md").read_text() == REPORT


def test_a_folder_that_may_not_be_listed_is_said(folder, rewrite, monkeypatch):
    (folder / "private").mkdir()
    scan = os.scandir

    def refusing(path="."):
        if str(path).endswith("private"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    done = rewrite("docs")
    assert done.code == 3
    assert "error: docs/private: cannot be listed" in done.err
    assert "+We use the" in done.out


def test_a_folder_that_git_may_not_list_is_said(folder, rewrite, git, tmp_path, monkeypatch):
    git("init", "-q", cwd=tmp_path)
    (tmp_path / "bin").mkdir()
    warning = "warning: could not open directory 'docs/private/': Permission denied"
    (tmp_path / "bin" / "git").write_text(f'#!/bin/sh\necho "{warning}" >&2\nexec {which("git")} "$@"\n')
    (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    done = rewrite("docs")
    assert done.code == 3
    assert "error: docs/private: cannot be listed" in done.err
    assert "+We use the" in done.out


def test_a_run_that_is_refused_leaves_nothing_behind(folder, rewrite, refuses, git, tmp_path, monkeypatch):
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    git("init", "-q", cwd=tmp_path)
    refuses(rewrite("docs", "--write"), "git has no copy")
    assert not list((tmp_path / "t").iterdir())


def test_what_was_done_is_kept_where_the_end_goes_wrong(folder, rewrite, tmp_path, monkeypatch):
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    with monkeypatch.context() as broken:

        def full(*_):
            raise OptionError("p.html cannot be written (No space left on device); give another place")

        broken.setattr("llada_edit.cli.files.outcome", full)
        done = rewrite("docs")
    assert done.code == 2
    assert "stopped; to go on, give the same command with: --run" in done.err
    kept = done.err.partition("--run ")[2].split()[0]
    journal = sorted(os.listdir(f"{kept}/journal"))
    assert "+We use the" in rewrite("docs", "--run", kept).out
    assert sorted(os.listdir(f"{kept}/journal")) == journal


@pytest.mark.parametrize("option", ["--edits", "--sarif", "--html"])
@pytest.mark.parametrize("place", ["nowhere/x", "docs"])
def test_reports_that_cannot_be_written_are_refused_before_the_work(folder, rewrite, refuses, option, place):
    refuses(rewrite("docs", option, place), "give a file")


def test_nothing_to_do_is_said(folder, rewrite, git, tmp_path):
    (tmp_path / "empty").mkdir()
    done = rewrite("empty")
    assert (done.code, done.out) == (0, "")
    assert done.err == "no documents to rewrite: 'empty' holds no file of a known format that git does not ignore\n"
    git("init", "-q", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-qm", "one", cwd=tmp_path)
    assert "nothing in 'docs' differs from HEAD" in rewrite("docs", "--changed-since", "HEAD").err


def test_odd_files(folder, rewrite):
    (folder / "empty.md").write_bytes(b"")
    (folder / "empty.docx").write_bytes(b"")
    (folder / "crlf.md").write_bytes(b"We utilize it.\r\n\r\nAnd we purchase it.\r\n")
    (folder / "large.md").write_bytes(b"We utilize it. " * 100)
    done = rewrite("docs", "--write", "--allow-dirty", "--max-bytes", "1000")
    assert done.code == 0
    assert (folder / "crlf.md").read_bytes() == b"We use it.\r\n\r\nAnd we buy it.\r\n"
    assert (folder / "empty.md").read_bytes() == (folder / "empty.docx").read_bytes() == b""
    assert "skipped: docs/empty.docx: " in done.err
    assert "skipped: docs/large.md has 1500 bytes, more than 1000" in done.err


def test_the_summary_says_what_to_do_next(folder, rewrite):
    assert "1 unchanged, 2 edited; 6 edits; nothing was written (--write" in rewrite("docs").err
    assert "to decide: llada-edit review 'my run'; to write them" in rewrite("docs", "--run", "my run").err
    assert "llada-edit review e.json" in rewrite("docs", "--edits", "e.json").err
    assert rewrite("docs/b.md").err.endswith("1 unchanged\n")
    for arguments in (["--check"], ["--json"], ["--output-dir", "out"]):
        assert rewrite("docs", *arguments).err.endswith("1 unchanged, 2 edited; 6 edits\n")
    assert "when all parts are done: llada-edit apply s" in rewrite("docs", "--run", "s", "--shard", "1/1").err


def test_line_ends_of_windows_are_not_shown(folder, rewrite, plain):
    (folder / "crlf.md").write_bytes(b"We utilize it.\r\n\r\nAnd more.\r\n")
    assert rewrite("docs/crlf.md", "--run", "r", "--html", "p.html").code == 0
    _, out, _ = plain("review", "r", stdin=b"q\n")
    assert "+ We use it.\n" in out
    assert "U+000D" not in out + (folder.parent / "p.html").read_text()


def test_a_review_says_how_much_is_left(folder, rewrite, plain):
    rewrite("docs", "--run", "my run")
    _, out, err = plain("review", "my run", stdin=b"y\nq\n")
    assert "docs/a.md:3  edit 1 of 4, 6 left in all" in out
    assert "docs/a.md:3  edit 2 of 4, 5 left in all" in out
    assert err == (
        "1 accepted, 0 rejected, 5 open; to write what was accepted: llada-edit apply 'my run';"
        " to go on: llada-edit review 'my run'\n"
    )
    assert plain("review", "my run", stdin=b"n\n" * 5)[2].startswith("1 accepted, 5 rejected, 0 open; to write")


@pytest.mark.parametrize("option", ["--write", "--allow-dirty", "--estimate", "--retry", "--html=p", "--run=r"])
def test_a_folder_that_is_misspelt_is_no_text(folder, rewrite, refuses, option):
    refuses(rewrite("dosc", option), f"{option.partition('=')[0]} is for files and folders, and 'dosc' is none")
