"""Completion, hover and the list of actions, through a server process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from llada_lsp.features import offers
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled

Start = Callable[..., Awaitable[Any]]
LINE = "😀 Caf\u0065\u0301 [?verb: 1-3 words]\u2028the 漢字 [?].\r\nAnother \u0085line\x0c.\r"


async def test_completion_at_a_hole(start: Start) -> None:
    session = await start(options={"n": 2})
    session.open(LINE)
    start_, end = LINE.index("[?verb"), LINE.index("]") + 1
    for offset in (start_, start_ + 4, end):
        found = await session.within(
            session.client.text_document_completion_async(types.CompletionParams(**session.position(offset)))
        )
        assert [(item.label, item.detail, item.filter_text) for item in found.items] == [
            ("filling 0 of 0/2", "50 %", "[?verb: 1-3 words]"),
            ("filling 1 of 0/2", "25 %", "[?verb: 1-3 words]"),
        ]
        assert found.items[0].text_edit.range == session.range(start_, end)
        assert found.items[0].text_edit.new_text == found.items[0].label


async def test_completion_on_a_word(start: Start) -> None:
    session = await start()
    session.open("😀 We accepted it")
    ask = session.client.text_document_completion_async
    found = await session.within(ask(types.CompletionParams(**session.position(8))))
    assert [item.label for item in found.items[:3]] == ["adopted", "a|b*", "word0"] and len(found.items) == 8
    assert found.items[0].text_edit.range == session.range(5, 13) and found.items[0].filter_text == "accepted"
    typed = types.CompletionContext(types.CompletionTriggerKind.TriggerCharacter, "]")
    assert await session.within(ask(types.CompletionParams(**session.position(8), context=typed))) is None
    gap = await session.within(ask(types.CompletionParams(**session.position(0))))
    assert [item.label for item in gap.items] == ["filling 0 of 0/1", "filling 1 of 0/1", "filling 2 of 0/1"]


async def test_cancelling_a_request_stops_the_denoising(start: Start) -> None:
    session = await start(gated=True)
    session.open("a [?] b")
    send = session.client.protocol.send_request_async
    params = types.CompletionParams(**session.position(3))
    request = asyncio.ensure_future(send(types.TEXT_DOCUMENT_COMPLETION, params, msg_id="cancel-me"))
    await session.until(lambda: "step 0" in session.trace)
    session.client.cancel_request(types.CancelParams("cancel-me"))
    with pytest.raises(JsonRpcRequestCancelled):
        await session.within(request)
    session.gate.touch()
    await session.until(lambda: session.trace[-1] == "closed")
    assert session.trace[-2:] == ["step 0", "closed"]  # after the step that it was in


async def test_a_hover_over_a_text_that_changes_is_no_error(start: Start) -> None:
    session = await start(gated=True)
    session.open("We thank you.")
    asked = asyncio.ensure_future(session.client.text_document_hover_async(types.HoverParams(**session.position(4))))
    await session.until(lambda: any(line.startswith("alternatives") for line in session.trace))
    session.change("We thank you all.")
    await session.actions(2)  # answered after the change has arrived
    session.gate.touch()
    assert await session.within(asked) is None


async def test_while_the_model_loads_there_is_an_answer_all_the_same(start: Start) -> None:
    session = await start(load_pause=3600, patience=0.05)
    session.open("We accepted [?] it.")
    hover = await session.within(session.client.text_document_hover_async(types.HoverParams(**session.position(4))))
    assert hover.contents.value == "llada-edit: the model is loading"
    for offset in (4, 13):
        params = types.CompletionParams(**session.position(offset))
        found = await session.within(session.client.text_document_completion_async(params))
        assert found.is_incomplete and not found.items, "the editor is to ask again"


async def test_hover(start: Start) -> None:
    session = await start()
    session.open("😀 We accepted it [?x: 2 words]")
    ask = session.client.text_document_hover_async
    hover = await session.within(ask(types.HoverParams(**session.position(8))))
    assert hover.range == session.range(5, 13)
    assert hover.contents.value.count("\n|") == 7 and r"| a\|b\* | 11 % |" in hover.contents.value
    assert hover.contents.value.startswith("In place of “accepted” (32 %):")  # of all words together 100 %
    assert "alternatives 12" in session.trace
    hover = await session.within(ask(types.HoverParams(**session.position(20))))
    assert hover.contents.value == "Hole “x”, exactly 2 words"
    assert await session.within(ask(types.HoverParams(**session.position(1)))) is None


async def test_only_the_kinds_of_actions_that_are_asked_for(start: Start) -> None:
    session = await start()
    session.open("a [?] word")
    assert await session.actions(2, only=["refactor"]) and await session.actions(2, only=["refactor.rewrite.llada"])
    assert not await session.actions(2, only=["quickfix"]) and not await session.actions(2, only=["refactor.rew"])
    automatic = types.CodeActionTriggerKind.Automatic
    assert offers.REWORD_TITLE in await session.actions(7)
    assert offers.REWORD_TITLE not in await session.actions(7, trigger_kind=automatic)


async def test_markup_that_cannot_be_read_is_a_disabled_action(start: Start) -> None:
    session = await start()
    session.open("a [?name\nword")
    action = (await session.actions(4))["Fill this hole"]
    assert action.disabled is not None and "is not closed" in action.disabled.reason and action.command is None
    assert "Fill this hole" not in await session.actions(11)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_position_encodings(start: Start, encoding: str) -> None:
    session = await start(client=dict(encodings=[encoding]))
    assert session.initialized is not None
    assert session.initialized.capabilities.position_encoding == encoding
    session.open("😀é [?] b")
    at = {"utf-8": 7, "utf-16": 4, "utf-32": 3}[encoding]
    params = types.CompletionParams(types.TextDocumentIdentifier(session.uri), types.Position(0, at))
    found = await session.within(session.client.text_document_completion_async(params))
    assert found.items[0].text_edit.range == types.Range(types.Position(0, at), types.Position(0, at + 3))
