"""What happens between the requests: marks, previews, frames, settings that change, and edits that come too late."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]
VSCODE = json.loads((Path(__file__).with_name("profiles") / "vscode.json").read_text("utf-8"))["capabilities"]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}
WATCHING = {**PLAIN, "experimental": {"lladaEdit": {"denoise": True, "status": True}}}


def run(client: Any, command: str, **argument: Any) -> Any:
    arguments = {"uri": client.uri, **argument}
    return client.request("workspace/executeCommand", {"command": f"lladaEdit.{command}", "arguments": [arguments]})


def titles(client: Any, offset: int) -> dict[str, Any]:
    range_ = client.range(offset, offset)
    params = {"textDocument": client.document, "range": range_, "context": {"diagnostics": []}}
    return {action["title"]: action for action in client.request("textDocument/codeAction", params)}


def changed(client: Any, version: int) -> str:
    client.until(lambda: client.version > version)
    text: str = client.text
    return text


def test_another_stronger_weaker_and_back(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    text = "😀 One thing. Two things. Three."
    client.open(text)
    client.ready()
    start, end = text.index("Two"), text.index(" Three")
    run(client, "paraphrase", ranges=[client.range(start + 1, start + 1)], n=1)  # a place means its sentence
    assert changed(client, 1) == text.replace("Two", "paraphrase 0.4 0.0 Two")
    run(client, "another")
    assert changed(client, 2) == text.replace("Two", "paraphrase 0.4 1.0 Two")  # of the original, with another seed
    run(client, "stronger")
    assert changed(client, 3) == text.replace("Two", "paraphrase 0.6 2.0 Two")
    client.change(0, 0, "Before. ")  # elsewhere: the mark moves along
    run(client, "weaker")
    assert "paraphrase 0.4 3.0 Two" in changed(client, 5)
    offered = titles(client, client.text.index("paraphrase"))
    assert {"Another", "Stronger", "Weaker", "Revert", "Accept"} <= set(offered)
    lenses = client.request("textDocument/codeLens", {"textDocument": client.document})
    assert [lens["command"]["title"] for lens in lenses] == ["Another", "Stronger", "Weaker", "Revert", "Accept"]
    whole = {"textDocument": client.document, "range": client.range(0, len(client.text))}
    (hint,) = client.request("textDocument/inlayHint", whole)
    assert hint["label"].startswith("+") and hint["position"] == client.place(client.text.index(" Three"))
    run(client, "revert")
    assert changed(client, 6) == f"Before. {text}"
    assert end - start == len("Two things.")


def test_a_mark_is_gone_once_somebody_writes_in_it(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    run(client, "fill")
    assert changed(client, 1) == "a filling 0 of 0/1 b"
    assert "Revert" in titles(client, 3)
    client.change(4, 5, "x")
    assert "Revert" not in titles(client, 3)
    run(client, "revert")
    client.until(client.messages)
    assert "just written" in client.messages()[0]


def test_choosing_among_the_proposals_afterwards(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    client.open("a [?] b")
    client.ready()
    run(client, "fill", n=3)
    changed(client, 1)
    use = titles(client, 3)["Use 3/3: filling 2 of 0/1"]["command"]
    client.request("workspace/executeCommand", {"command": use["command"], "arguments": use["arguments"]})
    assert changed(client, 2) == "a filling 2 of 0/1 b"
    run(client, "accept")
    assert "Accept" not in titles(client, 3)


def test_terms_to_keep_reach_the_operation(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    client.start(PLAIN, {"keep": ["Acme"]})
    client.open("We like Acme and Bolt.", "markdown")
    client.ready()
    assert run(client, "keepTerms", terms=["Bolt", " "]) == ["Bolt"]
    run(client, "shorten", keep=["like"])
    changed(client, 1)
    assert "keep=('Acme', 'Bolt', 'like')" in (tmp_path / "trace.txt").read_text()
    assert (
        "strength=None" in (tmp_path / "trace.txt").read_text() and "markdown" in (tmp_path / "trace.txt").read_text()
    )
    assert run(client, "forgetTerms", terms=["Bolt"]) == []


def test_resolving_that_takes_long_becomes_a_command(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"))
    action = {"resolveSupport": {"properties": ["edit", "command"]}, "dataSupport": True}
    client.start({**PLAIN, "textDocument": {"codeAction": action}})
    client.open("a [?] b")
    client.ready()
    resolved = client.request("codeAction/resolve", titles(client, 3)["Fill this hole"])
    assert "edit" not in resolved and resolved["command"]["command"] == "lladaEdit.follow"
    assert not client.said("workspace/applyEdit")
    (tmp_path / "gate").touch()
    command = resolved["command"]
    client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
    assert changed(client, 1) == "a filling 0 of 0/1 b"


def test_an_action_for_another_version_is_refused(raw: Raw, tmp_path: Path) -> None:
    client = raw(gate=str(tmp_path / "gate"))
    client.start(VSCODE)
    client.open("a [?] b")
    client.ready()
    action = titles(client, 3)["Fill this hole"]
    _, future = client.begin("codeAction/resolve", action)
    client.until(lambda: "step 0" in (tmp_path / "trace.txt").read_text())
    client.change(0, 0, "x")
    with pytest.raises(Exception) as caught:  # at once: the gate is still closed
        future.result(60)
    assert getattr(caught.value, "code", None) == -32801
    with pytest.raises(Exception) as caught:
        client.request("codeAction/resolve", action)
    assert getattr(caught.value, "code", None) == -32801


@pytest.mark.parametrize("how", ["request", "job"])
def test_cancelling_a_command_that_has_been_answered(raw: Raw, tmp_path: Path, how: str) -> None:
    client = raw(steps=100_000, pause=0.02)
    client.start(WATCHING)
    client.open("a [?] b")
    client.ready()
    arguments = [{"uri": client.uri, "job": "mine"}]
    id_, future = client.begin("workspace/executeCommand", {"command": "lladaEdit.fill", "arguments": arguments})
    assert future.result(60) == "mine"
    client.until(lambda: client.said("llada/denoise"))
    seen = len((tmp_path / "trace.txt").read_text().splitlines())
    if how == "request":
        client.notify("$/cancelRequest", {"id": id_})
    else:
        client.notify("llada/cancel", {"job": "mine"})
    client.until(lambda: (tmp_path / "trace.txt").read_text().endswith("closed\n"))
    assert len((tmp_path / "trace.txt").read_text().splitlines()) <= seen + 30  # and not 100 000
    client.until(lambda: client.said("llada/status")[-1]["kind"] == "ready")
    assert client.text == "a [?] b"


def test_frames_and_status_for_those_who_want_them(raw: Raw) -> None:
    client = raw(steps=3, pause=0.1)
    client.start(WATCHING)
    client.open("😀 [?] b [?]")
    client.ready()
    order = {"uri": client.uri, "version": 1, "n": 2, "job": "j"}
    answer = client.request("llada/propose", order)
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
    assert replaced["range"] == edit["range"] and replaced["newText"] == "filling 0 of 0/2goodfilling 0 of 1/2"
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


def test_a_preview_that_follows_the_work(raw: Raw) -> None:
    client = raw(steps=3, pause=0.15)
    client.start(VSCODE)
    shown: list[str] = []

    def content(params: Any) -> None:
        shown.append(params["uri"])

    client.answers["workspace/textDocumentContent/refresh"] = content
    client.answers["window/showDocument"] = lambda params: {"success": True}
    client.open("One thing here.")
    client.ready()
    run(client, "preview", op="paraphrase", n=2)
    client.until(lambda: len(shown) > 1)
    live = client.request("workspace/textDocumentContent", {"uri": shown[0]})["text"]
    assert "> One thing here." in live and "Now (step " in live
    client.until(lambda: "2/2" in client.request("workspace/textDocumentContent", {"uri": shown[0]})["text"])
    assert client.text == "One thing here."
    use = next(action for title, action in titles(client, 3).items() if title.startswith("Use 2/2"))["command"]
    client.request("workspace/executeCommand", {"command": use["command"], "arguments": use["arguments"]})
    assert changed(client, 1) == "paraphrase 0.4 0.1 One thing here."
    assert client.request("workspace/textDocumentContent", {"uri": "llada-edit:/else"})["text"] == ""


@pytest.mark.parametrize("pull", [True, False])
def test_hints_for_those_who_switch_them_on(raw: Raw, pull: bool) -> None:
    client = raw()
    capabilities = {**PLAIN, "textDocument": {"diagnostic": {}} if pull else {}}
    client.start(capabilities, {"diagnostics": True})

    def hints() -> list[Any]:
        if pull:
            params = {"textDocument": client.document}
            return list(client.request("textDocument/diagnostic", params)["items"])
        published = client.said("textDocument/publishDiagnostics")
        return list(published[-1]["diagnostics"]) if published else []

    client.open("I ate a banana. [?] then.")
    client.ready()
    run(client, "score")
    client.until(lambda: len(hints()) == 2)
    hole, word = hints()
    assert hole["range"] == client.range(16, 19) and word["range"] == client.range(8, 14)
    assert "banana" in word["message"] and word["code"] == "unlikely"
    why = client.request("textDocument/hover", client.at(9))["contents"]["value"]
    assert "found it unlikely: 1e-06" in why
    context = {"textDocument": client.document, "range": word["range"], "context": {"diagnostics": [word]}}
    fixes = [action for action in client.request("textDocument/codeAction", context) if "diagnostics" in action]
    assert [fix["kind"] for fix in fixes] == ["quickfix.llada"] and fixes[0]["command"]["command"] == "lladaEdit.choose"
    client.change(0, 1, "We")
    client.until(lambda: [hint["range"] for hint in hints()] == [client.range(17, 20), client.range(9, 15)])
    client.change(9, 10, "B")
    client.until(lambda: len(hints()) == 1)


def test_colours_for_those_who_switch_them_on(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN, {"confidence": True})
    client.open("😀 [?] b\nand [?x]")
    client.ready()
    run(client, "fill", ranges=[client.range(2, 5)])
    changed(client, 1)
    full = client.request("textDocument/semanticTokens/full", {"textDocument": client.document})
    assert full["data"] == [0, 3, len("filling 0 of 0/1"), 0, 1 << 2, 1, 4, 4, 1, 0]

    def since(result: str) -> Any:
        params = {"textDocument": client.document, "previousResultId": result}
        return client.request("textDocument/semanticTokens/full/delta", params)

    unchanged = since(full["resultId"])
    assert unchanged["edits"] == []
    client.change(len(client.text), len(client.text), "\n[?]")
    later = since(unchanged["resultId"])
    assert later["edits"] == [{"start": 10, "deleteCount": 0, "data": [1, 0, 3, 1, 0]}]
    assert since(full["resultId"])["data"] == [*full["data"], 1, 0, 3, 1, 0]  # too old: all of it
    client.change(len(client.text) - 4, len(client.text), "")
    ranged = {"textDocument": client.document, "range": client.range(len(client.text) - 1, len(client.text))}
    assert client.request("textDocument/semanticTokens/range", ranged)["data"] == [1, 4, 4, 1, 0]


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


@pytest.mark.parametrize("trigger", [1, 2])
def test_ghost_text(raw: Raw, trigger: int) -> None:
    client = raw(steps=2)
    client.start({}, {"n": 2, "inlinePause": 0, "inlineBudget": 5000})
    client.open("He said it, yes")
    client.ready()

    def ghosts(offset: int, **context: Any) -> list[tuple[str, str]]:
        asked = {**client.at(offset), "context": {"triggerKind": trigger, **context}}
        found = client.request("textDocument/inlineCompletion", asked)
        return [(item["insertText"], item["range"]) for item in (found or {"items": []})["items"]]

    count = 2 if trigger == 1 else 1
    assert ghosts(10) == [(f"filling {rank} of 0/1", client.range(10, 10)) for rank in range(count)]
    chosen = {"range": client.range(8, 10), "text": "its"}
    assert ghosts(10, selectedCompletionInfo=chosen)[0] == ("itsfilling 0 of 0/1", client.range(8, 10))
    client.open("x [?]")
    assert ghosts(3)[0] == ("filling 0 of 0/1", client.range(2, 5))


def test_ghost_text_in_time(raw: Raw, tmp_path: Path) -> None:
    """The budget is over before anything is finished: at the end of a line what is written so far will do."""
    client = raw(steps=100_000, pause=0.01)
    client.start({}, {"inlineBudget": 300})
    client.open("Open\nend here")
    client.ready()

    def ghosts(offset: int) -> Any:
        return client.request("textDocument/inlineCompletion", {**client.at(offset), "context": {"triggerKind": 1}})

    (item,) = ghosts(4)["items"]
    assert item["insertText"].startswith("so far ")
    client.until(lambda: (tmp_path / "trace.txt").read_text().endswith("closed\n"))
    assert ghosts(8) is None  # in the middle, a beginning fits nothing


def test_a_client_that_can_do_more_than_it_says(raw: Raw) -> None:
    client = raw()
    can = {"general": {"positionEncodings": ["utf-8"]}, "workspace": {"applyEdit": True}}
    client.start({"workspace": {"applyEdit": False, "configuration": False}}, {"n": 2, "capabilities": can})
    assert client.encoding == "utf-8"
    client.open("😀 [?] b")
    client.ready()
    run(client, "fill")
    assert changed(client, 1) == "😀 filling 0 of 0/1 b"
    assert client.messages() == []
    other = raw()
    with pytest.raises(Exception) as caught:
        other.start({}, {"capabilities": {"general": 3}})
    assert getattr(caught.value, "code", None) == -32602
    other.start({})
