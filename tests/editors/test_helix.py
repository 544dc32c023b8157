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


def go_to_the_hole(desk, helix) -> None:
    helix.text("/\\[\\?")
    helix.keys("Enter")
    column = desk.file.read_text("utf-8").index("[?") + len("[?")
    helix.wait(lambda: re.search(rf"1:{column}\b", helix.screen()))


def choose(helix, title: str) -> None:
    """Take one of the actions here: the first is chosen when the menu opens."""
    helix.text(" a")
    helix.wait(title)
    menu = [line for line in helix.screen().splitlines() if re.search(r"Fill|Choose|Another|Revert|Accept|Use", line)]
    for _ in range(next(place for place, line in enumerate(menu) if title in line)):
        helix.keys("Down")
    helix.keys("Enter")
    helix.wait(lambda: title not in helix.screen())


def written(desk, helix, *known: str) -> str:
    """Write the file, and wait until it is another text than those that are known."""

    def saved() -> str:
        try:
            return desk.file.read_text("utf-8")
        except FileNotFoundError:  # Helix moves the old file away before it writes the new one
            return ""

    helix.text(":w")
    helix.keys("Enter")
    helix.wait(lambda: saved() not in ("", *known))
    return saved()


def test_a_hole_is_filled_and_undone(desk, helix):
    before = desk.file.read_text("utf-8")
    go_to_the_hole(desk, helix)
    choose(helix, "Fill this hole")
    helix.wait(lambda: "[?]" not in helix.screen())
    filled = written(desk, helix, before)
    desk.assert_filled()
    helix.text("u")
    helix.wait("[?]")
    assert written(desk, helix, filled) == before


def test_the_second_filling_is_chosen_and_undone(desk, helix):
    before = desk.file.read_text("utf-8")
    go_to_the_hole(desk, helix)
    choose(helix, "Choose a filling for this hole")
    helix.wait(lambda: "[?]" not in helix.screen())
    first = written(desk, helix, before)
    choose(helix, "Use 2/3")
    helix.wait(lambda: first.splitlines()[0] not in helix.screen())
    second = written(desk, helix, before, first)
    desk.assert_filled()
    helix.text("u")
    helix.wait(first.splitlines()[0])
    assert written(desk, helix, second) == first
