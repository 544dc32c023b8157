"""What a run notes down: ``log.csv`` and ``log.json`` with held-out figures, and a picture of the losses.

A run that goes on from a checkpoint forgets the rows behind it, so a killed run leaves the same log as an undisturbed
one, but for the column `seconds`.
"""

from __future__ import annotations

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
            rows: list[Row] = json.loads(path.read_text(encoding="utf-8"))
            self.rows = [row for row in rows if row["step"] <= step]

    def append(self, row: Row) -> None:
        """Note a row; the files are replaced, never half written."""
        self.rows.append({name: None if value != value else value for name, value in row.items()})
        with (self.folder / "log.csv.tmp").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(row))
            writer.writeheader()
            writer.writerows(self.rows)
        (self.folder / "log.json.tmp").write_text(json.dumps(self.rows, indent=1) + "\n", encoding="utf-8")
        for name in ("log.csv", "log.json"):
            (self.folder / f"{name}.tmp").replace(self.folder / name)

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
        figure.savefig(self.folder / "loss.svg", metadata={"Date": None})
        return self.folder / "loss.svg"
