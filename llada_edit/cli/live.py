"""Denoising as it happens, on stderr: redrawn in place on a terminal, one line a step elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
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
    fill = None
    if not console.is_terminal:
        for frame in frames:
            fill = frame.fill
            if fill is None:
                click.echo(f"step {frame.step + 1}: {_excerpt(frame.text, document)}", err=True)
        return fill
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for frame in frames:
            fill = frame.fill
            whole = len(document.text) <= MOST_SHOWN
            live.update(_styled(frame.text if whole else _excerpt(frame.text, document), frame.step), refresh=True)
    return fill


def _styled(text: str, step: int) -> Text:
    styled = Text(text)
    styled.highlight_regex("\u2591+", "bold yellow")
    styled.append(f"\n\nstep {step + 1}", "dim")
    return styled


def _excerpt(text: str, document: Document) -> str:
    """The part of a text between its first and last hole, with some text around it, on one line."""
    first, last = document.holes[0].span.start, len(document.text) - document.holes[-1].span.end
    return " ".join(text[max(0, first - AROUND) : len(text) - max(0, last - AROUND)].split())
