"""Kakoune with the commands that are shipped for it; they call the program, not the language server."""

from __future__ import annotations

import os
import re
import runpy
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
Terminal = runpy.run_path(str(HERE / "terminal.py"))["Terminal"]
pytestmark = pytest.mark.editors


@pytest.fixture
def kakoune(desk):
    """Runs the script with what README.md says to put into `kakrc`."""

    def run(script: str = "filter.kak", **more: str) -> dict[str, str]:
        (desk.home / "llada-edit").symlink_to(ROOT)
        (lines,) = re.findall(r"```kak\n(.*?)```", (ROOT / "editors/kakoune/README.md").read_text("utf-8"), re.DOTALL)
        kak = desk.program("kak", "kakoune")
        source = f"source '{HERE / 'kakoune' / script}'"
        desk.run([kak, "-n", "-ui", "dummy", "-e", source, str(desk.file)], LLADA_LINES=lines, **more)
        return {
            file.suffix.removeprefix("."): file.read_text("utf-8") for file in desk.home.glob(f"{desk.file.name}.*")
        }

    return run


def test_selections_and_the_buffer_are_filled_and_undone(desk, kakoune):
    text = desk.file.read_text("utf-8")
    left, right = text.split("[?]")
    written = kakoune()
    desk.assert_filled()
    assert written["line"].startswith(left) and written["line"].endswith(right) and "[?]" not in written["line"]
    assert written["undone"] == text
    assert "/nowhere" in written["error"]
    assert written["after"] == desk.file.read_text("utf-8")
    assert written["selection"] == written["after"].splitlines(keepends=True)[0]


def test_a_sentence_is_paraphrased_and_undone(desk, kakoune):
    sentence = "In spite of the rain, the children were very happy and began to play in the big garden."
    text = f"😀 Caf\u00e9.\n{sentence} The end.\n"
    desk.file.write_text(text, "utf-8")
    written = kakoune("paraphrase.kak")
    left, right = text.split(sentence)
    after = desk.file.read_text("utf-8")
    assert after.startswith(left) and after.endswith(right) and after != text and len(after) > len(text) // 2
    assert after == f"{left}{written['selection'].strip()}{right}" and written["undone"] == text


def test_work_that_takes_long_is_stopped(desk):
    """The program of README.md stands for one that would write for ten minutes."""
    (desk.home / "llada-edit").symlink_to(ROOT)
    (lines,) = re.findall(r"```kak\n(.*?)```", (ROOT / "editors/kakoune/README.md").read_text("utf-8"), re.DOTALL)
    (desk.home / ".config" / "kak").mkdir(parents=True)
    (desk.home / ".config" / "kak" / "kakrc").write_text(lines, "utf-8")
    (desk.home / "bin").mkdir()
    slow = desk.home / "bin" / "llada-edit"
    slow.write_text("#!/bin/sh\n: >begun\nsleep 600\n", "utf-8")
    slow.chmod(0o755)
    kak = desk.program("kak", "kakoune")
    desk.program("tmux", "helix")
    environment = desk.environment(PATH=f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    text = desk.file.read_text("utf-8")
    with Terminal([kak, str(desk.file)], environment, desk.home) as terminal:
        terminal.wait("second line")
        terminal.text("x lf")
        terminal.wait((desk.home / "begun").exists)
        terminal.keys("C-c")
        terminal.wait("stopped")
        terminal.text(":write seen")
        terminal.keys("Enter")
        terminal.wait(lambda: (desk.home / "seen").exists() and (desk.home / "seen").read_text("utf-8") == text)


def test_without_the_program_nothing_changes(desk, kakoune):
    text = desk.file.read_text("utf-8")
    with pytest.raises(AssertionError):
        kakoune(PATH="/usr/bin:/bin")
    assert desk.file.read_text("utf-8") == text
    assert "not found" in (desk.home / "letter.txt.error").read_text("utf-8")
