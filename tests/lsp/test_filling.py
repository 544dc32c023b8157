"""Filling holes and choosing, through a server process: what changes, and what stops it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from llada_lsp.features import offers
from lsprotocol import types

Start = Callable[..., Awaitable[Any]]
LINE = "😀 Caf\u0065\u0301 [?verb: 1-3 words]\u2028the 漢字 [?].\r\nAnother \u0085line\x0c.\r"
CHANGED = "the text has changed meanwhile"


async def test_filling_a_hole_changes_nothing_else(start: Start) -> None:
    session = await start(gated=True)
    session.open(LINE)
    await session.run((await session.actions(LINE.index("[?]")))["Fill this hole"])
    await session.until(lambda: any("Fill 1 place" in str(reports[0]) for reports in session.progress))
    session.gate.touch()
    await session.until(lambda: session.applied)
    assert session.text == LINE.replace("[?]", "filling 0 of 1/2")  # denoised together with the other hole
    (edit,) = session.applied
    assert edit.edit.document_changes and not edit.edit.changes and edit.label == "Fill 1 place"
    await session.until(lambda: any("Fill" in str(r[0]) and "done" in str(r[-1]) for r in session.progress))
    assert session.messages == []


async def test_filling_all_holes(start: Start) -> None:
    session = await start(client=dict(versioned=False, progress=False))
    session.open(LINE)
    await session.run((await session.actions(0))["Fill these 2 holes"])
    await session.until(lambda: session.applied)
    filled = LINE.replace("[?verb: 1-3 words]", "filling 0 of 0/2").replace("[?]", "filling 0 of 1/2")
    assert session.text == filled
    assert session.applied[0].edit.changes and not session.applied[0].edit.document_changes
    assert not session.client.progress_reports


async def test_another_wording_is_never_the_present_one(start: Start) -> None:
    session = await start()
    session.open("😀 We thank you.")
    await session.run((await session.actions(5, 14))[offers.REWORD_TITLE])
    await session.until(lambda: session.applied)
    assert session.text == "😀 We filling 1 of 0/1."


async def test_choosing_a_filling(start: Start) -> None:
    session = await start(options={"n": 2})
    session.pick = 1
    session.open(LINE)
    action = (await session.actions(LINE.index("[?]")))["Choose a filling for this hole…"]
    await session.run(action)
    await session.until(lambda: session.applied)
    assert [item.title for item in session.questions[0].actions or []] == ["1: filling 0 of 1/2", "2: filling 1 of 1/2"]
    assert session.text == LINE.replace("[?]", "filling 1 of 1/2")


async def test_choosing_none(start: Start) -> None:
    session = await start()
    session.pick = None
    session.open("a [?] b")
    await session.run((await session.actions(2))["Choose a filling for this hole…"])
    await session.until(lambda: session.questions)
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: session.applied)
    assert len(session.applied) == 1 and session.text == "a filling 0 of 0/1 b"


async def test_a_client_that_cannot_ask_or_apply(start: Start) -> None:
    session = await start()
    session.open("a [?] b")
    offered = await session.actions(2)
    for method in (types.WINDOW_SHOW_MESSAGE_REQUEST, types.WORKSPACE_APPLY_EDIT):
        del session.client.protocol.fm.features[method]
    await session.run(offered["Choose a filling for this hole…"])
    await session.until(lambda: len(session.messages) == 2)
    assert "cannot ask" in session.messages[0] and "did not apply" in session.messages[1]


async def test_a_client_that_cannot_ask_gets_the_best_and_the_others_as_actions(start: Start) -> None:
    session = await start()
    session.open("a [?] b")
    offered = await session.actions(2)
    del session.client.protocol.fm.features[types.WINDOW_SHOW_MESSAGE_REQUEST]
    await session.run(offered["Choose a filling for this hole…"])
    await session.until(lambda: session.text == "a filling 0 of 0/1 b")
    assert "cannot ask" in session.messages[0]
    session.change(session.text)
    assert "Use 2/3: filling 1 of 0/1" in await session.actions(3)


async def test_a_client_that_takes_no_edits(start: Start) -> None:
    session = await start(client=dict(apply=False))
    session.open("a [?] b")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: session.messages)
    assert "takes no edits" in session.messages[0] and not session.applied


async def test_a_client_whose_user_says_that_it_cannot_ask_is_not_asked(start: Start) -> None:
    session = await start(options={"capabilities": {"experimental": {"lladaEdit": {"asks": False}}}})
    session.open("a [?] b")
    await session.run((await session.actions(2))["Choose a filling for this hole…"])
    await session.until(lambda: session.text == "a filling 0 of 0/1 b")
    assert "cannot ask" in session.messages[0] and not session.questions


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_a_text_that_has_changed_is_left_alone(start: Start, when: str) -> None:
    session = await start(gated=when == "meanwhile")
    session.open("a [?] b")
    action = (await session.actions(2))["Fill this hole"]
    if when == "before":
        session.change("a [?] b!")
    await session.run(action)
    if when == "meanwhile":
        await session.until(lambda: "step 0" in session.trace)
        session.change("a [?] b!")
        await session.actions(2)  # answered after the change has arrived
        session.gate.touch()
    await session.until(lambda: session.messages)
    assert CHANGED in session.messages[0] and not session.applied and session.text == "a [?] b!"


async def test_a_document_that_was_closed_meanwhile(start: Start) -> None:
    session = await start(gated=True)
    session.open("a [?] b")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: "step 0" in session.trace)
    session.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(session.uri)))
    assert await session.actions(2) == {}
    session.gate.touch()
    await session.until(lambda: session.messages)
    assert CHANGED in session.messages[0] and not session.applied


@pytest.mark.parametrize("how", ["progress", "command"])
async def test_cancelling_a_fill(start: Start, how: str) -> None:
    session = await start(steps=100_000, pause=0.02)
    session.open("a [?] b")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: any(len(reports) > 1 and "step" in str(reports[-1]) for reports in session.progress))
    if how == "progress":
        token = list(session.client.progress_reports)[-1]
        session.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    else:
        await session.execute("lladaEdit.cancel")
    await session.until(lambda: session.trace[-1] == "closed")
    await session.until(lambda: any("cancelled" in str(reports[-1]) for reports in session.progress))
    assert not session.applied and not session.messages


async def test_the_newest_fill_replaces_the_older_one(start: Start) -> None:
    session = await start(gated=True)
    session.open("a [?] b [?x]")
    await session.run((await session.actions(3))["Fill this hole"])
    await session.until(lambda: "step 0" in session.trace)
    await session.run((await session.actions(9))["Fill this hole"])
    session.gate.touch()
    await session.until(lambda: session.applied)
    assert session.text == "a [?] b filling 0 of 1/2" and len(session.applied) == 1
