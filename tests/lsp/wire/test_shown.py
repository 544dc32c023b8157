"""What is shown in the text: previews, hints, colours."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

Raw = Callable[..., Any]
VSCODE = json.loads((Path(__file__).with_name("profiles") / "vscode.json").read_text("utf-8"))["capabilities"]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


def test_a_preview_that_follows_the_work(raw: Raw, tmp_path: Path) -> None:
    turns = tmp_path / "turns"
    client = raw(steps=3, turns=str(turns))
    client.start(VSCODE)
    shown: list[str] = []

    def content(params: Any) -> None:
        shown.append(params["uri"])

    client.answers["workspace/textDocumentContent/refresh"] = content
    client.answers["window/showDocument"] = lambda params: {"success": True}
    client.open("One thing here.")
    client.ready()
    client.run("preview", op="paraphrase", n=2)
    turns.write_text("1")
    client.until(lambda: shown)
    live = client.request("workspace/textDocumentContent", {"uri": shown[0]})["text"]
    assert "> One thing here." in live and "Now (step 1)" in live
    turns.write_text("1234")
    client.until(lambda: "2/2" in client.request("workspace/textDocumentContent", {"uri": shown[0]})["text"])
    assert client.text == "One thing here."
    use = next(action for title, action in client.titles(3).items() if title.startswith("Use 2/2"))["command"]
    client.request("workspace/executeCommand", {"command": use["command"], "arguments": use["arguments"]})
    assert client.changed(1) == "paraphrase 0.4 0.1 One thing here."
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
    client.run("score")
    client.until(lambda: len(hints()) == 2)
    hole, word = hints()
    assert hole["range"] == client.range(16, 19) and word["range"] == client.range(8, 14)
    assert "banana" in word["message"] and word["code"] == "unlikely"
    why = client.request("textDocument/hover", client.at(9))["contents"]["value"]
    assert "found it unlikely: 1e-06" in why
    context = {"textDocument": client.document, "range": word["range"], "context": {"diagnostics": [word]}}
    fixes = [action for action in client.request("textDocument/codeAction", context) if "diagnostics" in action]
    assert {fix["kind"] for fix in fixes} == {"quickfix.llada"} and len(fixes) == 4
    assert fixes[-1]["command"]["command"] == "lladaEdit.choose"
    client.change(0, 1, "We")
    client.until(lambda: [hint["range"] for hint in hints()] == [client.range(17, 20), client.range(9, 15)])
    client.change(9, 10, "B")
    client.until(lambda: len(hints()) == 1)


def test_colours_for_those_who_switch_them_on(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN, {"confidence": True})
    client.open("😀 [?] b\nand [?x]")
    client.ready()
    client.run("fill", ranges=[client.range(2, 5)])
    client.changed(1)
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


def test_how_long_a_hole_is_going_to_be(raw: Raw) -> None:
    client = raw()
    client.start({"workspace": {"inlayHint": {"refreshSupport": True}}})
    client.open("😀 a [?x] b [?: 2 words] c")
    client.ready()
    whole = {"textDocument": client.document, "range": client.range(0, len(client.text))}
    assert client.request("textDocument/inlayHint", whole) == []  # the list does not wait for the model
    client.until(lambda: any(asked["method"] == "workspace/inlayHint/refresh" for asked in client.asked))
    (hint,) = client.request("textDocument/inlayHint", whole)
    assert hint["label"] == "≈ 8 words" and hint["position"] == client.place(8)
    client.apply(hint["textEdits"])
    assert client.text == "😀 a [?x: 8 words] b [?: 2 words] c"
    assert client.request("textDocument/inlayHint", whole) == []


def test_words_that_stayed_have_a_colour_of_their_own(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN, {"confidence": True})
    client.open("One thing here.")
    client.ready()
    client.run("shorten", ranges=[client.range(0, 15)])
    assert client.changed(1) == "shorten 0.0 One thing here."
    full = client.request("textDocument/semanticTokens/full", {"textDocument": client.document})
    kinds = [full["data"][at + 3] for at in range(0, len(full["data"]), 5)]
    widths = [full["data"][at + 2] for at in range(0, len(full["data"]), 5)]
    assert (kinds, widths) == ([2, 2, 2], [3, 5, 4])


def test_better_words_come_with_what_a_check_finds(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("😀 We eat a banana here.")
    client.ready()
    client.run("score", ranges=[])
    client.until(lambda: client.said("textDocument/publishDiagnostics"))
    (found,) = client.said("textDocument/publishDiagnostics")[-1]["diagnostics"]
    assert found["data"] == {"word": "banana", "alternatives": ["adopted", "a|b*", "word0"]}
    fixes = client.titles(12, 18, [found])
    edit = fixes["Replace by “adopted”"]["edit"]["documentChanges"][0]
    assert edit["textDocument"]["version"] == client.version
    client.apply(edit["edits"])
    assert client.text == "😀 We eat a adopted here."
    assert not any(title.startswith("Replace by “") for title in client.titles(12, 18, [found]))  # another word now
    odd = {**found, "data": {"word": "adopte", "alternatives": [1, None]}}
    assert "Choose another wording…" in client.titles(12, 18, [odd])


def test_what_a_check_found_in_another_text_is_gone_when_a_document_is_opened_again(raw: Raw) -> None:
    client = raw()
    client.start({})
    client.open("It is a banana.")
    client.ready()
    client.run("score")
    client.until(lambda: any(shown["diagnostics"] for shown in client.said("textDocument/publishDiagnostics")))
    client.open("No.")  # without having closed it
    client.request("llada/getStatus", {})
    assert client.said("textDocument/publishDiagnostics")[-1]["diagnostics"] == []


def test_a_preview_as_a_private_file(raw: Raw) -> None:
    client = raw()
    client.answers["window/showDocument"] = lambda params: {"success": True}
    client.start({**PLAIN, "window": {"showDocument": {"support": True}}})
    client.open("One 😀 thing.")
    client.ready()
    assert "Paraphrase: preview…" in client.titles(0)
    paths = []
    for _ in range(2):
        seen = len(client.asked)
        client.run("preview", op="paraphrase", ranges=[client.range(0, 0)], n=2)
        client.until(lambda seen=seen: any("showDocument" in one["method"] for one in client.asked[seen:]))
        paths.append(Path(url2pathname(urlsplit(client.asked[-1]["params"]["uri"]).path)))
    old, new = paths
    assert not old.parent.exists() and "> One 😀 thing." in new.read_text("utf-8")
    if sys.platform != "win32":
        assert new.stat().st_mode & 0o777 == 0o600 and new.parent.stat().st_mode & 0o777 == 0o700
    (use,) = [title for title in client.titles(0) if title.startswith("Use 2/2")]
    command = client.titles(0)[use]["command"]
    client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})
    assert client.changed(1) != "One 😀 thing."
    assert client.quit() == 0 and not new.parent.exists()
