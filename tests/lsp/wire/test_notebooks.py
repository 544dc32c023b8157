"""Notebooks: their cells are documents like others, and come and go with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Raw = Callable[..., Any]
CLIENT = {
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "notebookDocument": {"synchronization": {}},
}


def cell(name: str, text: str) -> dict[str, Any]:
    return {"uri": f"vscode-notebook-cell:/n.ipynb#{name}", "languageId": "markdown", "version": 1, "text": text}


def look_at(client: Any, item: dict[str, Any]) -> None:
    """Make a cell the document that the client speaks of."""
    client.uri, client.text, client.version = item["uri"], item["text"], item["version"]


def test_cells_are_documents(raw: Raw, tmp_path: Path) -> None:
    (tmp_path / "llada-edit.toml").write_text("n = 1\n")
    client = raw()
    result = client.start(CLIENT)
    (selector,) = result["capabilities"]["notebookDocumentSync"]["notebookSelector"]
    assert selector == {"cells": [{"language": "markdown"}]}
    notebook = {"uri": (tmp_path / "n.ipynb").as_uri(), "notebookType": "jupyter-notebook", "version": 1}
    first, second = cell("a", "\U0001f600 a [?] b"), cell("b", "We [?x] you.")
    cells = [{"kind": 1, "document": item["uri"]} for item in (first, second)]
    client.notify(
        "notebookDocument/didOpen",
        {"notebookDocument": {**notebook, "cells": cells[:1]}, "cellTextDocuments": [first]},
    )
    client.ready()
    look_at(client, first)
    hole = client.text.index("[?]")
    items = client.request("textDocument/completion", client.at(hole))["items"]
    assert [item["textEdit"]["newText"] for item in items] == ["filling 0 of 0/1"]  # by the settings of its folder

    change = {
        "structure": {"array": {"start": 1, "deleteCount": 0, "cells": cells[1:]}, "didOpen": [second]},
        "textContent": [
            {
                "document": {"uri": first["uri"], "version": 2},
                "changes": [{"range": client.range(2, 4), "text": "one\r\n"}],
            }
        ],
    }
    client.notify(
        "notebookDocument/didChange", {"notebookDocument": {**notebook, "version": 2}, "change": {"cells": change}}
    )
    look_at(client, {**first, "version": 2, "text": "\U0001f600 one\r\n[?] b"})
    scored = client.request("llada/score", {"textDocument": client.versioned})
    assert "".join(token["text"] for token in scored["tokens"]) == client.text
    look_at(client, second)
    client.answers["workspace/applyEdit"] = lambda params: applied.append(params) or {"applied": True}
    applied: list[Any] = []
    arguments = [{"uri": second["uri"]}]
    client.request("workspace/executeCommand", {"command": "lladaEdit.fill", "arguments": arguments})
    client.until(lambda: applied)
    (edited,) = applied[0]["edit"]["documentChanges"]
    assert edited["textDocument"] == {"uri": second["uri"], "version": 1}
    assert edited["edits"][0]["range"] == client.range(3, 7)

    client.notify("notebookDocument/didClose", {"notebookDocument": notebook, "cellTextDocuments": [first, second]})
    assert client.request("textDocument/codeLens", {"textDocument": client.document}) is None
    assert client.quit() == 0


def test_a_notebook_that_nobody_has_opened(raw: Raw) -> None:
    client = raw()
    client.start(CLIENT)
    change = {"cells": {"textContent": [{"document": {"uri": "x:y", "version": 1}, "changes": [{"text": "a"}]}]}}
    client.notify("notebookDocument/didChange", {"notebookDocument": {"uri": "x:z", "version": 1}, "change": change})
    client.notify(
        "notebookDocument/didClose", {"notebookDocument": {"uri": "x:z"}, "cellTextDocuments": [{"uri": "x:y"}]}
    )
    assert client.request("llada/getStatus", {})["model"] == "bundled"
