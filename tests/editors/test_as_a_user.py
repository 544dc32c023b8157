"""A writer who follows a README.md: Neovim and Emacs in a terminal, in a fresh home, with the bundled model.

A gap is filled, a sentence paraphrased with a choice of three, a word replaced by another; one undo takes each back.
`LLADA_EDIT_PICTURES=docs/pictures` in the environment makes the pictures of the two READMEs anew.
"""

from __future__ import annotations

import os
import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = runpy.run_path(str(HERE / "terminal.py"))
Terminal, picture = PROGRAM["Terminal"], PROGRAM["picture"]
SENTENCE = "In spite of the rain, the children were very happy and began to play in the big garden."
TEXT = f"""The town library 📚

The library will stay [?] until nine o'clock this winter.

😀 {SENTENCE} The end.
"""
pytestmark = pytest.mark.editors


@dataclass
class Writer:
    """Someone before a terminal with one file, and what they have seen that is worth a picture."""

    terminal: Any
    file: Path
    save: Callable[[], None]
    seen: list[tuple[str, str]] = field(default_factory=list)

    def look(self, title: str) -> str:
        self.seen.append((title, self.terminal.screen(colours=True)))
        return self.terminal.screen()

    def written(self, known: str) -> str:
        """The file after it was saved, when it is another text than a known one."""
        self.save()
        self.terminal.wait(lambda: self.read() not in ("", known))
        return self.read()

    def read(self) -> str:
        return self.file.read_text("utf-8")

    def draw(self, name: str, title: str) -> None:
        if folder := os.environ.get("LLADA_EDIT_PICTURES"):
            Path(folder, name).write_text(picture(title, self.seen, 92), "utf-8")


def home(desk: Any) -> Path:
    """The clone that the READMEs speak of, and a text in a folder without settings: the bundled model is used."""
    (desk.home / "llada-edit").symlink_to(ROOT)
    text = desk.home / "library.txt"
    text.write_text(TEXT, "utf-8")
    return text


def between(text: str, left: str, right: str) -> str:
    assert text.startswith(left) and text.endswith(right), text
    return text[len(left) : len(text) - len(right)]


def check(writer: Writer, step: str, change: str, undo: Callable[[], None]) -> str:
    """One thing that was done and nothing else, and one undo takes it back; what stands there now."""
    new = writer.written(TEXT)
    inside = between(new, *TEXT.split(change))
    assert inside.strip() and inside != change, f"{step}: {inside!r}"
    undo()
    assert writer.written(new) == TEXT, step
    return inside


@pytest.mark.parametrize("program", ["nvim", "nvim-0.10"])
def test_neovim(desk, program):
    nvim = desk.program(program, "nvim")
    desk.program("tmux", "helix")
    file = home(desk)
    page = (ROOT / "editors" / "nvim" / "README.md").read_text("utf-8")
    snippet = re.findall(r"```lua\n(.*?)```", page, re.DOTALL)[0]
    status = "vim.o.laststatus, vim.o.statusline = 2, \"%f %=llada-edit: %{v:lua.require'llada'.status()}\"\n"
    (desk.home / ".config" / "nvim").mkdir(parents=True)
    (desk.home / ".config" / "nvim" / "init.lua").write_text(f"{snippet}{status}vim.o.hlsearch = false\n", "utf-8")
    # Editor and screen apart: an editor run by a loader that is not the system's cannot start itself again.
    edit = f"{nvim} --headless --listen ./socket -i NONE -n library.txt 2>log & "
    show = f"while [ ! -S socket ]; do sleep 0.1; done; exec {nvim} --server ./socket --remote-ui"
    with Terminal(["sh", "-c", edit + show], desk.environment(), desk.home, (92, 20)) as terminal:
        writer = Writer(terminal, file, lambda: (terminal.text(":silent write"), terminal.keys("Enter")))
        terminal.wait("llada-edit: ready")

        def undo() -> None:
            terminal.text("u")

        def choose(word: str, keys: str, last: str, title: str) -> list[str]:
            terminal.text(f"gg0/{word}")
            terminal.keys("Enter")
            terminal.text(keys)
            terminal.wait(last)
            offered = re.findall(r"^\d: +(.*?)\s*$", writer.look(title), re.MULTILINE)
            terminal.text("2")
            terminal.keys("Enter")
            return offered

        offered = choose("stay", "\\af", "leave it:", "A hole: \\af")
        assert len(offered) == 5 and check(writer, "filled", "[?]", undo) in offered[1]
        offered = choose("children", "\\ap", "leave it:", "A sentence: \\ap")
        expected = SENTENCE
        for change in offered[1].split(" · "):
            expected = expected.replace(*change.split(" → "))
        assert len(offered) == 5 and check(writer, "paraphrased", SENTENCE, undo) == expected
        offered = choose("happy", "\\aw", "9: ", "A word: \\aw")
        assert len(offered) == 9 and offered[1].endswith(check(writer, "another word", "happy", undo))
        if program == "nvim":
            writer.draw("nvim.svg", "Neovim")
        terminal.text(":qall!")
        terminal.keys("Enter")
        terminal.wait(lambda: not (desk.home / "socket").exists())


