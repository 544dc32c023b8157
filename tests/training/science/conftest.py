"""What the tests of the scientific scripts share: a script, a run of it at a tiny size, and couplets."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def benchmarks() -> Path:
    return BENCHMARKS


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    def script(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        return importlib.import_module(name)

    return script


@pytest.fixture
def smoke(load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a script at a tiny size, with its page, figures and trainings in `tmp_path`; its section."""

    def run(name: str, *arguments: str | Path) -> dict:
        science = load("science")
        for place, folder in (("HERE", ""), ("DOCS", "docs"), ("RUNS", "runs")):
            monkeypatch.setattr(science, place, tmp_path / folder)
            (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        load(name).main()
        section = json.loads((tmp_path / "science" / f"{name}.json").read_text())
        page = (tmp_path / "docs" / "science.md").read_text()
        assert f"    {section['command']}\n" in page
        assert all(line in page for line in section["lines"])
        for line in section["lines"]:
            if line.startswith("\n!["):
                assert (tmp_path / "docs" / line.rpartition("(")[2].rstrip(")")).exists()
        return section

    return run


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    """Thirty couplets in which no character comes twice, so that the first one tells all others."""
    signs = [chr(0x4E00 + index) for index in range(300)]
    lines = ["".join(signs[at : at + 5]) + "，" + "".join(signs[at + 5 : at + 10]) + "。" for at in range(0, 300, 10)]
    path = tmp_path / "poems.jsonl"
    path.write_text(json.dumps({"lines": lines}) + "\n")
    return path
