"""Helix with the configuration that is shipped for it."""

from __future__ import annotations

import json
import re
import runpy
import shutil
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HELIX = HERE.parents[1] / "editors" / "helix"
Terminal = runpy.run_path(str(HERE / "terminal.py"))["Terminal"]
pytestmark = pytest.mark.editors


@pytest.fixture
def helix(desk):
    """Helix in a terminal, with the file open and the server there."""
    program = desk.program("hx", "helix")
    desk.program("tmux", "helix")
    folder = desk.home / ".config" / "helix"
    folder.mkdir(parents=True)
    shutil.copy(HELIX / "languages.toml", folder)
    (desk.home / "llada-edit.toml").write_text(f"model = {json.dumps(str(desk.model))}\ndevice = 'cpu'\n", "utf-8")
    log = desk.home / "hx.log"
    command = [program, "-v", "--log", str(log), str(desk.file)]
    with Terminal(command, desk.environment(), desk.home) as terminal:
        terminal.wait(lambda: log.exists() and "codeActionProvider" in log.read_text("utf-8", errors="replace"))
        yield terminal


def test_a_hole_is_filled_and_undone(desk, helix):
    before = desk.file.read_text("utf-8")
    helix.text("/\\[\\?")
    helix.keys("Enter")
    column = before.index("[?") + len("[?")
    helix.wait(lambda: re.search(rf"1:{column}\b", helix.screen()))
    helix.text(" a")
    helix.wait("Choose a filling for this hole")
    assert "Fill this hole" in helix.screen()
    helix.keys("Enter")  # the first one
    helix.wait(lambda: "[?]" not in helix.screen() and "Fill this hole" not in helix.screen())
    helix.text(":w")
    helix.keys("Enter")
    helix.wait(lambda: desk.file.read_text("utf-8") != before)
    desk.assert_filled()
    helix.text("u")
    helix.wait("[?]")
    helix.text(":w")
    helix.keys("Enter")
    helix.wait(lambda: desk.file.read_text("utf-8") == before)
