"""What a run notes down: ``log.csv`` and ``log.json`` with held-out figures, and a picture of the losses.

A run that goes on from a checkpoint forgets the rows behind it, so a killed run leaves the same held-out figures as an
undisturbed one; `train_loss` is the mean since the run was taken up or wrote a row, `seconds` are those of one call.
"""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from llada_edit.textfiles import write_atomically
from llada_edit.training.kept import reading

Row = dict[str, Any]
"""Numbers by name; None where there was nothing to measure."""


class Log:
    """The rows so far; every new one is written at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []

    def resume(self, step: int) -> None:
        """Take over the rows of an earlier process up to `step`."""
        path = self.folder / "log.json"
        if path.exists():
            with reading(path, "remove it, and a new log begins"):
                rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
                self.rows = [row for row in rows if row["step"] <= step]

    def append(self, row: Row) -> None:
        """Note a row; the files are replaced, never half written."""
        self.rows.append({name: None if value != value else value for name, value in row.items()})
        table = StringIO(newline="")
        writer = csv.DictWriter(table, list(row))
        writer.writeheader()
        writer.writerows(self.rows)
        write_atomically(self.folder / "log.csv", table.getvalue())
        write_atomically(self.folder / "log.json", json.dumps(self.rows, indent=1) + "\n")

    def draw(self) -> Path | None:
        """Write ``loss.svg``; None where matplotlib (extra "train") is missing or there is nothing to draw."""
        if not self.rows or find_spec("matplotlib") is None:
            return None
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 4), layout="constrained")
        axes = figure.add_subplot(xlabel="step", ylabel="nats")
        for name, label in (
            ("train_loss", "training"),
            ("text_loss", "held out, masked text"),
            ("null_loss", "held out, nulls"),
            ("bound", "held out, likelihood bound per token"),
        ):
            points = [(row["step"], row[name]) for row in self.rows if row.get(name) is not None]
            axes.plot([step for step, _ in points], [value for _, value in points], label=label)
        axes.legend()
        drawing = StringIO()
        figure.savefig(drawing, format="svg", metadata={"Date": None})
        write_atomically(self.folder / "loss.svg", drawing.getvalue())
        return self.folder / "loss.svg"
