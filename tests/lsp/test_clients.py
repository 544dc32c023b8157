"""Habits of clients: settings sent at the start, one notification for every edit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types

Start = Callable[..., Awaitable[Any]]


async def test_settings_that_come_while_the_model_loads_are_no_error(start: Start) -> None:
    session = await start(load_pause=0.2)
    for _ in range(3):
        session.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({}))
    session.open("a [?] word")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: session.applied)
    assert session.messages == []


async def test_an_edit_that_comes_in_parts_can_be_reverted(start: Start) -> None:
    session = await start()
    session.open("a [?] word")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: session.applied)
    whole = session.text
    session.change(whole.replace(" word", "[?] word"))  # put in, and the hole not yet taken out
    assert "Revert" not in await session.actions(3)
    session.change(whole)
    assert "Revert" in await session.actions(3)
    session.change(whole.replace("word", "words"))
    assert "Revert" in await session.actions(3)
