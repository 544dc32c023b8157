"""Orders on their way: frames, cancelling, edits that come too late, and the requests of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]
GUARD = 180.0
VSCODE = json.loads((Path(__file__).with_name("profiles") / "vscode.json").read_text("utf-8"))["capabilities"]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}
WATCHING = {**PLAIN, "experimental": {"lladaEdit": {"denoise": True, "status": True}}}


def test_resolving_that_takes_long_becomes_a_command(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"), patience=0.1)
    action = {"resolveSupport": {"properties": ["edit", "command"]}, "dataSupport": True}
    client.start({**PLAIN, "textDocument": {"codeAction": action}})
    client.open("a [?] b")
    client.ready()
    resolved = client.request("codeAction/resolve", client.titles(3)["Fill this hole"])
    assert "edit" not in resolved and resolved["command"]["command"] == "lladaEdit.follow"
    assert not any(asked["method"] == "workspace/applyEdit" for asked in client.asked)
    (tmp_path / "gate").touch()
    command = resolved["command"]
    client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
    assert client.changed(1) == "a filling 0 of 0/1 b"


def test_an_action_for_another_version_is_refused(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"))
    client.start(VSCODE)
    client.open("a [?] b")
    client.ready()
    action = client.titles(3)["Fill this hole"]
    _, future = client.begin("codeAction/resolve", action)
    client.until(lambda: "step 0" in (tmp_path / "trace.txt").read_text())
    client.change(0, 0, "x")
    with pytest.raises(Exception) as caught:  # at once: the gate is still closed
        future.result(GUARD)
    assert getattr(caught.value, "code", None) == -32801
    with pytest.raises(Exception) as caught:
        client.request("codeAction/resolve", action)
    assert getattr(caught.value, "code", None) == -32801


def test_a_document_by_another_spelling_of_its_address(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"))
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    _, future = client.begin("llada/propose", {"uri": client.uri.replace("%C3%BC", "%c3%bc")})
    client.until(lambda: "step 0" in (tmp_path / "trace.txt").read_text())
    client.change(0, 0, "x")
    with pytest.raises(Exception) as caught:  # at once: the gate is still closed
        future.result(60)
    assert getattr(caught.value, "code", None) == -32801


@pytest.mark.parametrize("how", ["request", "job"])
def test_cancelling_a_command_that_has_been_answered(raw: Raw, tmp_path: Path, how: str) -> None:
    turns = tmp_path / "turns"
    client = raw(steps=100_000, turns=str(turns))
    client.start(WATCHING)
    client.open("a [?] b")
    client.ready()
    arguments = [{"uri": client.uri, "job": "mine"}]
    id_, future = client.begin("workspace/executeCommand", {"command": "lladaEdit.fill", "arguments": arguments})
    assert future.result(GUARD) == "mine"
    turns.write_text("1")
    client.until(lambda: client.said("llada/denoise"))
    client.until(lambda: "step 1\n" in (tmp_path / "trace.txt").read_text())
    if how == "request":
        client.notify("$/cancelRequest", {"id": id_})
    else:
        client.notify("llada/cancel", {"job": "mine"})
    client.until(lambda: client.said("llada/status")[-1]["kind"] == "ready")
    turns.write_text("1" * 99)
    client.until(lambda: (tmp_path / "trace.txt").read_text().endswith("closed\n"))
    lines = (tmp_path / "trace.txt").read_text().splitlines()
    assert lines[-3:] == ["step 0", "step 1", "closed"]  # after the step that it was in
    assert client.text == "a [?] b"


def test_frames_and_status_for_those_who_want_them(raw: Raw, tmp_path: Path) -> None:
    turns = tmp_path / "turns"
    client = raw(steps=3, pause=0.1, turns=str(turns))  # frames that come faster than anybody can look are left out
    client.start(WATCHING)
    client.open("😀 [?] b [?]")
    client.ready()
    order = {"uri": client.uri, "version": 1, "n": 2, "job": "j"}
    _, future = client.begin("llada/propose", order)
    for seen in (1, 2, 3):
        turns.write_text("1" * seen)
        client.until(lambda seen=seen: len(client.said("llada/denoise")) == seen)
    turns.write_text("1234")
    answer = future.result(GUARD)
    assert answer["job"] == "j" and answer["version"] == 1 and len(answer["proposals"]) == 2
    first, second = answer["proposals"][1]["edits"]
    assert first["range"] == client.range(2, 5) and first["newText"] == "filling 1 of 0/2"
    assert first["tokens"] == [{"text": "filling 1 of 0/2", "probability": 0.25}]
    assert second["range"] == client.range(8, 11)
    frames = client.said("llada/denoise")
    assert [frame["step"] for frame in frames] == [0, 1, 2] and frames[0]["job"] == "j"
    spans = frames[0]["spans"]
    assert [span["range"] for span in spans] == [client.range(2, 5), client.range(8, 11)]
    assert spans[0]["text"] == "so far 0 ░░" and spans[0]["masked"] == [[8, 11]]
    assert spans[0]["conf"] == [[0, 6, 0.5], [6, 8, 0.25]]
    kinds = [status["kind"] for status in client.said("llada/status")]
    assert kinds[0] == "loading" and "busy" in kinds and kinds[-1] == "ready"


def test_pinned_parts_stay(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    edit = {"range": client.range(2, 5), "newText": "😀 very good words"}
    order = {"uri": client.uri, "n": 1}
    pins = [{"edit": 0, "start": 8, "end": 12}]  # "good", in UTF-16
    answer = client.request("llada/resample", {"order": order, "edits": [edit], "pins": pins})
    (replaced,) = answer["proposals"][0]["edits"]
    assert replaced["range"] == edit["range"] and replaced["newText"] == "filling 0 of 0/2 good words"
    everything = [{"edit": 0, "start": 0, "end": 99}]
    for wrong in ({"pins": everything}, {"pins": [{"edit": 1, "start": 0, "end": 1}]}, {"edits": []}):
        with pytest.raises(Exception) as caught:
            client.request("llada/resample", {"order": order, "edits": [edit], "pins": pins, **wrong})
        assert getattr(caught.value, "code", None) == -32803


def test_words_and_operations_on_request(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("We accepted it")
    client.ready()
    words = client.request(
        "llada/alternatives", {"textDocument": client.versioned, "position": client.place(5), "k": 2}
    )
    assert words["range"] == client.range(3, 11) and [word["text"] for word in words["words"]] == [
        "accepted",
        "adopted",
    ]
    offers = client.request("llada/operations", {})["operations"]
    assert [(offer["op"], offer["title"], offer["strength"]) for offer in offers] == [
        ("paraphrase", "Paraphrase", True),
        ("shorten", "Shorten", False),
        ("formal", "Make formal", False),
    ]


def test_a_model_that_is_sent_away_and_comes_back(raw: Raw) -> None:
    client = raw()
    client.start(WATCHING)
    client.open("a [?] word")
    client.ready()
    client.run("unload")
    assert client.request("llada/getStatus", {})["kind"] == "off" and client.said("llada/status")[-1]["kind"] == "off"
    client.notify("workspace/didChangeConfiguration", {"settings": {"lladaEdit": {"n": 2}}})
    assert client.request("textDocument/hover", client.at(8)) is None and not client.messages()
    client.run("fill")
    client.run("paraphrase")
    client.until(lambda: len(client.messages()) == 2)
    assert all("unloaded" in message for message in client.messages())
    assert client.request("llada/operations", {})["operations"] == []
    client.run("load")
    client.until(lambda: client.request("llada/getStatus", {})["kind"] == "ready")
    client.run("fill")
    assert client.changed(1) == "a filling 0 of 0/1 word"


def test_the_sentence_that_a_completion_would_make(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("One. The 😀 [?] end. Two.")
    client.ready()
    item = client.request("textDocument/completion", client.at(14))["items"][0]
    assert "documentation" not in item
    resolved = client.request("completionItem/resolve", item)
    assert resolved["documentation"] == "The 😀 filling 0 of 0/1 end."
    client.change(0, 0, "x")
    assert "documentation" not in client.request("completionItem/resolve", item)
    assert "documentation" not in client.request("completionItem/resolve", {"label": "x", "data": [1]})


@pytest.mark.parametrize("level", ["off", "messages", "verbose"])
def test_a_trace_without_any_text(raw: Raw, level: str) -> None:
    client = raw()
    client.start(PLAIN, trace="off")
    client.open("secretword [?]")
    client.ready()
    client.notify("$/setTrace", {"value": level})
    client.run("fill")
    client.changed(1)
    client.request("llada/getStatus", {})
    traced = client.said("$/logTrace")
    logged = client.said("window/logMessage")
    assert len(traced) == (level != "off") and "secretword" not in json.dumps([traced, logged])
    if traced:
        assert traced[0]["message"].startswith("Fill 1 place: 1 proposals after ")
        assert ("verbose" in traced[0]) == (level == "verbose")
    assert any("is ready after" in one["message"] for one in logged)


def test_progress_on_a_token_of_the_client(raw: Raw, tmp_path: Path) -> None:
    turns = tmp_path / "turns"
    client = raw(turns=str(turns))
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()

    def reported() -> list[str]:
        return [one["value"]["kind"] for one in client.said("$/progress") if one["token"] == "mine"]

    order = {"uri": client.uri, "n": 1, "workDoneToken": "mine"}
    _, future = client.begin("llada/propose", order)
    client.until(reported)
    client.notify("window/workDoneProgress/cancel", {"token": "mine"})
    with pytest.raises(Exception) as caught:
        future.result(GUARD)
    assert getattr(caught.value, "code", None) == -32800 and reported() == ["begin", "end"]
    _, future = client.begin("llada/propose", order)  # a token that has ended may come again
    turns.write_text("1")
    client.until(lambda: "report" in reported())
    turns.write_text("123")
    assert future.result(GUARD)["proposals"]
    kinds = reported()[2:]
    assert kinds[0] == "begin" and kinds[-1] == "end" and "report" in kinds
