"""Pieces make up the same file again, and damage is noticed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from llada_edit.errors import OptionError
from llada_edit.training.pieces import join, main, split


def test_round_trip_and_damage(tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(random.Random(0).randbytes(2500))
    pieces = split(file, tmp_path / "pieces", 0.001)
    assert [piece.stat().st_size for piece in pieces] == [1000, 1000, 500]
    note = tmp_path / "pieces" / "weights.bin.json"
    assert join(note, tmp_path / "back").read_bytes() == file.read_bytes()
    pieces[1].write_bytes(b"\0" * 1000)
    with pytest.raises(OptionError, match="not those that were split"):
        join(note, tmp_path / "back")
    pieces[1].unlink()
    with pytest.raises(OptionError, match=r"lacks weights\.bin\.001"):
        join(note, tmp_path / "back")
    failed = CliRunner().invoke(main, ["join", str(note), str(tmp_path)])
    assert failed.exit_code == 1
    assert "copy all 3 pieces" in failed.output


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"pieces": "2", "sha256": ""}', '{"pieces": 1}', "\xff"])
def test_what_is_no_note_is_said(tmp_path: Path, text: str) -> None:
    note = tmp_path / "config.json"
    note.write_text(text, encoding="latin-1")
    with pytest.raises(OptionError, match=r"config\.json is no note of pieces; give NAME\.json"):
        join(note, tmp_path)


def test_a_join_that_is_killed_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(b"new" * 100)
    split(file, tmp_path / "pieces", 0.0001)
    file.write_bytes(b"old")
    read, seen = Path.read_bytes, []

    def killed(path: Path) -> bytes:
        seen.append(path)
        if len(seen) == 3:
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        join(tmp_path / "pieces/weights.bin.json", tmp_path)
    assert read(file) == b"old"
