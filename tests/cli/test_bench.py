"""``llada-edit bench`` and ``eval`` print figures for a model and a text, and say what is wrong otherwise."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from llada_edit.cli import cli
from llada_edit.errors import DocumentError

WORDS = "The old harbour lay quiet under the morning fog while the boats waited for the tide. " * 30


def test_bench_prints_every_side(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text(WORDS)
    result = CliRunner().invoke(
        cli, ["bench", str(tmp_path / "text.md"), "--runs", "1", "--json", "--model", str(tiny_folder)]
    )
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert rows
    for row in rows:
        assert set(row["sides"]) == {"plain", "exact", "cached cold", "cached warm", "fast cold", "fast warm"}
        assert row["sides"]["plain"]["forwards"] == row["hole"]


def test_bench_refuses_a_text_that_is_too_short(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text("Too short.")
    result = CliRunner().invoke(cli, ["bench", str(tmp_path / "text.md"), "--model", str(tiny_folder)])
    assert isinstance(result.exception, DocumentError)


def test_eval_prints_figures(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jsonl").write_text(json.dumps({"text": WORDS}) + "\n")
    arguments = ["eval", str(tmp_path / "text.jsonl"), "--holes", "2", "--json", "--model", str(tiny_folder)]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {"word", "phrase"} <= set(figures["filling"])
    assert all(0 <= entry["exact"] <= 1 for entry in figures["filling"].values())
    assert 0 <= figures["tokens"]["error"] <= 1
