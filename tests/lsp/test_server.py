"""The server as a process: what it offers, how it starts, and what it says of errors."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

GUARD = 180.0
Start = Callable[..., Awaitable[Any]]
LINE = "😀 Caf\u0065\u0301 [?verb: 1-3 words]\u2028the 漢字 [?].\r\nAnother \u0085line\x0c.\r"


async def test_it_answers_before_the_model_is_there(start: Start) -> None:
    session = await start(load_pause=3600)
    assert session.initialized is not None
    provided = session.initialized.capabilities
    assert provided.hover_provider and provided.completion_provider and provided.code_action_provider
    assert provided.execute_command_provider is not None
    assert {"lladaEdit.fill", "lladaEdit.cancel"} <= set(provided.execute_command_provider.commands)
    assert session.initialized.server_info is not None and session.initialized.server_info.name == "llada-edit"
    session.open(LINE)
    assert "Fill this hole" in await session.actions(LINE.index("[?]"))
    await session.until(lambda: session.trace)
    await session.until(lambda: session.client.progress_reports)  # "Loading the model"
    assert await session.quit() == 0


async def test_settings_that_come_while_the_model_loads_are_no_error(start: Start) -> None:
    session = await start(load_pause=0.5)
    for seed in range(5):
        session.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"seed": seed}))
    session.open(LINE)
    await session.run((await session.actions(LINE.index("[?]")))["Fill this hole"])  # waits for the model
    await session.until(lambda: session.applied)
    assert session.messages == []


async def test_another_marker(start: Start) -> None:
    session = await start(options={"marker": "{{"})
    assert session.initialized is not None and session.initialized.capabilities.completion_provider is not None
    assert session.initialized.capabilities.completion_provider.trigger_characters == ("}",)
    session.open("a [?] {{b}} c")
    await session.run((await session.actions(8))["Fill this hole"])
    await session.until(lambda: session.applied)
    assert session.text.startswith("a [?] ") and session.text.endswith(" c") and "{{" not in session.text


async def test_wrong_options_are_one_message_and_the_defaults(start: Start) -> None:
    session = await start(options={"n": 99, "device": 7, "colour": "red"})
    await session.until(lambda: session.trace and session.messages)
    assert session.trace[0] == "load Engine(model='bundled', device='auto', dtype='auto', threads=0)"
    (message,) = session.messages
    assert "n is 99; give 1 to 8" in message and "device is 7" in message and "'colour' is no option" in message


@pytest.mark.parametrize("kind", ["error", "failure", "bug"])
async def test_an_error_is_a_message_and_the_server_lives(
    start: Start, kind: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    session = await start(**{kind: "no model \n here"})
    session.open("secretword [?]")
    if kind == "error":
        await session.until(lambda: session.messages)
    ask = types.HoverParams(**session.position(2))
    for _ in range(1000):  # until it is known what the model is good at, a hover says that it loads
        if await session.within(session.client.text_document_hover_async(ask)) is None:
            break
        await asyncio.sleep(0.05)
    assert await session.within(session.client.text_document_hover_async(ask)) is None
    assert len(session.messages) == 1  # a hover says it once
    await session.run((await session.actions(12))["Fill this hole"])
    await session.until(lambda: len(session.messages) == 2)
    expected = "internal error (RuntimeError); the server's log says where" if kind == "bug" else "no model here"
    assert session.messages == [f"llada-edit: {expected}"] * 2
    assert await session.quit() == 0
    await session.client.stop()
    assert b"secretword" not in capfdbinary.readouterr().err


async def test_bad_requests_are_answered(start: Start, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    session = await start()
    session.open("secretword [?]")
    for arguments in ([], [{}], [1], [{"uri": "a"}, 2], [{"uri": session.uri, "ranges": "secretword"}]):
        with pytest.raises(JsonRpcInvalidParams):
            await session.execute("lladaEdit.fill", *arguments)
    whole = {"start": {"line": 0, "character": 11}, "end": {"line": 0, "character": 14}}
    blank = {"start": {"line": 0, "character": 10}, "end": {"line": 0, "character": 11}}
    part = {"start": whole["start"], "end": {"line": 0, "character": 12}}
    wrong: dict[str, Any]
    for wrong in ({"uri": "file:///else"}, {"n": 0}, {"op": "reword", "ranges": [blank]}, {"ranges": [whole, part]}):
        command = "lladaEdit.rewrite" if "op" in wrong else "lladaEdit.fill"
        await session.execute(command, {"uri": session.uri, "version": 1, "ranges": [whole], **wrong})
    await session.until(lambda: len(session.messages) == 4)
    said = "\n".join(session.messages)
    assert "not open" in said and "n is 0" in said and "nothing to rewrite" in said and "overlap" in said
    assert not await session.actions(0, only=["source"])
    assert session.text == "secretword [?]" and not session.applied
    assert await session.quit() == 0
    await session.client.stop()
    assert b"secretword" not in capfdbinary.readouterr().err


def test_no_module_imports_torch() -> None:
    code = (
        "import sys, pkgutil, importlib, llada_lsp, llada_edit.cli.lsp\n"
        "names = [m.name for m in pkgutil.walk_packages(llada_lsp.__path__, 'llada_lsp.')]\n"
        "assert len(names) > 30, names\n"
        "[importlib.import_module(name) for name in names]\n"
        "sys.exit(bool({'torch', 'transformers', 'numpy', 'tokenizers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=GUARD).returncode == 0
