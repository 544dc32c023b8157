"""The whole way with a real, untrained model in a folder: loading, filling, other words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lsprotocol import types

Start = Callable[..., Awaitable[Any]]
PATIENT = (
    "-c",
    "from llada_lsp.__main__ import main\n"
    "from llada_lsp.features import actions, completion, hover\n"
    "actions.PATIENCE = completion.PATIENCE = hover.PATIENCE = 600.0\n"
    "main()",
)
"""The server as it is, but that a busy machine may take its time."""


async def test_a_model_from_a_folder(start: Start, tiny_model: Path) -> None:
    options = {"model": str(tiny_model), "device": "cpu", "n": 2}
    session = await start(*PATIENT, "--stdio", options=options)
    text = "😀 The committee [?verb: 2 words]\u2028 the proposal.\r\nThank you.\n"
    session.open(text)
    await session.run((await session.actions(20))["Fill this hole"])
    await session.until(lambda: session.applied or session.messages)
    assert not session.messages
    left, right = text.split("[?verb: 2 words]")
    filled = session.text
    assert filled.startswith(left) and filled.endswith(right)
    assert len(filled[len(left) : len(filled) - len(right)].split()) == 2

    session.open(text)
    place = types.CompletionParams(**session.position(20))
    found = await session.within(session.client.text_document_completion_async(place))
    assert 1 <= len(found.items) <= 2 and all(len(item.label.split()) == 2 for item in found.items)
    hover = await session.within(session.client.text_document_hover_async(types.HoverParams(**session.position(8))))
    assert "committee" in hover.contents.value and hover.contents.value.count("%") == 5
    assert not session.messages
    assert await session.quit() == 0


async def test_a_model_that_is_not_there(start: Start, tmp_path: Path) -> None:
    session = await start(
        "-c",
        "from llada_edit.cli import main; main()",
        "lsp",
        options={"model": str(tmp_path / "nothing"), "device": "cpu"},
    )
    await session.until(lambda: session.messages)
    assert "no model" in session.messages[0]
    assert await session.quit() == 0


async def test_markup_survives(start: Start, tiny_model: Path) -> None:
    session = await start("-m", "llada_lsp", options={"model": str(tiny_model), "device": "cpu", "n": 1})
    text = "# A page\n\nSee the *old* [page here](https://a.b/c) and `code` now, 😀 please.\n"
    session.open(text)
    await session.ready()
    end = text.index(" now") + 4
    action = (await session.actions(text.index("See"), end))["Replace by another wording here"]
    await session.run(action)
    await session.until(lambda: session.applied or session.messages)
    # An untrained model often writes what would be markup, and then nothing is replaced.
    assert session.text != text or "no other wording" in session.messages[0]
    for kept in ("# A page\n\n", "](https://a.b/c)", "`code`", ", 😀 please.\n"):
        assert session.text.count(kept) == 1
    assert [session.text.count(sign) for sign in "*[]()`"] == [text.count(sign) for sign in "*[]()`"]
    assert await session.quit() == 0
