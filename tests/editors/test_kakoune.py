"""Kakoune with the commands that are shipped for it; they call the program, not the language server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
pytestmark = pytest.mark.editors


@pytest.fixture
def kakoune(desk):
    """Runs the script with what README.md says to put into `kakrc`."""

    def run(**more: str) -> dict[str, str]:
        (desk.home / "llada-edit").symlink_to(ROOT)
        (lines,) = re.findall(r"```kak\n(.*?)```", (ROOT / "editors/kakoune/README.md").read_text("utf-8"), re.DOTALL)
        kak = desk.program("kak", "kakoune")
        script = HERE / "kakoune" / "filter.kak"
        desk.run([kak, "-n", "-ui", "dummy", "-e", f"source '{script}'", str(desk.file)], LLADA_LINES=lines, **more)
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


def test_without_the_program_nothing_changes(desk, kakoune):
    text = desk.file.read_text("utf-8")
    with pytest.raises(AssertionError):
        kakoune(PATH="/usr/bin:/bin")
    assert desk.file.read_text("utf-8") == text
    assert "not found" in (desk.home / "letter.txt.error").read_text("utf-8")
