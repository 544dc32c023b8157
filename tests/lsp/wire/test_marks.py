"""Text that was just written: another, stronger, back, other proposals, terms and words that stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


def test_another_stronger_weaker_and_back(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    text = "😀 One thing. Two things. Three."
    client.open(text)
    client.ready()
    start, end = text.index("Two"), text.index(" Three")
    client.run("paraphrase", ranges=[client.range(start + 1, start + 1)], n=1)  # a place means its sentence
    assert client.changed(1) == text.replace("Two", "paraphrase 0.4 0.0 Two")
    client.run("another")
    assert client.changed(2) == text.replace("Two", "paraphrase 0.4 1.0 Two")  # of the original, with another seed
    client.run("stronger")
    assert client.changed(3) == text.replace("Two", "paraphrase 0.6 2.0 Two")
    client.change(0, 0, "Before. ")  # elsewhere: the mark moves along
    client.run("weaker")
    assert "paraphrase 0.4 3.0 Two" in client.changed(5)
    offered = client.titles(client.text.index("paraphrase"))
    assert {"Another", "Stronger", "Weaker", "Revert", "Accept"} <= set(offered)
    lenses = client.request("textDocument/codeLens", {"textDocument": client.document})
    assert [lens["command"]["title"] for lens in lenses] == ["Another", "Stronger", "Weaker", "Revert", "Accept"]
    whole = {"textDocument": client.document, "range": client.range(0, len(client.text))}
    (hint,) = client.request("textDocument/inlayHint", whole)
    assert hint["label"].startswith("+") and hint["position"] == client.place(client.text.index(" Three"))
    client.run("revert")
    assert client.changed(6) == f"Before. {text}"
    assert end - start == len("Two things.")


def test_a_mark_is_gone_once_somebody_writes_in_it(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    client.run("fill")
    assert client.changed(1) == "a filling 0 of 0/1 b"
    assert "Revert" in client.titles(3)
    client.change(4, 5, "x")
    assert "Revert" not in client.titles(3)
    client.run("revert")
    client.until(client.messages)
    assert "just written" in client.messages()[0]


def test_choosing_among_the_proposals_afterwards(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    client.open("a [?] b")
    client.ready()
    client.run("fill", n=3)
    client.changed(1)
    use = client.titles(3)["Use 3/3: filling 2 of 0/1"]["command"]
    client.request("workspace/executeCommand", {"command": use["command"], "arguments": use["arguments"]})
    assert client.changed(2) == "a filling 2 of 0/1 b"
    client.run("accept")
    assert "Accept" not in client.titles(3)


def test_terms_to_keep_reach_the_operation(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    client.start(PLAIN, {"keep": ["Acme"]})
    client.open("We like Acme and Bolt.", "markdown")
    client.ready()
    assert client.run("keepTerms", terms=["Bolt", " "]) == ["Bolt"]
    client.run("shorten", keep=["like"])
    client.changed(1)
    assert "keep=('Acme', 'Bolt', 'like')" in (tmp_path / "trace.txt").read_text()
    assert (
        "strength=None" in (tmp_path / "trace.txt").read_text() and "markdown" in (tmp_path / "trace.txt").read_text()
    )
    assert client.run("forgetTerms", terms=["Bolt"]) == []


def test_pinned_words_stay_in_another(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("😀 One. Two things here. Three.")
    client.ready()
    client.run("paraphrase", ranges=[client.range(7, 23)], n=1)
    client.changed(1)
    start = client.text.index("things")
    assert "Pin “things”: it stays in another" in client.titles(start, start + 6)
    assert client.run("pin", ranges=[client.range(start + 1, start + 1)]) == ["things"]  # a place means its word
    assert "Let “things” change again" in client.titles(start, start + 6)
    for version, rank in ((2, 1), (3, 2)):
        client.run("another")
        text = client.changed(version)
        assert text == f"😀 One. filling {rank}.1 of 0/2 things filling {rank}.1 of 1/2 Three."
    assert client.run("unpin") == []
    with pytest.raises(Exception, match="no part of the text"):
        client.run("pin", ranges=[client.range(3, 6)])


def test_a_word_of_the_keep_list_that_is_lost(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN, {"keep": ["Acme Works", "One"]})
    client.open("One Acme\nWorks here.")
    client.ready()

    def said() -> list[str]:
        return [one["message"] for one in client.said("textDocument/publishDiagnostics")[-1]["diagnostics"]]

    client.run("reword", ranges=[client.range(0, 14)])
    client.changed(1)
    client.until(lambda: client.said("textDocument/publishDiagnostics"))
    assert said() == ["“Acme Works” was to be kept, and is gone here", "“One” was to be kept, and is gone here"]
    client.run("revert")
    client.until(lambda: not said())
    assert client.text == "One Acme\nWorks here."
