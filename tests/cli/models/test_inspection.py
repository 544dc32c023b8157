"""``llada-edit models info`` and ``check``, on tiny models."""

import json
from pathlib import Path

import pytest

from llada_edit.cli.models.inspection import name_and_text
from llada_edit.rewriting.measured import store

GOLDEN = Path(__file__).parents[2] / "golden"


def test_info(run, machine, tiny, cached, refuses):
    code, out, err = run("info", "bundled", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["family"], found["licence"], found["infill"]) == ("bundled", "CC0-1.0", True)
    assert (found["lengths"], found["cache"]) == ("null tokens", "exact")
    assert found["page"] == str(tiny / "README.md")
    assert found["parameters"] > 32 * found["vocab_size"] and found["bytes"] > found["parameters"]
    cached("lab/dream", GOLDEN / "dream-tiny")
    out = run("info", "lab/dream")[1]
    lines = dict(line.split(None, 1) for line in out.splitlines() if len(line.split()) > 1)
    assert lines["family"].strip() == "dream" and lines["lengths"] == "automatic, by calibrated search"
    assert lines["context"].split() == ["cache", "approximate"]
    for said in ("no model 'lab/dram'", "did you mean lab/dream?"):
        refuses(run("info", "lab/dram"), said)
    refuses(run("info", machine), "no config.json")


def test_info_shows_no_code():
    shown = dict(name_and_text({"calibration": {"words": {"slope": 1.0}, "lengths": None}}))
    assert shown == {"calibration": "fitted (words)"}
    assert dict(name_and_text({"stop_ids": (4, 5), "null_id": None, "pad_id": 3})) == {
        "stop ids": "4, 5",
        "pad id": "3",
    }


def test_info_says_what_was_measured_of_rewriting(run, cached):
    folder = cached("lab/dream", GOLDEN / "dream-tiny")
    assert json.loads(run("info", "lab/dream", "--json")[1])["rewriting"] == {}
    assert "rewriting      not measured" in run("info", "lab/dream")[1].splitlines()
    ways = {"copy": {"gleu": 0.25}, "editor": {"gleu": 0.3}}
    store(folder, {"plain": {"pairs": 8, "ways": ways}}, "")
    said = "GLEU 0.300 on 8 pairs, 0.250 if nothing is changed."
    assert json.loads(run("info", "lab/dream", "--json")[1])["rewriting"] == {"plain": said}
    assert f"plain          {said}" in run("info", "lab/dream")[1].splitlines()


@pytest.mark.parametrize("arguments", [(), ("bundled", "--device", "cpu")])
def test_check(run, arguments):
    code, out, err = run("check", *arguments)
    assert (code, err) == (0, "")
    first, *words, last = out.splitlines()
    assert first == "She opened the [?] and walked into the room."
    assert len(words) == 5 and all(word.startswith("  ") and word.endswith("%") for word in words)
    assert last.startswith("loaded in ") and "on cpu, answered in " in last


def test_check_as_json(run, tiny):
    found = json.loads(run("check", tiny, "--json")[1])
    assert found["device"] == "cpu" and set(found["seconds"]) == {"load", "answer"} and len(found["words"]) == 5
    chances = [word["probability"] for word in found["words"]]
    assert chances == sorted(chances, reverse=True) and 0 < chances[-1] <= chances[0] <= 1


def test_check_fails_in_one_line(run, monkeypatch, cached, refuses):
    refuses(run("check", "lab/none"), "no model 'lab/none'")
    refuses(run("check", GOLDEN / "llada-moe-tiny"), "names control ids")
    refuses(run("check", "bundled", "--device", "toaster"), "device 'toaster' is not one")
    folder = cached("lab/cut", GOLDEN / "llada-tiny")
    (folder / "model.safetensors").write_bytes(b"12345")
    refuses(run("check", "lab/cut"), "cut short")
    monkeypatch.setattr(
        "llada_edit.cli.models.inspection.load_editor", lambda *_: (_ for _ in ()).throw(RuntimeError("a\n\tb"))
    )
    refuses(run("check"), "bundled does not work here (RuntimeError: a b)")
