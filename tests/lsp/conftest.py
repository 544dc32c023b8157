"""Sessions with a real server process over its standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient
from pytest_lsp.client import make_test_lsp_client

GUARD = 180.0
"""Seconds after which a test is taken to hang; nothing is expected to take anything like it."""
URI = "file:///tmp/letter%20%C3%BC.md"
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))


def capabilities(
    *, versioned: bool = True, apply: bool = True, progress: bool = True, encodings: list[str] | None = None
) -> types.ClientCapabilities:
    return types.ClientCapabilities(
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=apply, workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versioned)
        ),
        window=types.WindowClientCapabilities(work_done_progress=progress),
        general=types.GeneralClientCapabilities(
            position_encodings=[types.PositionEncodingKind(name) for name in encodings] if encodings else None
        ),
        text_document=types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
            code_action=types.CodeActionClientCapabilities(disabled_support=True),
        ),
    )


def apply(text: str, edits: list[types.TextEdit]) -> str:
    """As a client with UTF-16 positions would do it, with nothing in common with the server's own code."""
    data = text.encode("utf-16-le")
    starts = [0, *(2 * len(text[: found.end()].encode("utf-16-le")) // 2 for found in re.finditer(r"\r\n|\n|\r", text))]
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        start, end = (starts[p.line] + 2 * p.character for p in (edit.range.start, edit.range.end))
        data = data[:start] + edit.new_text.encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")


class Session:
    """One client, one server, one document."""

    uri = URI

    def __init__(self, client: LanguageClient, trace: Path) -> None:
        self.client, self.trace_file = client, trace
        self.text, self.version = "", 0
        self.applied: list[types.ApplyWorkspaceEditParams] = []
        self.questions: list[types.ShowMessageRequestParams] = []
        self.pick: int | None = 0
        self.gate = trace.with_name("gate")
        self.initialized: types.InitializeResult | None = None
        # lsprotocol takes every action that carries a command for a bare command.
        converter = client.protocol._converter
        converter.register_structure_hook(
            types.Command | types.CodeAction,
            lambda data, _: converter.structure(
                data, types.Command if isinstance(data.get("command"), str) else types.CodeAction
            ),
        )
        # pygls marks what it registers, which cannot be done to a method.
        client.feature(types.WORKSPACE_APPLY_EDIT)(lambda params: self._apply(params))
        client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(lambda params: self._answer(params))

    def _apply(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.applied.append(params)
        edits: list[Any] = list((params.edit.changes or {}).get(URI, []))
        for change in params.edit.document_changes or []:
            assert isinstance(change, types.TextDocumentEdit)
            if change.text_document.version != self.version:
                return types.ApplyWorkspaceEditResult(applied=False, failure_reason="another version")
            edits += change.edits
        self.text = apply(self.text, edits)
        self.version += 1
        return types.ApplyWorkspaceEditResult(applied=True)

    def _answer(self, params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        self.questions.append(params)
        return None if self.pick is None else (params.actions or [])[self.pick]

    def open(self, text: str) -> None:
        self.text, self.version = text, 1
        item = types.TextDocumentItem(URI, "markdown", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, text: str) -> None:
        """Replace the whole text."""
        self.text, self.version = text, self.version + 1
        changes: list[Any] = [types.TextDocumentContentChangeWholeDocument(text)]
        document = types.VersionedTextDocumentIdentifier(self.version, URI)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, changes))

    def place(self, offset: int) -> types.Position:
        before = re.split(r"\r\n|\n|\r", self.text[:offset])
        return types.Position(len(before) - 1, len(before[-1].encode("utf-16-le")) // 2)

    def range(self, start: int, end: int) -> types.Range:
        return types.Range(self.place(start), self.place(end))

    def position(self, offset: int) -> dict[str, Any]:
        return {"text_document": types.TextDocumentIdentifier(URI), "position": self.place(offset)}

    async def actions(self, start: int, end: int | None = None, **context: Any) -> dict[str, types.CodeAction]:
        """Code actions by title."""
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(URI),
            self.range(start, start if end is None else end),
            types.CodeActionContext([], **context),
        )
        found = await self.within(self.client.text_document_code_action_async(params))
        assert all(isinstance(action, types.CodeAction) for action in found or [])
        return {action.title: action for action in found or []}

    async def run(self, action: types.CodeAction) -> None:
        assert action.command is not None
        await self.execute(action.command.command, *(action.command.arguments or []))

    async def execute(self, command: str, *arguments: Any) -> None:
        params = types.ExecuteCommandParams(command, list(arguments))
        await self.within(self.client.workspace_execute_command_async(params))

    @property
    def progress(self) -> list[list[Any]]:
        return [reports for reports in self.client.progress_reports.values() if reports]

    @property
    def messages(self) -> list[str]:
        return [message.message for message in self.client.messages]

    @property
    def trace(self) -> list[str]:
        return self.trace_file.read_text("utf-8").splitlines() if self.trace_file.exists() else []

    async def ready(self) -> None:
        """Until the model is there, or an error."""

        async def wait() -> None:
            while (await self.client.protocol.send_request_async("llada/getStatus", {})).kind == "loading":
                await asyncio.sleep(0.01)

        await self.within(wait())

    async def until(self, condition: Callable[[], object]) -> None:
        async def wait() -> None:
            while not condition():
                await asyncio.sleep(0.01)

        await self.within(wait())

    @staticmethod
    async def within(work: Awaitable[Any]) -> Any:
        return await asyncio.wait_for(work, GUARD)

    async def quit(self) -> int:
        """Shut down in order; the exit code."""
        await self.within(self.client.shutdown_async(None))
        self.client.exit(None)
        return await self.ended()

    async def ended(self) -> int:
        assert self.client._server is not None
        code: int = await self.within(self.client._server.wait())
        return code


Start = Callable[..., Awaitable[Session]]


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a user's settings: not the one of whoever runs the tests."""
    folder = tmp_path / "settings of a user"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    monkeypatch.setenv("APPDATA", str(folder))
    return folder


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a server: by default the scripted one with the keywords of its script."""
    sessions: list[Session] = []

    async def begin(
        *command: str,
        gated: bool = False,
        options: Mapping[str, Any] | list[Any] | None = None,
        client: Mapping[str, Any] | None = None,
        **script: Any,
    ) -> Session:
        session = Session(make_test_lsp_client(), tmp_path / "trace.txt")
        sessions.append(session)
        script = {"patience": GUARD, **script}
        script |= {"trace": str(session.trace_file), "gate": str(session.gate) if gated else ""}
        arguments = command or (SCRIPTED, json.dumps(script))
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}
        await session.client.start_io(sys.executable, *arguments, env=environment)
        session.client.capabilities = capabilities(**(client or {}))
        params = types.InitializeParams(
            capabilities=session.client.capabilities, process_id=os.getpid(), initialization_options=options
        )
        session.initialized = await session.within(session.client.initialize_async(params))
        session.client.initialized(types.InitializedParams())
        return session

    yield begin
    for session in sessions:
        server = session.client._server
        if server is not None and server.returncode is None:
            await session.quit()
        # pygls has no types for this method.
        await session.client.stop()  # type: ignore[no-untyped-call]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with an untrained model of a few thousand weights, as `llada_edit.models.bundled` reads it."""
    import torch

    from llada_edit.models.bundled import save_bundled
    from llada_edit.models.encoder import Encoder, EncoderConfig
    from llada_edit.training.tokenizer import train_tokenizer

    folder = tmp_path_factory.mktemp("tiny")
    words = [f"{first}{second}" for first in "bdfgklmnprst" for second in ("ado", "ine", "urest", "all", "oth", "ey")]
    tokenizer = train_tokenizer([" ".join(words), "The committee accepted the proposal after a long debate."] * 3, 800)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    size = tokenizer.get_vocab_size()
    network = Encoder(EncoderConfig(size, width=16, layers=1, heads=2, feed_forward=16, max_positions=128))
    save_bundled(network, folder / "tokenizer.json", {}, folder / "model")
    yield folder / "model"
