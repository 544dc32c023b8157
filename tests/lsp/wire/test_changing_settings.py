"""Settings that come, change and are wrong while the server runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


def test_settings_that_change(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    answers = iter([[{"n": 2}], [{"n": 99, "model": "other"}], [{"hover": False, "languages": ["plaintext"]}]])
    client.answers["workspace/configuration"] = lambda params: next(answers)
    client.start({**PLAIN, "workspace": {**PLAIN["workspace"], "configuration": True}}, {"n": 5})
    client.open("a [?] b")
    client.ready()

    def proposals() -> int:
        return len(client.request("textDocument/completion", client.at(3))["items"])

    assert proposals() == 2
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.until(client.messages)
    assert "n is 99; give 1 to 8 (using 5)" in client.messages()[0]
    client.until(lambda: "model='other'" in (tmp_path / "trace.txt").read_text())
    assert proposals() == 5
    client.notify("workspace/didChangeConfiguration", {"settings": {}})
    client.until(lambda: client.request("textDocument/hover", client.at(0)) is None)
    assert proposals() == 5
    client.open("x", "latex")
    assert client.request("textDocument/codeLens", {"textDocument": client.document}) is None
    assert len(client.messages()) == 1


def test_settings_that_change_while_the_model_loads(raw: Raw) -> None:
    client = raw(load_pause=0.3)
    client.start(PLAIN)
    for n in (1, 2, 3):
        client.notify("workspace/didChangeConfiguration", {"settings": {"lladaEdit": {"n": n}}})
    client.ready()
    assert client.request("llada/operations", {})["operations"] and not client.messages()


def test_settings_of_a_project(raw: Raw, tmp_path: Path) -> None:
    (tmp_path / "llada-edit.toml").write_text("n = 1\nwrong = 1\n")
    client = raw()
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    client.start(watching, rootUri=tmp_path.as_uri())
    client.uri = (tmp_path / "a.md").as_uri()
    client.open("a [?] b")
    client.ready()
    assert len(client.request("textDocument/completion", client.at(3))["items"]) == 1
    (message,) = client.messages()
    assert "'wrong' is no option" in message
    (tmp_path / "llada-edit.toml").write_text("n = 4\n")
    changes = [{"uri": (tmp_path / "llada-edit.toml").as_uri(), "type": 2}]
    client.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert len(client.request("textDocument/completion", client.at(3))["items"]) == 4
    assert any(request["method"] == "client/registerCapability" for request in client.asked)


def test_a_client_that_can_do_more_than_it_says(raw: Raw) -> None:
    client = raw()
    can = {"general": {"positionEncodings": ["utf-8"]}, "workspace": {"applyEdit": True}}
    client.start({"workspace": {"applyEdit": False, "configuration": False}}, {"n": 2, "capabilities": can})
    assert client.encoding == "utf-8"
    client.open("😀 [?] b")
    client.ready()
    client.run("fill")
    assert client.changed(1) == "😀 filling 0 of 0/1 b"
    assert client.messages() == []
    other = raw()
    with pytest.raises(Exception) as caught:
        other.start({}, {"capabilities": {"general": 3}})
    assert getattr(caught.value, "code", None) == -32602
    other.start({})


def test_a_usual_tone(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    client.start(PLAIN, {"tone": "formal"})
    client.open("One thing.")
    client.ready()
    client.run("paraphrase")
    assert client.changed(1).startswith("formal")
    client.notify("workspace/didChangeConfiguration", {"settings": {"tone": "like a pirate"}})
    client.run("shorten", ranges=[])
    client.changed(2)
    client.run("paraphrase", ranges=[])
    client.changed(3)
    wishes = [line for line in (tmp_path / "trace.txt").read_text().splitlines() if line.startswith("rewrite")]
    assert ["like a pirate" in wish for wish in wishes] == [False, False, True] and not client.messages()
