"""What an order may ask beside its place: words in it and not in it, a tone, and an end in time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Raw = Callable[..., Any]
PLAIN = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


def refused(client: Any, **order: Any) -> str:
    with pytest.raises(Exception) as caught:
        client.request("llada/propose", {"uri": client.uri, **order})
    assert getattr(caught.value, "code", None) == -32803
    return str(caught.value)


def test_words_that_must_be_there_and_words_that_must_not(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("a [?] b [?c: forbid x]")
    client.ready()
    whole = [client.range(2, 5), client.range(8, 22)]
    more = {"must": ["a, b", 'say "so"'], "avoid": ["very|quite"]}
    client.request("llada/propose", {"uri": client.uri, "ranges": whole[:1], "note": "regex .*", **more})
    client.request("llada/propose", {"uri": client.uri, "ranges": whole, **more})
    items = r'include "a, b"|"say \"so\"", forbid "very|quite"'
    notes = [line for line in (tmp_path / "trace.txt").read_text().splitlines() if line.startswith("notes")]
    assert notes == [f"notes {[items + ', regex .*', 'forbid x']}", f"notes {[items, items + ', forbid x']}"]


def test_the_words_of_an_order_are_read_as_constraints() -> None:
    from llada_lsp.asking import told
    from llada_lsp.messages import Order

    from llada_edit.constraints.text import parse
    from llada_edit.holes import Hole, Span

    order = Order("a", must=["a, b", 'say "so"', "back\\slash"], avoid=["very|quite"], length="3-8 words")
    hole = told(Hole(Span(0, 0)), order)
    assert str(hole.length) == "3-8 words"
    value = parse(hole.note)
    assert value.accepts('we a, b and say "so" with back\\slash')
    assert not value.accepts("we a, b and say so")
    assert not value.accepts('a, b say "so" back\\slash very|quite')


def test_rewriting_keeps_and_does_not_take_in(raw: Raw) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("One thing here.")
    client.ready()
    assert "name what is to stay in keep" in refused(client, op="shorten", must=["x"])
    assert "tone is 'merry'; shorten with this model can sound formal" in refused(client, op="shorten", tone="merry")


def test_a_tone_in_words_for_models_that_follow_them(raw: Raw, tmp_path: Path) -> None:
    client = raw()
    client.start(PLAIN)
    client.open("One thing here.")
    client.ready()
    client.request("llada/propose", {"uri": client.uri, "op": "paraphrase", "tone": "warm and brief"})
    assert "tone='warm and brief'" in (tmp_path / "trace.txt").read_text()
    client.request("llada/propose", {"uri": client.uri, "op": "paraphrase", "tone": "formal"})
    assert (
        "op='formal'" in (tmp_path / "trace.txt").read_text()
        and "tone='formal'" not in (tmp_path / "trace.txt").read_text()
    )


@pytest.mark.parametrize("op", ["fill", "paraphrase"])
def test_an_order_that_must_be_over_in_time(raw: Raw, op: str) -> None:
    client = raw(steps=100_000, pause=0.01)
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    order = {"uri": client.uri, "op": op, "n": 3, "deadlineMs": 1}
    assert len(client.request("llada/propose", order)["proposals"]) <= 1  # and not after 100 000 steps
    client.request("workspace/executeCommand", {"command": "lladaEdit.rewrite", "arguments": [order]})
    client.until(lambda: client.text != "a [?] b" or "llada-edit: nothing was finished in time" in client.messages())
    assert "deadlineMs is 0; give 1 to 600000" in refused(client, deadlineMs=0)


def test_the_best_that_is_there_in_time(raw: Raw) -> None:
    client = raw(steps=100_000, pause=0.01, quick=True)
    client.start(PLAIN)
    client.open("a [?] b")
    client.ready()
    order = {"uri": client.uri, "n": 3, "deadlineMs": 2000}
    # A busy machine may not come to the end of the quick one in time.
    found = client.until(lambda: client.request("llada/propose", order)["proposals"])
    # The quick one, in a few steps; the others are never finished.
    assert [one["edits"][0]["newText"] for one in found] == ["filling 0 of 0/1"]
