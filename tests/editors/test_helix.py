"""Helix with the configuration that is shipped for it.

`LLADA_EDIT_PICTURES=docs/pictures` in the environment makes the picture of its README anew.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
HELIX = HERE.parents[1] / "editors" / "helix"
PROGRAM = runpy.run_path(str(HERE / "terminal.py"))
Terminal, picture = PROGRAM["Terminal"], PROGRAM["picture"]
ACTION = re.compile("Fill|Choose|Another|Stronger|Weaker|Revert|Accept|Use|Replace|Paraphrase|Shorten|Make|Write")
LIBRARY = """\
# The town library 📚

The town library will stay [?] until nine o'clock this winter.

In spite of the rain, the children were very happy and began to play in the big garden.
"""
SENTENCES = "😀 One thing. Two things, 漢字. Three.\nThe end.\n"
pytestmark = pytest.mark.editors


@contextmanager
def opened(desk, size: tuple[int, int] = (100, 30), **more: str) -> Iterator[Any]:
    """Helix in a terminal, with the file open and the server there."""
    program = desk.program("hx", "helix")
    desk.program("tmux", "helix")
    folder = desk.home / ".config" / "helix"
    folder.mkdir(parents=True)
    shutil.copy(HELIX / "languages.toml", folder)
    log = desk.home / "hx.log"
    command = [program, "-v", "--log", str(log), str(desk.file)]
    with Terminal(command, desk.environment(**more), desk.home, size) as terminal:
        terminal.wait(lambda: log.exists() and "codeActionProvider" in log.read_text("utf-8", errors="replace"))
        yield terminal


@pytest.fixture
def helix(desk):
    (desk.home / "llada-edit.toml").write_text(f"model = {json.dumps(str(desk.model))}\ndevice = 'cpu'\n", "utf-8")
    with opened(desk) as terminal:
        yield terminal


def go_to_the_hole(desk, helix) -> None:
    helix.text("/\\[\\?")
    helix.keys("Enter")
    column = desk.file.read_text("utf-8").index("[?") + len("[?")
    helix.wait(lambda: re.search(rf"1:{column}\b", helix.screen()))


def settled(helix) -> str:
    """The screen when nothing moves on it: a menu is drawn line by line."""
    seen = [""]

    def still() -> bool:
        seen.append(helix.screen())
        return seen[-2] == seen[-1]

    helix.wait(still)
    return seen[-1]


def choose(helix, title: str) -> None:
    """Take one of the actions here, as soon as it is offered: some need the model. The first is chosen at first."""

    def closed() -> bool:
        if ACTION.search(settled(helix)):
            helix.keys("Escape")
            return False
        return True

    def offered() -> bool:
        helix.wait(closed)
        helix.text(" a")
        helix.wait(lambda: ACTION.search(helix.screen()))
        return title in settled(helix)

    helix.wait(offered)
    menu = [line for line in settled(helix).splitlines() if ACTION.search(line)]
    for _ in range(next(place for place, line in enumerate(menu) if title in line)):
        helix.keys("Down")
    helix.keys("Enter")
    helix.wait(lambda: not ACTION.search(settled(helix)))


def written(desk, helix, *known: str) -> str:
    """Write the file, and wait until it is another text than those that are known.

    Helix must have said so, too: what is on the disk before that is a stranger's work to its next `:w`.
    """

    def saved() -> str:
        try:
            return desk.file.read_text("utf-8")
        except FileNotFoundError:  # Helix moves the old file away before it writes the new one
            return ""

    helix.text(":w")
    helix.keys("Enter")
    helix.wait(lambda: saved() not in ("", *known) and f"'{desk.file.name}' written" in helix.screen())
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


def test_the_bundled_model_fills_and_paraphrases(desk):
    desk.file.write_text(LIBRARY, "utf-8", newline="")
    with opened(desk, (100, 18)) as helix:
        go_to(helix, "\\[\\?")
        helix.text(" a")
        helix.wait("Choose a filling")
        settled(helix)
        screens = [("A hole: space a", helix.screen(colours=True))]
        choose(helix, "Fill this hole")
        helix.wait(lambda: "[?]" not in helix.screen())
        filled = written(desk, helix, LIBRARY)
        helix.text("u")
        helix.wait("[?]")
        go_to(helix, "children")
        choose(helix, "Paraphrase: choose")
        sentence = LIBRARY.splitlines()[-1]
        helix.wait(lambda: sentence not in helix.screen())
        first = written(desk, helix, filled)
        helix.text(" a")
        helix.wait("Use 3/3")
        settled(helix)
        screens.append(("A paraphrase, and the others: space a", helix.screen(colours=True)))
        if folder := os.environ.get("LLADA_EDIT_PICTURES"):
            Path(folder, "helix.svg").write_text(picture("Helix", screens, 100, dark=True), "utf-8")
        choose(helix, "Use 2/")
        second = written(desk, helix, filled, first)
        assert LIBRARY != first != second != LIBRARY
        helix.text("uu")
        helix.wait(sentence)
        assert written(desk, helix, second) == LIBRARY


def go_to(helix, text: str) -> None:
    """The cursor on the first letter of a text."""
    helix.text(f"gg/{text}")
    helix.keys("Enter")
    helix.text("\\;")  # only the cursor; for tmux a semicolon alone would end the command


def test_the_second_paraphrase_is_chosen_and_undone(desk, scripted):
    desk.file.write_text(SENTENCES, "utf-8", newline="")
    with opened(desk, PATH=scripted.program(desk.home / "bin")) as helix:
        go_to(helix, "things")
        choose(helix, "Paraphrase: choose")
        helix.wait("paraphrase 0.4 0.0 Two")
        choose(helix, "Use 2/3")
        helix.wait("paraphrase 0.4 0.1 Two")
        second = SENTENCES.replace("Two", "paraphrase 0.4 0.1 Two")
        assert written(desk, helix, SENTENCES) == second
        helix.text("u")
        helix.wait("paraphrase 0.4 0.0 Two")
        helix.text("u")
        helix.wait(lambda: "paraphrase" not in helix.screen())
        assert written(desk, helix, second) == SENTENCES
        go_to(helix, "things")
        choose(helix, "Replace by another wording here")
        helix.wait("Two filling 1 of 0/1, 漢字")
        helix.text("u")
        helix.wait("Two things, 漢字")


def test_work_that_takes_long_is_stopped(desk, scripted):
    desk.file.write_text(SENTENCES, "utf-8", newline="")
    with opened(desk, PATH=scripted.program(desk.home / "bin", steps=100_000, pause=0.02)) as helix:
        go_to(helix, "things")
        choose(helix, "Paraphrase")
        helix.wait(lambda: scripted.trace.read_text("utf-8").count("step") > 3)
        helix.text(":lsp-workspace-command lladaEdit.cancel")
        helix.keys("Enter")
        assert len(scripted.lines(closed=1)) < 10_000
        helix.text("ggix")
        helix.keys("Escape")
        helix.wait(" NOR ")  # with a key right behind it, an escape would be Alt
        assert written(desk, helix, SENTENCES) == f"x{SENTENCES}"


def test_without_the_server_it_is_said(desk):
    (desk.home / ".config" / "helix").mkdir(parents=True)
    shutil.copy(HELIX / "languages.toml", desk.home / ".config" / "helix")
    command = [desk.program("hx", "helix"), "--health", "markdown"]
    missing = "'llada-edit' not found in $PATH"
    assert missing in desk.run(command, PATH="/usr/bin:/bin")
    assert missing not in desk.run(command)
