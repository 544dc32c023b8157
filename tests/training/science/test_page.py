"""The page of scientific results is made of its sections, and no run is taken for another."""

from __future__ import annotations

from pathlib import Path


def test_the_page_is_made_of_its_sections(load, benchmarks: Path) -> None:
    science = load("science")
    folder = benchmarks / "science"
    kept = (benchmarks.parent / "docs" / "science.md").read_text(encoding="utf-8")
    assert science.page(folder) == kept, "nothing on it is typed by hand but the remarks"
    assert "not yet run" not in kept.lower()
    assert {path.stem for path in folder.glob("*.md")} == {path.stem for path in folder.glob("*.json")}


def test_other_settings_have_another_folder(load, monkeypatch, tmp_path: Path) -> None:
    science = load("science")
    monkeypatch.setattr(science, "RUNS", tmp_path)
    assert science.kept("x", {"steps": 1}) == science.kept("x", {"steps": 1}) != science.kept("x", {"steps": 2})
