"""Denoising as it happens, on stderr: redrawn in place on a terminal, one line a step elsewhere.

The first frame is the text with all its masks; a frame that changes nothing that is shown is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from llada_edit.document import Document

if TYPE_CHECKING:
    from llada_edit.edits import Fill
    from llada_edit.infilling import Frame

AROUND = 60
"""Characters shown around the holes of a text that is not shown whole."""
MOST_SHOWN = 1200
"""Longest text that is redrawn whole on a terminal: more would scroll the holes out of sight."""


def show(frames: Iterator[Frame], document: Document) -> Fill | None:
    """Drain the frames, showing each; returns the result of the last one."""
    console = Console(stderr=True, highlight=False)
    fill, shown = None, ""
    whole = console.is_terminal and len(document.text) <= MOST_SHOWN
    with Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else nullcontext() as live:
        for frame in frames:
            fill = frame.fill
            text = frame.text if whole else _excerpt(frame.text, document)
            if fill is not None or text == shown:
                continue
            shown = text
            if live is None:
                click.echo(f"step {frame.step}: {text}", err=True)
            else:
                live.update(_styled(text, frame.step), refresh=True)
    return fill


def _styled(text: str, step: int) -> Text:
    styled = Text(text)
    styled.highlight_regex("\u2591+", "bold yellow")
    styled.append(f"\n\nstep {step}", "dim")
    return styled


def _excerpt(text: str, document: Document) -> str:
    """The part of a text between its first and last hole, with some text around it, on one line."""
    first, last = document.holes[0].span.start, len(document.text) - document.holes[-1].span.end
    start, end = max(0, first - AROUND), len(text) - max(0, last - AROUND)
    # No word is cut in two.
    while start and start < first and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > len(text) - last and not text[end].isspace():
        end -= 1
    shown = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{shown}{' …' if end < len(text) else ''}"
