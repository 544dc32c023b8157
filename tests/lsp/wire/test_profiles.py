"""Every method under the capabilities of real clients: nothing is sent that a client has not said it understands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROFILES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in Path(__file__).with_name("profiles").glob("*.json")
}
TEXT = "😀 Cafe\u0301 [?verb: 1-3 words]\u2028the 漢字 [?].\r\n\r\nWe thank you 😀 all, and go.\r"
ENCODING = {"neovim-0.12": "utf-8", "helix": "utf-8", "eglot": "utf-32", "lsp-mode": "utf-32"}
Raw = Callable[..., Any]


def has(capabilities: Any, path: str) -> Any:
    for name in path.split("."):
        capabilities = capabilities.get(name) if isinstance(capabilities, dict) else None
    return capabilities


def no_nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return all(part is not None and no_nulls(part) for part in value.values())
    return all(map(no_nulls, value)) if isinstance(value, list) else True


@pytest.mark.parametrize("name", PROFILES)
def test_a_whole_session(raw: Raw, name: str) -> None:
    capabilities = PROFILES[name]["capabilities"]
    client = raw()
    settings = {"n": 2, "confidence": True, "inlineBudget": 60_000}
    client.answers["workspace/configuration"] = lambda params: [settings]
    result = client.start(capabilities, settings, clientInfo=PROFILES[name]["clientInfo"])
    assert client.encoding == ENCODING.get(name, "utf-16") and no_nulls(result)
    assert bool(has(result, "capabilities.workspace.textDocumentContent")) == bool(
        has(capabilities, "workspace.textDocumentContent")
    )
    client.open(TEXT)
    client.ready()
    check_reading(client)
    check_actions(client, capabilities)
    check_messages(client, capabilities)
    assert client.quit() == 0


def check_reading(client: Any) -> None:
    word, hole = TEXT.index("thank"), TEXT.index("[?].")
    hover = client.request("textDocument/hover", client.at(word))
    assert "adopted" in hover["contents"]["value"] and hover["range"] == client.range(word, word + 5)
    items = client.request("textDocument/completion", client.at(hole + 1))["items"]
    assert [item["textEdit"]["newText"] for item in items] == ["filling 0 of 1/2", "filling 1 of 1/2"]
    assert all(item["textEdit"]["range"] == client.range(hole, hole + 3) for item in items)
    asked = {**client.at(word - 1), "context": {"triggerKind": 1}}
    ghosts = client.request("textDocument/inlineCompletion", asked)["items"]
    assert [ghost["insertText"] for ghost in ghosts] == [" filling 0 of 0/1", " filling 1 of 0/1"]
    params = {"textDocument": client.document, "positions": [client.place(word + 1)]}
    (selection,) = client.request("textDocument/selectionRange", params)
    grown = []
    while selection:
        grown.append(tuple(client.offset(selection["range"][side]) for side in ("start", "end")))
        selection = selection.get("parent")
    texts = [TEXT[start:end] for start, end in grown]
    assert texts == ["thank", "We thank you 😀 all,", "We thank you 😀 all, and go.", TEXT]
    spots = client.request("textDocument/documentHighlight", client.at(hole))
    assert [TEXT[client.offset(spot["range"]["start"])] for spot in spots] == ["[", "["]
    whole = {"textDocument": client.document}
    lenses = client.request("textDocument/codeLens", whole)
    assert [lens["command"]["title"] for lens in lenses] == ["Fill all 2 holes", "Fill this hole", "Fill this hole"]
    assert client.request("textDocument/inlayHint", {**whole, "range": client.range(0, len(TEXT))}) == []
    data = client.request("textDocument/semanticTokens/full", whole)["data"]
    assert len(data) == 10 and data[2] == len("[?verb: 1-3 words]")
    assert client.request("textDocument/diagnostic", whole)["items"] == []


def actions(client: Any, start: int, end: int, **context: Any) -> dict[str, Any]:
    params = {
        "textDocument": client.document,
        "range": client.range(start, end),
        "context": {"diagnostics": [], **context},
    }
    return {action["title"]: action for action in client.request("textDocument/codeAction", params)}


def check_actions(client: Any, capabilities: Any) -> None:
    if not has(capabilities, "textDocument.codeAction"):
        return
    hole = TEXT.index("[?].")
    offered = actions(client, hole, hole)
    resolvable = "edit" in (has(capabilities, "textDocument.codeAction.resolveSupport.properties") or [])
    for action in offered.values():
        assert no_nulls(action) and ("command" in action) != ("data" in action) and "edit" not in action
        assert resolvable or "data" not in action
        assert ("tags" in action) == bool(has(capabilities, "textDocument.codeAction.tagSupport"))
    action = offered["Fill this hole"]
    if "data" in action:
        edit = client.request("codeAction/resolve", action)["edit"]
        check_edit(edit, capabilities)
        assert client._apply({"edit": edit})["applied"]
    else:
        client.request("workspace/executeCommand", command_of(action))
        client.until(lambda: client.version > 1)
    assert client.text == TEXT.replace("[?].", "filling 0 of 1/2.")
    check_rewriting(client, capabilities)


def check_rewriting(client: Any, capabilities: Any) -> None:
    start = client.text.index("We thank")
    end = client.text.index(", and")
    before, version = client.text, client.version
    offered = actions(client, start, end)
    assert {"Paraphrase", "Paraphrase (rewrite)", "Shorten", "Keep “We thank you 😀 all” in rewritings"} <= set(offered)
    shows = has(capabilities, "workspace.textDocumentContent") or has(capabilities, "window.showDocument.support")
    assert ("Paraphrase: preview…" in offered) == bool(shows)
    client.answers["window/showMessageRequest"] = lambda params: params["actions"][1]
    client.request("workspace/executeCommand", command_of(offered["Paraphrase: choose…"]))
    client.until(lambda: client.version > version)
    rank = 0 if has(capabilities, "workspace.workspaceEdit.snippetEditSupport") else 1
    assert client.text == before[:start] + f"paraphrase 0.4 0.{rank} " + before[start:]
    revert = actions(client, start, start)["Revert"]
    client.request("workspace/executeCommand", command_of(revert))
    client.until(lambda: client.text == before)
    for request in client.asked:
        if request["method"] == "workspace/applyEdit":
            check_edit(request["params"]["edit"], capabilities)
            assert ("metadata" in request["params"]) == bool(
                has(capabilities, "workspace.workspaceEdit.metadataSupport")
            )


def command_of(action: Any) -> Any:
    return {"command": action["command"]["command"], "arguments": action["command"]["arguments"]}


def check_edit(edit: Any, capabilities: Any) -> None:
    supported = has(capabilities, "workspace.workspaceEdit")
    assert ("documentChanges" in edit) == bool(supported["documentChanges"]) != ("changes" in edit)
    edits = [part for change in edit.get("documentChanges", []) for part in change["edits"]]
    assert all(change["textDocument"]["version"] for change in edit.get("documentChanges", []))
    assert all("annotationId" not in part for part in edits) or "changeAnnotationSupport" in supported
    assert all("snippet" not in part for part in edits) or supported.get("snippetEditSupport")


def check_messages(client: Any, capabilities: Any) -> None:
    """What the server sent of itself."""
    needs = {
        "window/workDoneProgress/create": "window.workDoneProgress",
        "workspace/configuration": "workspace.configuration",
        "workspace/codeLens/refresh": "workspace.codeLens.refreshSupport",
        "workspace/inlayHint/refresh": "workspace.inlayHint.refreshSupport",
        "workspace/semanticTokens/refresh": "workspace.semanticTokens.refreshSupport",
        "workspace/diagnostic/refresh": "workspace.diagnostics.refreshSupport",
        "workspace/applyEdit": "workspace.applyEdit",
        "$/progress": "window.workDoneProgress",
        "llada/denoise": "experimental.lladaEdit.denoise",
        "llada/status": "experimental.lladaEdit.status",
    }
    for message in [*client.asked, *client.heard]:
        method = message["method"]
        assert method not in needs or has(capabilities, needs[method]), method
        assert no_nulls(message), message
        if method == "client/registerCapability":
            for registration in message["params"]["registrations"]:
                name = registration["method"].removeprefix("workspace/")
                assert has(capabilities, f"workspace.{name}.dynamicRegistration"), registration
    assert not client.messages() and not client.stray
