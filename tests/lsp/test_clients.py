"""Habits of clients: settings sent at the start, one notification for every edit, hovers at any time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from types import SimpleNamespace
from typing import Any

from llada_lsp.client import Client
from llada_lsp.jobs import Jobs, Plan
from llada_lsp.messages import Order
from llada_lsp.worker import Worker
from lsprotocol import types

Start = Callable[..., Awaitable[Any]]
GUARD = 180.0


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


async def test_a_hover_that_goes_on_does_not_keep_the_status_busy() -> None:
    worker: Worker[Any] = Worker(lambda choice, check: choice)
    worker.use("editor")
    begun, queued, ended, said = threading.Event(), threading.Event(), threading.Event(), list[str]()
    server: Any = SimpleNamespace(worker=worker, client=Client(), tell=said.append)
    server.rpc, server.follow = SimpleNamespace(msg_id=None), lambda *said: None
    server.status = lambda: SimpleNamespace(kind="busy" if worker.busy else "ready")

    def nothing(editor: Any) -> Generator[None, None, list[Any]]:
        begun.set()
        queued.wait(GUARD)
        yield None
        return []

    def slow(editor: Any) -> Generator[None, None, None]:
        yield None
        ended.wait(GUARD)

    snapshot: Any = SimpleNamespace(uri="file:///a.md")
    running = Jobs(server).start(Plan(snapshot, Order(snapshot.uri), "", nothing, (), (), (), False))
    await asyncio.to_thread(begun.wait, GUARD)
    worker.submit("hover", slow)
    queued.set()
    try:
        await running.proposals()
        while len(said) < 2:
            await asyncio.sleep(0.01)
        assert said == ["busy", "ready"]
    finally:
        ended.set()
        worker.stop()
