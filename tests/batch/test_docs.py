"""The commands of docs/batch.md, one after the other, in one folder."""

import io
import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from llada_edit.batch.stored import write_edits
from llada_edit.cli import cli

DOCS = (Path(__file__).parents[2] / "docs" / "batch.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", DOCS, re.DOTALL | re.MULTILINE)
COMMANDS = [line for language, block in BLOCKS if not language for line in block.splitlines()]


@pytest.mark.slow  # loads the bundled model eight times
def test_the_commands_of_the_page_run(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("We utilize it, and we don't wait.\n")
    (tmp_path / "docs" / "b.md").write_text("We utilize it, and we do not wait.\n")
    monkeypatch.chdir(tmp_path)
    assert len(COMMANDS) == 9
    for line in COMMANDS[:4]:
        result = CliRunner().invoke(cli, shlex.split(line, comments=True)[1:], input="y\nn\n")
        assert result.exit_code == 0, (line, result.output)
    assert (tmp_path / "docs" / "a.md").read_text() == "We use it, and we don't wait.\n"
    assert (tmp_path / "docs" / "b.md").read_text() == "We utilize it, and we do not wait.\n"
    for line in COMMANDS[4:]:
        result = CliRunner().invoke(cli, shlex.split(line, comments=True)[1:])
        assert result.exit_code == 0, (line, result.output)
    assert (tmp_path / "out" / "docs" / "b.md").read_text() == "We use it, and we do not wait.\n"
    assert {"e.json", "p.html", "s.json"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(?:[^`\n]* )?(--[a-z-]+)[^`\n]*`", DOCS))))
def test_the_options_of_the_page_exist(option):
    from llada_edit.cli.apply import command as apply
    from llada_edit.cli.infill import command as infill
    from llada_edit.cli.review import command as review
    from llada_edit.cli.rewrite import command as rewrite

    known = {
        name for command in (apply, infill, review, rewrite) for parameter in command.params for name in parameter.opts
    }
    assert option in known


def test_the_json_of_the_page_is_that_of_a_run(corpus, run_of):
    (shown,) = (json.loads(block) for language, block in BLOCKS if language == "json")
    file = io.StringIO()
    write_edits(run_of(corpus, addition="<b>"), file)
    refused = json.loads(file.getvalue())["documents"][0]["rejected"][0]
    file = io.StringIO()
    write_edits(run_of(corpus, "plain"), file)
    real = json.loads(file.getvalue())
    document, (edit, *_) = real["documents"][0], real["documents"][0]["edits"]
    assert list(shown) == list(real)
    assert list(shown["documents"][0]) == list(document)
    assert list(shown["documents"][0]["edits"][0]) == list(edit)
    assert list(shown["documents"][0]["rejected"][0]) == list(refused)
