"""The operations of the engine as the server offers them."""

from __future__ import annotations

from pathlib import Path

from llada_lsp.rewriting import Engine

from llada_edit.editor import Editor
from llada_edit.holes import Span


def test_what_the_lists_have_nothing_for_is_not_possible(tiny_model: Path) -> None:
    offered = {operation.name: operation for operation in Engine().offered(Editor.load(tiny_model, device="cpu"))}

    def possible(name: str, text: str) -> bool:
        return offered[name].possible(text, Span(0, len(text)))

    assert {"paraphrase", "plain", "proofread"} <= set(offered)
    assert "expand" not in offered  # it was measured to be weak
    assert possible("plain", "They utilise it.") and not possible("plain", "They go there.")
    assert possible("plain", "However, they go there.")  # no wording, but a turn
    assert possible("proofread", "They go there.")  # spelling is looked at by the model
    assert not offered["paraphrase"].tone
