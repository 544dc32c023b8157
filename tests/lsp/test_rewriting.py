"""The operations of the engine as the server offers them."""

from __future__ import annotations

from pathlib import Path

from llada_lsp.rewriting import Engine

from llada_edit.editor import Editor


def test_what_the_list_of_wordings_has_nothing_for_is_not_possible(tiny_model: Path) -> None:
    offered = {operation.name: operation for operation in Engine().offered(Editor.load(tiny_model, device="cpu"))}
    assert {"paraphrase", "plain", "proofread"} <= set(offered)
    assert "expand" not in offered  # it was measured to be weak
    assert offered["plain"].possible("They utilise it.") and not offered["plain"].possible("They go there.")
    assert offered["proofread"].possible("They go there.")  # spelling is looked at by the model
    assert not offered["paraphrase"].tone
