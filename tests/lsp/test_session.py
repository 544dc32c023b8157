"""A session in this process: what happens between the loading of a model and the first answers."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from llada_lsp.client import Client
from llada_lsp.documents import Snapshot
from llada_lsp.features import hints, tokens
from llada_lsp.operations import Operation
from llada_lsp.positions import LineIndex
from llada_lsp.settings import Engine
from llada_lsp.surface import create_server
from llada_lsp.worker import Worker
from lsprotocol import types

from llada_edit.document import Document
from llada_edit.holes import Span

GUARD = 60.0


class Gated:
    """An editor that says which model it is, and operations that are known once a gate is open."""

    def __init__(self) -> None:
        self.gate, self.asked = threading.Event(), threading.Event()
        self.loaded: list[str] = []
        self.load_gate = threading.Event()
        self.load_gate.set()

    def load(self, engine: Engine, check: object) -> Any:
        self.loaded.append(engine.model)
        assert self.load_gate.wait(GUARD)

        def alternatives(document: Document, k: int) -> list[Any]:
            return [SimpleNamespace(text=engine.model, probability=0.5)]

        return SimpleNamespace(alternatives=alternatives)

    def offered(self, editor: object) -> tuple[Operation, ...]:
        self.asked.set()
        assert self.gate.wait(GUARD)
        return (Operation("shorten", "Shorten", ""),)


async def begun(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, GUARD)


def session_of(gated: Gated) -> Any:
    worker: Worker[Any] = Worker(gated.load)
    return create_server(worker, cast(Any, gated))


async def within(work: Any) -> Any:
    return await asyncio.wait_for(work, GUARD)


async def test_cancelling_everything_leaves_the_session_usable() -> None:
    gated = Gated()
    server = session_of(gated)
    loading = asyncio.ensure_future(server.load())
    await begun(gated.asked)
    server.jobs.cancel("")
    gated.gate.set()
    await within(loading)
    assert not server.loading and server.operations and server.status().kind == "ready"
    server.worker.stop()


async def test_a_model_that_is_sent_away_while_it_is_asked_stays_away() -> None:
    gated = Gated()
    server = session_of(gated)
    loading = asyncio.ensure_future(server.load())
    await begun(gated.asked)
    server.unload()
    gated.gate.set()
    await within(loading)
    assert server.operations == () and server.status().kind == "off"
    server.worker.stop()


async def test_a_session_that_ends_leaves_the_loading_to_the_next_one() -> None:
    gated = Gated()
    gated.load_gate.clear()
    gated.gate.set()
    server = session_of(gated)
    loading = asyncio.ensure_future(server.load())
    while not gated.loaded:
        await asyncio.sleep(0.01)
    loading.cancel()
    await asyncio.wait({loading})
    following = create_server(server.worker, cast(Any, gated))
    second = asyncio.ensure_future(following.load())
    gated.load_gate.set()
    await within(second)
    assert len(gated.loaded) == 1 and following.operations
    server.worker.stop()


async def test_words_are_those_of_the_model_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    gated = Gated()
    gated.gate.set()
    server = session_of(gated)
    snapshot = Snapshot("file:///a.md", 1, LineIndex("We thank you."))
    monkeypatch.setattr(server, "same", lambda snapshot: True)
    for model in ("one", "two"):
        server.choices.answer({"model": model})
        await within(server.load())
        assert await within(server.words("hover", snapshot, Span(3, 8), None)) == [(model, 0.5)]
    server.worker.stop()


async def test_the_lengths_of_very_many_holes_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot("file:///a.md", 1, LineIndex(" ".join(f"{number} [?]" for number in range(1100))))
    server, asked = session_of(Gated()), list[Any]()
    everything, lengths = Span(0, len(snapshot.text)), hints.Lengths()

    async def answer(*_: Any) -> float:
        return 2.0

    for name, value in (
        ("ask", answer),
        ("same", lambda _: True),
        ("spawn", asked.append),
        ("refresh", lambda _: None),
        ("_settled", True),
    ):
        monkeypatch.setattr(server, name, value)
    server.worker.ready.set_result(None)
    server.client = Client(refreshes=frozenset({"inlayHint"}))
    monkeypatch.setattr(hints, "PAUSE", 0)
    for _ in range(9):  # each answer has the client ask again
        hints._expected(server, snapshot, everything, lengths)
        while asked:
            await asked.pop()
    shown = hints._expected(server, snapshot, everything, lengths)
    assert len(shown) == hints.SHOWN == 8 * hints.MOST and not asked


async def test_a_document_that_is_not_open_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    server = session_of(Gated())
    monkeypatch.setattr(server, "snapshot", lambda uri: None)
    for number in range(3):
        document = types.TextDocumentIdentifier(f"file:///{number}.md")
        assert not tokens._full(server, types.SemanticTokensParams(document)).data
    assert not server.coloured