@pytest.mark.parametrize("program", ["emacs", "emacs-30"])
def test_emacs(desk, program):
    emacs = desk.program(program, "emacs")
    desk.program("tmux", "helix")
    file = home(desk)
    page = (ROOT / "editors" / "emacs" / "README.md").read_text("utf-8")
    (hook,) = re.findall(r"^3\. .*`(\(add-hook .*\))`", page, re.MULTILINE)
    assert "M-x package-install-file RET …/editors/emacs RET" in page
    init = desk.home / ".emacs.d" / "init.el"
    init.parent.mkdir()
    # An Emacs that is only unpacked cannot compile anything to machine code.
    bytes_only = "(setq native-comp-jit-compilation nil native-comp-enable-subr-trampolines nil)\n"
    init.write_text(bytes_only if program == "emacs-30" else "", "utf-8")
    with Terminal([emacs, "-nw"], desk.environment(), desk.home, (92, 20)) as terminal:
        terminal.wait("Emacs")
        terminal.keys("M-x")
        terminal.text("package-install-file")
        terminal.keys("Enter")
        terminal.wait("Package file name:")
        terminal.keys("C-a", "C-k")
        terminal.text("~/llada-edit/editors/emacs")
        terminal.keys("Enter")
        terminal.wait(lambda: "llada-edit" in init.read_text("utf-8"))  # what comes last
        terminal.keys("C-x", "C-c")
    init.write_text(f"{init.read_text('utf-8')}\n{hook}\n", "utf-8")
    with Terminal([emacs, "-nw", "library.txt"], desk.environment(), desk.home, (92, 20)) as terminal:
        writer = Writer(terminal, file, lambda: terminal.keys("C-x", "C-s"))
        terminal.wait(lambda: re.search(r" llada(?!:)", terminal.screen()))

        def undo() -> None:
            terminal.keys("C-/")

        def ask(word: str, *keys: str) -> None:
            terminal.keys("M-<", "C-s")
            terminal.text(word)
            terminal.keys("Enter", *keys)

        def propose(word: str, key: str, title: str) -> None:
            ask(word, "C-c", "_", key)
            terminal.wait("Proposal 1 of 3")
            writer.look(title)
            terminal.keys("n")
            terminal.wait("Proposal 2 of 3")
            terminal.keys("Enter")

        propose("stay ", "f", "A hole: C-c _ f")
        check(writer, "filled", "[?]", undo)
        propose("children", "p", "A sentence: C-c _ p")
        check(writer, "paraphrased", SENTENCE, undo)
        ask("happy", "C-c", "_", "?")
        terminal.wait("list words for this one")
        menu = terminal.screen(colours=True)
        terminal.text("l")
        terminal.wait("Instead of “happy”")
        terminal.keys("Tab")
        terminal.wait("%")
        words = re.findall(r"(\S+) +[\d.]+ %", writer.look("A word: C-c _ l Tab"))
        assert len(words) >= 8
        terminal.text(words[1])
        terminal.keys("Enter")
        assert check(writer, "another word", "happy", undo) == words[1]
        if program == "emacs":
            writer.seen.append(("All commands: C-c _ ?", menu))
            writer.draw("emacs.svg", "Emacs")
        terminal.keys("C-x", "C-c")
