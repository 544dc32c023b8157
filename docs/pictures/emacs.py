"""Makes emacs.svg: the package of `editors/emacs` in a real Emacs in tmux, with the bundled model.

Run from the root of the repository: `python docs/pictures/emacs.py`. Needs emacs with eglot, and tmux.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "editors" / "emacs"
WIDTH, HEIGHT = 96, 14
LETTER = """Dear neighbours,

In spite of the rain, the children were very happy and began to play in the big garden. 😀
The weather was [?] and we stayed at home.
"""
SETUP = f"""
(add-to-list 'load-path "{PACKAGE}")
(require 'llada-edit)
(setq eglot-sync-connect 60 inhibit-startup-screen t frame-background-mode 'light
      native-comp-async-report-warnings-errors nil)
(menu-bar-mode -1)
(setq-default mode-line-format '(" %b" (:eval (llada-edit--lighter)) (:eval (llada-edit--progress))))
(add-hook 'text-mode-hook #'visual-line-mode)
(add-hook 'text-mode-hook #'llada-edit-mode)
"""


class Screen:
    """A terminal with Emacs in it; keys go in, its text with colours comes out."""

    def __init__(self, home: Path) -> None:
        self.tmux = ["tmux", "-S", str(home / "tmux"), "-f", "/dev/null"]
        (home / "letter.txt").write_text(LETTER, encoding="utf-8")
        (home / "setup.el").write_text(SETUP, encoding="utf-8")
        more = {"HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color"}
        more["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        run = [
            "env",
            "TERM=tmux-256color",
            "emacs",
            "-nw",
            "-q",
            "-l",
            str(home / "setup.el"),
            str(home / "letter.txt"),
        ]
        subprocess.run([*self.tmux, "new-session", "-d", *size, *run], env={**os.environ, **more}, check=True)

    def keys(self, *keys: str) -> None:
        """Press some keys, as tmux names them."""
        subprocess.run([*self.tmux, "send-keys", *keys], check=True)

    def text(self) -> str:
        """The screen, with ANSI colours."""
        said = subprocess.run([*self.tmux, "capture-pane", "-e", "-p"], capture_output=True, text=True, check=True)
        return said.stdout

    def wait(self, what: str, done: Callable[[str], bool]) -> str:
        """The screen as soon as it is as expected; gives up after two minutes."""
        end = time.monotonic() + 120
        while not done(screen := self.text()):
            if time.monotonic() > end:
                sys.exit(f"{what} has not happened:\n{screen}")
            time.sleep(0.02)
        return screen

    def close(self) -> None:
        """End Emacs and its server."""
        subprocess.run([*self.tmux, "kill-server"], check=False)


def take(screen: Screen) -> list[tuple[str, str]]:
    """Titles and screens: a hole, a sentence, a word, the menu."""
    screen.wait("the start", lambda text: "Connected!" in text)
    screen.keys("M->", "C-p", "C-c", "_", "f")
    filled = screen.wait("a filling", lambda text: "Proposal 1" in text and "[1/" in text)
    screen.keys("q", "C-p", "C-c", "_", "p")
    rewritten = screen.wait("a paraphrase", lambda text: "Proposal 1" in text and "[1/" in text)
    screen.keys("q", "M-<", "C-s", *"happy", "Enter", "C-c", "_", "l")
    screen.wait("the question", lambda text: "Instead of" in text)
    screen.keys("Tab")
    words = screen.wait("the words", lambda text: "%" in text)
    screen.keys("C-g", "C-c", "_", "?")
    menu = screen.wait("the menu", lambda text: "this hole" in text)
    return [
        ("A hole: C-c _ f", filled),
        ("A sentence: C-c _ p", rewritten),
        ("Other words: C-c _ l TAB", words),
        ("All commands: C-c _ ?", menu),
    ]


def main() -> None:
    """Take the screens and write them beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        screen = Screen(Path(folder))
        try:
            taken = take(screen)
        finally:
            screen.close()
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for title, text in taken:
        console.rule(title, style="bold")
        console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)
    picture = console.export_svg(title="llada-edit in Emacs", theme=DEFAULT_TERMINAL_THEME, unique_id="emacs")
    (HERE / "emacs.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
