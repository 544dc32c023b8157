"""The pre-commit hooks name commands and options that exist."""

import re
from pathlib import Path

from llada_edit.cli.rewrite import command

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


def test_the_hooks_call_what_is_there():
    entries = re.findall(r"entry: llada-edit rewrite (.+)", HOOKS.read_text())
    known = {option for parameter in command.params for option in parameter.opts}
    assert len(entries) == 2
    for entry in entries:
        assert set(re.findall(r"--[a-z-]+", entry)) <= known
