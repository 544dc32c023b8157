"""What a writer has in a file is not overwritten where no copy of it is left, nor against its permissions."""

import os
import sys

import pytest
from scripted import REPORT


def test_without_git_nothing_is_overwritten(folder, rewrite, refuses):
    refused = rewrite("docs", "--write")
    refuses(refused, "docs/a.md and 2 more: git has no copy of the present text")
    assert "--output-dir" in refused.err and "--allow-dirty" in refused.err
    assert (folder / "a.md").read_text() == REPORT
    assert rewrite("docs", "--write", "--allow-dirty").code == 0
    assert "We use the" in (folder / "a.md").read_text()


def test_what_git_ignores_has_no_copy_either(folder, rewrite, refuses, git, tmp_path):
    (tmp_path / ".gitignore").write_text("b.md\n")
    git("init", "-q", cwd=tmp_path)
    git("add", ".", cwd=tmp_path)
    git("commit", "-qm", "one", cwd=tmp_path)
    (folder / "b.md").write_text(REPORT)
    refuses(rewrite("docs/b.md", "--write"), "docs/b.md: git has no copy")
    assert rewrite("docs/a.md", "--write").code == 0
    refuses(rewrite("docs/a.md", "docs/b.md", "--write"), "docs/a.md and 1 more: git has no copy")


def test_a_checkout_below_the_working_folder_counts(folder, rewrite, refuses, git, tmp_path):
    """The working folder itself is in no checkout, its two folders are each in one of their own."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.md").write_text(REPORT)
    for place in (folder, tmp_path / "more"):
        git("init", "-q", cwd=place)
        git("add", ".", cwd=place)
        git("commit", "-qm", "one", cwd=place)
    (tmp_path / "more" / "d.md").write_text(f"{REPORT}\nMore.\n")
    refuses(rewrite("docs", "more", "--write"), "more/d.md: git has no copy")
    assert rewrite("docs", "--write").code == 0
    assert "We use the" in (folder / "a.md").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="takes the right to write from root by a call of Linux")
def test_a_file_that_may_not_be_written_is_left_alone(folder, tiny_folder, alone):
    (folder / "a.md").chmod(0o444)
    rest = ("--op", "simplify", "--model", tiny_folder)
    done = alone("rewrite", "docs/a.md", "docs/c.tex", "--write", "--allow-dirty", *rest, powerless=True)
    assert done.returncode == 3, done.stderr
    assert "error: docs/a.md may not be written; " in done.stderr
    assert "wrote 2 edits into 1 file" in done.stderr
    assert (folder / "a.md").read_text() == REPORT
    assert "We use" in (folder / "c.tex").read_text()
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="takes the right to write from root by a call of Linux")
def test_holes_are_not_filled_in_a_file_that_may_not_be_written(folder, tiny_folder, alone):
    (folder / "a.md").write_text("The cat [?] mats.\n")
    (folder / "a.md").chmod(0o444)
    done = alone("infill", "docs/a.md", "--in-place", "--model", tiny_folder, powerless=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: docs/a.md may not be written; ")
    assert done.stderr.count("\n") == 1
    assert (folder / "a.md").read_text() == "The cat [?] mats.\n"


def test_read_only_files_are_left_alone_by_root_too(folder, rewrite):
    """Root may write into them; that nobody is meant to is what the owner said."""
    (folder / "a.md").chmod(0o444)
    done = rewrite("docs/a.md", "--write", "--allow-dirty")
    assert done.code == 3
    assert "error: docs/a.md may not be written; " in done.err
    assert (folder / "a.md").read_text() == REPORT
    assert not [name for name in os.listdir(folder) if name.startswith(".llada-edit")]


def test_what_a_run_has_written_is_no_conflict(folder, rewrite, plain):
    assert rewrite("docs", "--run", "r").code == 0
    assert plain("apply", "r").code == 0
    done = rewrite("docs", "--run", "r")
    assert (done.code, done.out) == (0, "")
    assert done.err == "1 unchanged, 2 edited; 2 documents applied already\n"
    assert rewrite("docs", "--run", "r", "--check").code == 0
    (folder / "a.md").write_text("Mine.\n")
    assert "applied already" in rewrite("docs", "--run", "r", "--check").err


def test_a_page_tells_what_was_written_already(folder, rewrite, plain, tmp_path):
    rewrite("docs", "--run", "r")
    plain("apply", "r")
    rewrite("docs", "--run", "r", "--html", "p.html")
    page = (tmp_path / "p.html").read_text()
    assert "holds edits of this run; for more" in page and "changed since" not in page


def test_copies_of_what_was_written_already_say_so(folder, rewrite, plain):
    rewrite("docs", "--run", "r")
    plain("apply", "r")
    done = plain("apply", "r", "--output-dir", "out")
    assert done.code == 3
    assert "conflict: docs/a.md holds edits of this run already; for more of them, make a new run" in done.err
