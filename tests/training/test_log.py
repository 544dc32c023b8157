"""The log is whole at any time, forgets what lies behind a checkpoint, and draws what there is."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from llada_edit.training.log import Log


def row(step: int, nulls: float) -> dict[str, float]:
    return {"step": step, "train_loss": 3.0, "text_loss": 2.0, "null_loss": nulls, "bound": 5.0}


def test_rows_are_kept_trimmed_and_drawn(tmp_path: Path) -> None:
    log = Log(tmp_path)
    assert log.draw() is None, "nothing to draw"
    log.append(row(10, float("nan")))
    log.append(row(20, 0.5))
    kept = json.loads((tmp_path / "log.json").read_text(), parse_constant=lambda name: 1 / 0)
    assert [entry["null_loss"] for entry in kept] == [None, 0.5], "valid JSON knows no NaN"
    again = Log(tmp_path)
    again.resume(15)
    again.append(row(20, 0.25))
    with (tmp_path / "log.csv").open() as file:
        assert [(entry["step"], entry["null_loss"]) for entry in csv.DictReader(file)] == [("10", ""), ("20", "0.25")]
    assert again.draw() == tmp_path / "loss.svg"
    assert "held out, nulls" in (tmp_path / "loss.svg").read_text()
