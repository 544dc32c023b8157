"""How a server process ends, whoever ends it."""

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
from lsprotocol import types

GUARD = 180.0
SCRIPTED = str(Path(__file__).with_name("scripted_server.py"))
Start = Callable[..., Awaitable[Any]]


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
        reached = "step 0" if state == "computing" else "load"
        await session.until(lambda: any(line.startswith(reached) for line in session.trace))
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
