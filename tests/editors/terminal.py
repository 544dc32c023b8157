"""A terminal of its own for a program, by tmux: keys go in, the screen comes out, as text or as a picture."""

from __future__ import annotations

import io
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

PATIENCE = 120.0
"""Seconds to wait for what is expected; nothing should take anything like it."""


class Terminal:
    """Starts a program in a tmux server that nobody else uses, and ends both.

    Args:
        command: the program and its arguments.
        environment: of the program, whole.
        folder: where it runs.
        size: columns and rows.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, size: tuple[int, int] = (100, 30)
    ) -> None:
        self._tmux = ["tmux", "-L", f"llada-{uuid.uuid4().hex}", "-f", "/dev/null"]
        self._columns, rows = size
        given = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        settings = ["set", "-g", "default-terminal", "tmux-256color", ";", "set", "-sg", "escape-time", "0", ";"]
        start = ["new-session", "-d", "-x", str(self._columns), "-y", str(rows), "--", *command]
        subprocess.run([*self._tmux, "start-server", ";", *settings, *start], env=given, cwd=folder, check=True)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)

    def keys(self, *names: str) -> None:
        """Press keys by their names in tmux: `Enter`, `Escape`, `C-l`, `a`."""
        subprocess.run([*self._tmux, "send-keys", *names], check=True)

    def text(self, text: str) -> None:
        """Type a text."""
        subprocess.run([*self._tmux, "send-keys", "-l", text], check=True)

    def screen(self, *, colours: bool = False) -> str:
        """What is seen, with or without escape sequences."""
        capture = [*self._tmux, "capture-pane", "-p", *(["-e"] if colours else [])]
        return subprocess.run(capture, capture_output=True, text=True, check=True, encoding="utf-8").stdout

    def wait(self, what: str | Callable[[], object]) -> None:
        """Wait until a text is on the screen, or until something is true."""
        limit = time.monotonic() + PATIENCE
        while not (what in self.screen() if isinstance(what, str) else what()):
            assert time.monotonic() < limit, f"{what!r} has not come; the screen:\n{self.screen()}"
            time.sleep(0.05)


def picture(title: str, screens: Sequence[tuple[str, str]], columns: int, *, dark: bool = False) -> str:
    """Screens with their titles, one below the other, as SVG."""
    from rich import _export_format
    from rich.console import Console
    from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
    from rich.text import Text

    console = Console(record=True, file=io.StringIO(), width=columns, force_terminal=True, color_system="truecolor")
    for name, screen in screens:
        console.rule(name, style="bold")
        for line in screen.rstrip("\n").split("\n"):
            console.print(Text.from_ansi(line), no_wrap=True, crop=False, overflow="ignore")
    # Without fonts from somewhere in the network.
    plain = re.sub(r"@font-face \{\{.*?\}\}", "", _export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    theme = SVG_EXPORT_THEME if dark else DEFAULT_TERMINAL_THEME
    return console.export_svg(title=title, theme=theme, code_format=plain, unique_id="terminal")
