"""TCP and WebSocket: one client, a token, and the end of a session; and a client that dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

GUARD = 180.0
SCRIPTED = str(Path(__file__).parents[1] / "scripted_server.py")
INITIALIZE = {"capabilities": {}, "processId": None}


@contextmanager
def serving(trace: Path, **ways: Any) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server that listens, and the address that it names on stderr."""
    script = json.dumps({"trace": str(trace), "serve": ways})
    with subprocess.Popen([sys.executable, SCRIPTED, script], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            yield process, process.stderr.readline().decode().split()[-1]
        finally:
            process.kill()


def message(id_: int | None, method: str, params: Any = None) -> str:
    made = {"jsonrpc": "2.0", "method": method, **({} if id_ is None else {"id": id_})}
    return json.dumps(made if params is None else {**made, "params": params})


async def ask(connection: Any, id_: int, method: str, params: Any = None) -> Any:
    await connection.send(message(id_, method, params))
    while True:
        answer = json.loads(await asyncio.wait_for(connection.recv(), GUARD))
        if answer.get("id") == id_:
            return answer


async def admitted(address: str) -> Any:
    """A connection; where the session before is not quite over, another try, for which the server waits a second."""
    for _ in range(int(GUARD)):
        try:
            return await connect(address)
        except InvalidStatus as refused:
            assert refused.response.status_code == 503
    raise AssertionError("the session before never ends")


async def test_web_socket(tmp_path: Path) -> None:
    with serving(tmp_path / "trace", ws=0, token="secret") as (process, address):
        assert address.startswith("ws://127.0.0.1:") and address.endswith("/secret")
        for wrong in ("", "secre", "secret2", "secret/", "%73ecret"):
            with pytest.raises(InvalidStatus, match="403"):
                await connect(address.replace("/secret", f"/{wrong}"))
        for session in range(2):  # one after the other, as when a page is loaded again
            async with await admitted(address) as first:
                result = await ask(first, 1, "initialize", INITIALIZE)
                assert result["result"]["serverInfo"]["name"] == "llada-edit"
                with pytest.raises(InvalidStatus, match="503"):
                    await connect(address)
                await first.send("{")
                answer = json.loads(await asyncio.wait_for(first.recv(), GUARD))
                assert answer["error"]["code"] == -32700
                await first.send(message(None, "initialized", {}))
                if session == 0:
                    await ask(first, 2, "shutdown")
                    await first.send(message(None, "exit"))
                    await asyncio.wait_for(first.wait_closed(), GUARD)
        big = await admitted(address)
        with suppress(ConnectionClosed):
            await big.send(" " * ((32 << 20) + 1))
        await asyncio.wait_for(big.wait_closed(), GUARD)
        async with await admitted(address) as last:
            assert "result" in await ask(last, 1, "initialize", INITIALIZE)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(GUARD) == 130


def test_tcp_takes_one_client(tmp_path: Path) -> None:
    with serving(tmp_path / "trace", tcp=0) as (process, address):
        host, port = address.split(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port)), GUARD) as client:
            body = message(1, "initialize", INITIALIZE).encode()
            client.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            assert client.recv(15) == b"Content-Length:"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((host, int(port)), GUARD)
        assert process.wait(GUARD) == 1  # hung up without exit


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for way in ("--tcp", "--ws"):
            command = [sys.executable, "-m", "llada_lsp", way, port]
            result = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)
            assert result.returncode == 2 and "choose another port" in result.stderr
            assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="asking there whether a process lives would end it")
def test_a_client_that_dies_and_leaves_its_pipes_open(tmp_path: Path) -> None:
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    script = json.dumps({"trace": str(tmp_path / "trace"), "load_pause": 3600})
    read, write = os.pipe()
    server = subprocess.Popen([sys.executable, SCRIPTED, script], stdin=read, stdout=subprocess.PIPE)
    body = message(1, "initialize", {"capabilities": {}, "processId": client.pid}).encode()
    os.write(write, b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    assert server.stdout is not None and server.stdout.readline().startswith(b"Content-Length")
    client.kill()
    client.wait()
    assert client.stdin is not None
    client.stdin.close()
    assert server.wait(GUARD) == 1
    server.stdout.close()
    os.close(read)
    os.close(write)
