"""What docs/rewriting.md shows is what happens."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from llada_edit.cli import cli
from llada_edit.rewriting.operations import OPERATIONS

PAGE = (Path(__file__).parents[2] / "docs" / "rewriting.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^llada-edit .*$", PAGE, re.MULTILINE)


def test_python_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "rewriting.md", "exec"), {})  # the page is ours
    promised = re.search(r"print\(result\.text\) +# (.*)", code)
    assert capsys.readouterr().out.splitlines()[0] == promised[1]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_run(line, tmp_path, monkeypatch):
    (tmp_path / "notes.md").write_text("# Notes\n\nIn order to win, we utilize the Acme tool.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, shlex.split(line)[1:])
    assert result.exit_code == int("--check" in line), result.output


def test_all_operations_are_described():
    table = PAGE.partition("## Operations")[2].partition("**")[0]
    for name, operation in OPERATIONS.items():
        (row,) = [line for line in table.splitlines() if re.match(rf"\| (\w+, )?{name}\b", line)]
        assert f"| {operation.strength} |" in row or "–" in row
