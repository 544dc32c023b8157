"""The command line, run inside this process as its entry point would; folders are rewritten by a script."""

import io
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from llada_edit.batch.worker import Recipe
from llada_edit.cli import main

# A rewriter without a model, for the tests here and for worker processes, which inherit the search path.
sys.path.append(str(Path(__file__).parents[1] / "batch"))

from scripted import REPORT

SCRIPTED = sys.path[-1]
Outcome = namedtuple("Outcome", "code out err")


@pytest.fixture
def plain(monkeypatch, capsysbinary):
    """Run a command; exit code, and stdout and stderr as text. With None for `stdin`, that of the process stays."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "argv", ["llada-edit", *map(str, arguments)])
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsysbinary.readouterr()
        try:
            code = main() or 0
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capsysbinary.readouterr()
        return Outcome(code, out.decode(), err.decode())

    return run


@pytest.fixture
def llada_edit(plain, tiny_folder):
    """Run a command with the tiny model, or another one."""

    def run(*arguments, stdin=b"", model=tiny_folder):
        return plain(*arguments, "--model", model, stdin=stdin)

    return run


@pytest.fixture
def refuses():
    """Check that a run was refused in one line."""

    def check(outcome, message):
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.count("\n") == 1, outcome.err
        assert outcome.err.endswith("\n")
        assert outcome.err.startswith("error: ")
        assert message in outcome.err
        assert "Traceback" not in outcome.err

    return check


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two Markdown files and one of LaTeX, below the working folder."""
    root = tmp_path / "docs"
    root.mkdir()
    (root / "a.md").write_text(REPORT)
    (root / "b.md").write_text("Nothing.\n")
    (root / "c.tex").write_text("\\section{One}\nWe utilize \\cite{utilize}, and we purchase it.\n")
    monkeypatch.chdir(tmp_path)
    return root


@pytest.fixture
def rewrite(llada_edit, monkeypatch):
    """The command with scripted rewriting in place of the model's."""
    monkeypatch.setattr("llada_edit.cli.files.recipe", lambda *_: Recipe("scripted:rewrites", {"seconds": 0.01}))

    def run(*arguments):
        return llada_edit("rewrite", *arguments, "--op", "simplify", "--trust", "listed")

    return run


@pytest.fixture
def alone():
    """Any command as a process of its own, with scripted rewriting; without the rights of root where asked."""

    def run(*arguments, powerless=False, **options):
        code = f"""
import sys
sys.path.append({SCRIPTED!r})
import powerless
from llada_edit.batch.worker import Recipe
from llada_edit.cli import files, main
files.recipe = lambda *_: Recipe("scripted:rewrites", {{}})
if {powerless}:
    powerless.drop()
main()
"""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], **pipes)

    return run


@pytest.fixture
def process(tiny_folder):
    """The command as a process of its own."""

    code = f"""
import sys
sys.path.append({SCRIPTED!r})
from llada_edit.batch.worker import Recipe
from llada_edit.cli import files, main
files.recipe = lambda *_: Recipe("scripted:rewrites", {{"seconds": 0.1}})
main()
"""

    def start(*arguments, **options):
        command = [sys.executable, "-c", code, "rewrite", *arguments, "--op", "simplify", "--model", str(tiny_folder)]
        return subprocess.Popen(command, text=True, **options)

    return start


@pytest.fixture
def git():
    """Git with a name of its own."""

    def run(*arguments, cwd):
        identity = ("-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)

    return run
