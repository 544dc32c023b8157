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
COMMANDS = [line for line in re.findall(r"^llada-edit .*$", README, re.MULTILINE) if "GSAI" not in line]


@pytest.mark.parametrize("code", PYTHON)
def test_python_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {})  # the README is ours
    printed = capsys.readouterr().out
    assert "The committee " in printed
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


def test_readme_is_short_and_shows_the_demo() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150
    shown = README.partition("<!-- demo -->")[2].partition("<!-- /demo -->")[0]
    assert "The town library will stay open" in shown
    assert "[?" not in shown
