"""Ghost text: what is offered, in time, and not again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]


@pytest.mark.parametrize("trigger", [1, 2])
def test_ghost_text(raw: Raw, trigger: int) -> None:
    client = raw(steps=2)
    client.start({}, {"n": 2, "inlinePause": 0, "inlineBudget": 60_000})
    client.open("He said it, yes")
    client.ready()

    def ghosts(offset: int, **context: Any) -> list[tuple[str, str]]:
        asked = {**client.at(offset), "context": {"triggerKind": trigger, **context}}
        found = client.request("textDocument/inlineCompletion", asked)
        return [(item["insertText"], item["range"]) for item in (found or {"items": []})["items"]]

    count = 2 if trigger == 1 else 1
    assert ghosts(10) == [(f" filling {rank} of 0/1", client.range(10, 10)) for rank in range(count)]
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

    (item,) = client.until(lambda: ghosts(4))["items"]  # a busy machine may not come to the first step in time
    assert item["insertText"].startswith("so far ")
    client.until(lambda: (tmp_path / "trace.txt").read_text().endswith("closed\n"))
    assert ghosts(8) is None  # in the middle, a beginning fits nothing


def test_a_completion_does_not_end_the_ghost_text_that_is_asked_for_with_it(raw: Raw, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    client = raw(steps=1, gate=str(gate))
    client.start({}, {"inlineBudget": 60_000})
    client.open("He said  it")
    client.ready()
    _, ghost = client.begin("textDocument/inlineCompletion", {**client.at(8), "context": {"triggerKind": 1}})
    client.until(lambda: "step 0" in (tmp_path / "trace.txt").read_text())
    _, completion = client.begin("textDocument/completion", client.at(8))
    for _ in range(3):  # after which the completion has been begun
        client.request("llada/getStatus", {})
    gate.touch()
    assert ghost.result(60)["items"]
    assert isinstance(completion.result(60)["items"], list)


def test_what_was_refused_is_not_offered_again(raw: Raw) -> None:
    client = raw(steps=1)
    client.start({"workspace": {"applyEdit": True}}, {"n": 2, "inlineBudget": 60_000})
    client.open("He said it, yes")
    client.ready()

    def ghosts(offset: int) -> list[tuple[str, dict[str, Any]]]:
        asked = {**client.at(offset), "context": {"triggerKind": 1}}
        found = client.request("textDocument/inlineCompletion", asked)
        return [(item["insertText"], item["command"]["arguments"][0]) for item in found["items"]]

    (first, told), (second, _) = ghosts(10)
    client.notify("llada/didReject", told)
    assert [text for text, _ in ghosts(10)] == [second, " filling 2 of 0/1"]
    client.change(0, 2, "She")  # where other words stand around it, it is another place
    assert first in [text for text, _ in ghosts(11)]
    order = {"uri": client.uri, "ranges": [client.range(11, 11)], "n": 1}
    answer = client.request("llada/propose", order)
    client.notify("llada/didReject", {"job": answer["job"]})
    again = client.request("llada/propose", order)
    assert again["proposals"][0]["edits"][0]["newText"] != answer["proposals"][0]["edits"][0]["newText"]
    client.notify("llada/didReject", {"job": "no such job", "candidate": -3})
    assert len(again["proposals"]) == 1


def test_a_part_of_ghost_text_that_was_accepted_becomes_a_mark(raw: Raw) -> None:
    client = raw(steps=1)
    client.start({}, {"n": 1, "inlineBudget": 60_000})
    client.open("😀 He said it, yes")
    client.ready()
    found = client.request("textDocument/inlineCompletion", {**client.at(12), "context": {"triggerKind": 1}})
    told = found["items"][0]["command"]["arguments"][0]
    client.notify("llada/didAccept", {**told, "partialLength": 8})  # the editor has not put it in
    assert client.request("textDocument/codeLens", {"textDocument": client.document}) == []
    client.change(12, 12, " filling")
    client.notify("llada/didAccept", {**told, "partialLength": 8})
    lenses = client.request("textDocument/codeLens", {"textDocument": client.document})
    assert [lens["command"]["title"] for lens in lenses] == ["Another", "Revert", "Accept"]
    assert lenses[0]["range"] == client.range(12, 20)
    command = found["items"][0]["command"]
    client.request("workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]})


@pytest.mark.parametrize(
    ("before", "after", "ghost"),
    [
        ("Was it the", "", " filling 0 of 0/1"),  # a short word is finished
        ("Was it the", ", yes", " filling 0 of 0/1"),
        ("His words are word", " in a word", " filling 0 of 0/1"),  # stands elsewhere as a whole
        ("A commit", " is near", "filling 0 of 0/1"),  # perhaps the beginning of a word
        ("A com", "mit is near", None),  # inside a word
        ("I don", "\u2019t know", None),
        ("I don\u2019", "t know", None),
        ("A commit ", "is near", "filling 0 of 0/1"),
        ("漢字の", "", "filling 0 of 0/1"),  # no blanks there
        ("the", "[?]", "filling 0 of 0/1"),  # a hole is filled
    ],
)
def test_ghost_text_at_words(raw: Raw, before: str, after: str, ghost: str | None) -> None:
    client = raw(steps=1)
    client.start({}, {"n": 1, "inlineBudget": 60_000})
    client.open(before + after)
    client.ready()
    asked = {**client.at(len(before)), "context": {"triggerKind": 1}}
    found = client.request("textDocument/inlineCompletion", asked)
    assert (found["items"][0]["insertText"] if found else None) == ghost
