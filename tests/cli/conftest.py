"""The command line, run inside this process as its entry point would."""

import io
import sys
from collections import namedtuple

import pytest

from llada_edit.cli import main

Outcome = namedtuple("Outcome", "code out err")


@pytest.fixture
def llada_edit(monkeypatch, capsysbinary, tiny_folder):
    """Run a command with the tiny model; exit code, and stdout and stderr as text."""

    def run(command, *arguments, stdin=b"", model=None):
        chosen = tiny_folder if model is None else model
        monkeypatch.setattr(sys, "argv", ["llada-edit", command, *map(str, arguments), "--model", str(chosen)])
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
