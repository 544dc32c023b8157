"""The page of scientific results is made of its sections, its commands can be run, and no run is taken for another."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

SECTIONS = sorted((Path(__file__).parents[3] / "benchmarks" / "science").glob("*.json"))
SAID = {"sentences": "holes", "text": "texts"}
"""Settings that the page calls otherwise than the command does."""


def test_the_page_is_made_of_its_sections(load, benchmarks: Path) -> None:
    science = load("science")
    folder = benchmarks / "science"
    kept = (benchmarks.parent / "docs" / "science.md").read_text(encoding="utf-8")
    assert science.page(folder) == kept, "nothing on it is typed by hand but its head and the remarks"
    assert "not yet run" not in kept.lower()
    assert {path.stem for path in folder.glob("*.md")} - {"head"} == {path.stem for path in folder.glob("*.json")}
    shown = set(re.findall(r"]\((science-[^)]*)\)", kept))
    assert shown == {path.name for path in (benchmarks.parent / "docs").glob("science-*.svg")}, "no plot is left over"


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_the_command_of_a_section_can_be_run_and_has_its_settings(load, benchmarks: Path, path: Path) -> None:
    section = json.loads(path.read_text(encoding="utf-8"))
    page = (benchmarks.parent / "docs" / "science.md").read_text(encoding="utf-8")
    assert f"## {section['title']}\n\n    {section['command']}\n" in page
    python, script, *arguments = shlex.split(section["command"])
    assert (python, script) == ("python", f"benchmarks/{path.stem}.py")
    chosen = vars(load(path.stem).parser().parse_args(arguments))
    same = {name: value for name, value in section["settings"].items() if SAID.get(name, name) in chosen}
    for name, value in same.items():
        asked = chosen[SAID.get(name, name)]
        names = " ".join(each.name for each in asked) if isinstance(asked, list) and isinstance(value, str) else asked
        assert value == (names.name if isinstance(names, Path) else names), name
    # All that changes figures is on the page: files stand in the command, the rest in the settings.
    elsewhere = {"train", "valid", "poems", "config", "device", "minutes", *SAID.values()}
    assert set(chosen) - elsewhere <= set(same)


def test_a_command_names_files_alone(load, monkeypatch) -> None:
    monkeypatch.setattr("sys.argv", ["x", "/my/texts/a b.jsonl", "--rates", "1e-3", "2e-3", "--valid", "c/d.jsonl"])
    assert load("science").command("fim") == "python benchmarks/fim.py 'a b.jsonl' --rates 1e-3 2e-3 --valid d.jsonl"


def test_links_of_what_is_written_by_hand_lead_somewhere(load, benchmarks: Path) -> None:
    science = load("science")
    for path in (benchmarks / "science").glob("*.md"):
        for link in re.findall(r"]\(([^)#]*)[^)]*\)", path.read_text(encoding="utf-8")):
            assert link and (path.parent / link).exists(), f"{path.name}: {link}"
        for link in re.findall(r"]\(([^)]*)\)", science.written(path)):
            assert link.startswith("#") or (benchmarks.parent / "docs" / link.partition("#")[0]).exists()


def test_other_settings_have_another_folder(load, monkeypatch, tmp_path: Path) -> None:
    science = load("science")
    monkeypatch.setattr(science, "RUNS", tmp_path)
    assert science.kept("x", {"steps": 1}) == science.kept("x", {"steps": 1}) != science.kept("x", {"steps": 2})
