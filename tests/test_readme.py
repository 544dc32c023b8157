"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from llada_edit.cli import cli

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
LINES = re.findall(r"^llada-edit .*$", README, re.MULTILINE)
FOLDERS = [line for line in LINES if re.match(r"llada-edit (?:rewrite docs|review|apply) ", line)]
COMMANDS = [line for line in LINES if "GSAI" not in line and line not in FOLDERS]


@pytest.mark.parametrize("code", PYTHON)
def test_python_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {})  # the README is ours
    printed = capsys.readouterr().out
    before = re.findall(r'infill\("([^"[]+)\[', code)
    assert before and all(text in printed for text in before)
    assert "[?" not in printed.splitlines()[0]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "letter.md").write_text(
        "Dear [?name], thank you for your letter. We [?] your offer.\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    _, *arguments = shlex.split(line, comments=True)
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert result.output.strip()


def test_a_folder_is_read_reviewed_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "a.md"
    page.write_text("We utilize it, and we `utilize` you.\n\nWe utilize them.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert len(FOLDERS) == 3
    for line in FOLDERS:
        assert page.read_text().startswith("We utilize it")
        _, *arguments = shlex.split(line, comments=True)
        result = CliRunner().invoke(cli, arguments, input="y\nn\n")
        assert result.exit_code == 0, result.output
    assert page.read_text() == "We use it, and we `utilize` you.\n\nWe utilize them.\n"


def test_readme_is_short_and_shows_the_demo() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150
    shown = README.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    assert "The town library will stay open" in shown
    assert "[?" not in shown
