"""The server as a process: what it offers, fills, refuses, stops and survives."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from llada_lsp.features import offers
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled

GUARD = 60.0
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))
Start = Callable[..., Awaitable[Any]]
LINE = "😀 Caf\u0065\u0301 [?verb: 1-3 words]\u2028the 漢字 [?].\r\nAnother \u0085line\x0c.\r"
CHANGED = "the text has changed meanwhile"


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


async def test_filling_a_hole_changes_nothing_else(start: Start) -> None:
    session = await start(gated=True)
    session.open(LINE)
    await session.run((await session.actions(LINE.index("[?]")))["Fill this hole"])
    await session.until(lambda: any("Fill 1 place" in str(reports[0]) for reports in progress(session)))
    session.gate.touch()
    await session.until(lambda: session.applied)
    assert session.text == LINE.replace("[?]", "filling 0 of 1/2")  # denoised together with the other hole
    (edit,) = session.applied
    assert edit.edit.document_changes and not edit.edit.changes and edit.label == "Fill 1 place"
    await session.until(lambda: any("Fill" in str(r[0]) and "done" in str(r[-1]) for r in progress(session)))
    assert session.messages == []


def progress(session: Any) -> list[list[Any]]:
    return [reports for reports in session.client.progress_reports.values() if reports]


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


async def test_cancelling_a_request_stops_the_denoising(start: Start) -> None:
    session = await start(steps=100_000, pause=0.02)
    session.open("a [?] b")
    send = session.client.protocol.send_request_async
    params = types.CompletionParams(**session.position(3))
    request = asyncio.ensure_future(send(types.TEXT_DOCUMENT_COMPLETION, params, msg_id="cancel-me"))
    await session.until(lambda: "step 2" in session.trace)
    session.client.cancel_request(types.CancelParams("cancel-me"))
    with pytest.raises(JsonRpcRequestCancelled):
        await session.within(request)
    seen = len(session.trace)
    await session.until(lambda: session.trace[-1] == "closed")
    assert len(session.trace) <= seen + 2  # one more step at most, and "closed"


@pytest.mark.parametrize("how", ["progress", "command"])
async def test_cancelling_a_fill(start: Start, how: str) -> None:
    session = await start(steps=100_000, pause=0.02)
    session.open("a [?] b")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: any(len(reports) > 1 and "step" in str(reports[-1]) for reports in progress(session)))
    if how == "progress":
        token = list(session.client.progress_reports)[-1]
        session.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    else:
        await session.execute("lladaEdit.cancel")
    await session.until(lambda: session.trace[-1] == "closed")
    await session.until(lambda: any("cancelled" in str(reports[-1]) for reports in progress(session)))
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


async def test_a_hover_over_a_text_that_changes_is_no_error(start: Start) -> None:
    session = await start(gated=True)
    session.open("We thank you.")
    asked = asyncio.ensure_future(session.client.text_document_hover_async(types.HoverParams(**session.position(4))))
    await session.until(lambda: any(line.startswith("alternatives") for line in session.trace))
    session.change("We thank you all.")
    session.gate.touch()
    assert await session.within(asked) is None


async def test_hover(start: Start) -> None:
    session = await start()
    session.open("😀 We accepted it [?x: 2 words]")
    ask = session.client.text_document_hover_async
    hover = await session.within(ask(types.HoverParams(**session.position(8))))
    assert hover.range == session.range(5, 13)
    assert hover.contents.value.count("\n|") == 7 and r"| a\|b\* | 17 % |" in hover.contents.value
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
    assert session.trace[0] == "load Engine(model='bundled', device='auto', threads=0)"
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


async def test_a_client_that_takes_no_edits(start: Start) -> None:
    session = await start(client=dict(apply=False))
    session.open("a [?] b")
    await session.run((await session.actions(2))["Fill this hole"])
    await session.until(lambda: session.messages)
    assert "takes no edits" in session.messages[0] and not session.applied


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


@pytest.mark.parametrize("state", ["loading", "computing", "choosing", "idle"])
async def test_shutting_down_in_every_state(start: Start, state: str) -> None:
    session = await start(
        load_pause=3600 if state == "loading" else 0, steps=3, pause=3600 if state == "computing" else 0
    )
    session.open("a [?] b")
    actions = await session.actions(2)
    if state == "choosing":
        asked = asyncio.Event()

        async def never(params: types.ShowMessageRequestParams) -> None:
            asked.set()
            await asyncio.sleep(3600)

        session.client.protocol.fm.features.pop(types.WINDOW_SHOW_MESSAGE_REQUEST)
        session.client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(never)
        await session.run(actions["Choose a filling for this hole…"])
        await session.within(asked.wait())
        session.client.protocol._request_futures.clear()  # nobody answers, not even at the end
    elif state != "idle":
        await session.run(actions["Fill this hole"])
        await session.until(lambda: any("step" in line or "load" in line for line in session.trace))
    assert await session.quit() == 0


async def test_exit_without_shutdown_is_an_error(start: Start) -> None:
    session = await start()
    session.client.exit(None)
    assert await session.ended() == 1


def framed(method: str, id_: int | None = None, params: Any = None) -> bytes:
    message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id_ is None else {"id": id_})
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_a_client_that_is_gone_ends_the_server(tmp_path: Path) -> None:
    script = json.dumps({"trace": str(tmp_path / "trace"), "load_pause": 3600})
    data = framed("initialize", 1, {"capabilities": {}, "processId": None}) + framed("initialized", None, {})
    result = subprocess.run([sys.executable, SCRIPTED, script], input=data, capture_output=True, timeout=GUARD)
    assert result.returncode == 1 and b"Traceback" not in result.stderr
    assert (
        b"noise of" not in result.stdout
        and b"noise from" not in result.stdout
        and result.stdout.startswith(b"Content-Length: ")
    )


def test_one_client_over_a_loopback_port() -> None:
    command = [sys.executable, "-m", "llada_lsp", "--tcp", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server:
        assert server.stderr is not None
        address = ("127.0.0.1", int(server.stderr.readline().rpartition(b":")[2]))
        with socket.create_connection(address, GUARD) as client, client.makefile("rb") as answers:
            client.sendall(framed("initialize", 1, {"capabilities": {}, "processId": None}))
            length = int(answers.readline().removeprefix(b"Content-Length: "))
            while answers.readline().strip():
                pass
            assert json.loads(answers.read(length))["result"]["serverInfo"]["name"] == "llada-edit"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address, GUARD)
            client.sendall(framed("shutdown", 2) + framed("exit"))
            assert server.wait(GUARD) == 0


def test_no_module_imports_torch() -> None:
    code = (
        "import sys, pkgutil, importlib, llada_lsp, llada_edit.cli.lsp\n"
        "names = [m.name for m in pkgutil.walk_packages(llada_lsp.__path__, 'llada_lsp.')]\n"
        "assert len(names) > 30, names\n"
        "[importlib.import_module(name) for name in names]\n"
        "sys.exit(bool({'torch', 'transformers', 'numpy', 'tokenizers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=GUARD).returncode == 0
