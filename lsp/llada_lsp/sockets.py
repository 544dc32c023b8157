"""WebSocket clients one after the other, behind a door that says who comes in. Knows nothing of methods."""

from __future__ import annotations

import asyncio
import hmac
import http
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from llada_lsp.frames import MOST_BODY
from llada_lsp.transport import LOOPBACK, Endpoint

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

RELOAD = 1.0
"""Seconds that a WebSocket client waits for the one before it to be gone."""


class Door(Protocol):
    """Who may come in at a port that any page in a browser can reach."""

    def announce(self, host: str, port: int) -> None:
        """Say where clients are waited for."""
        ...

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What is answered instead of opening a socket; None opens it."""
        ...

    def busy(self, connection: ServerConnection) -> Response | None:
        """What the second client is answered; None opens its socket and closes it with the reason."""
        ...


class TokenDoor:
    """A token, which is the path of the address, ``ws://127.0.0.1:PORT/TOKEN``.

    Args:
        token: what a client has to know.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def announce(self, host: str, port: int) -> None:
        """See `Door`."""
        print(f"llada-lsp: waiting on ws://{host}:{port}/{self._token}", file=sys.stderr, flush=True)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """See `Door`."""
        path = urlsplit(request.path).path.removeprefix("/")
        if hmac.compare_digest(path.encode(), self._token.encode()):
            return None
        return connection.respond(http.HTTPStatus.FORBIDDEN, "the token is wrong\n")

    def busy(self, connection: ServerConnection) -> Response | None:
        """See `Door`."""
        return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "another client is connected\n")


def serve_ws(session: Callable[[], Endpoint], port: int, door: Door, host: str = LOOPBACK) -> int:
    """Serve WebSocket clients on a port, one at a time, until the process is interrupted.

    One message of JSON-RPC is one text message, without header lines.

    Raises:
        OSError: the port is taken.
    """
    from websockets.asyncio.server import serve

    free = asyncio.Event()
    free.set()

    async def admit(connection: ServerConnection, request: Request) -> Response | None:
        if (response := door.answer(connection, request)) is not None:
            return response
        with suppress(TimeoutError):  # a page that is loaded again comes back before its old socket is closed
            await asyncio.wait_for(free.wait(), RELOAD)
        return None if free.is_set() else door.busy(connection)

    async def handle(connection: ServerConnection) -> None:
        if not free.is_set():
            await connection.close(1013, "another client is connected")
            return
        free.clear()
        try:
            await _converse(session(), connection)
        finally:
            free.set()

    async def run() -> int:
        async with serve(handle, host, port, process_request=admit, max_size=MOST_BODY, compression=None) as server:
            door.announce(host, next(iter(server.sockets)).getsockname()[1])
            await server.serve_forever()
        return 0

    return asyncio.run(run())


async def _converse(client: Endpoint, connection: Any) -> None:
    from websockets.exceptions import ConnectionClosed

    writer = _Queue()
    client.connect(writer, headers=False)

    async def read() -> None:
        with suppress(ConnectionClosed):
            async for message in connection:
                client.receive(message)

    tasks = [asyncio.ensure_future(read()), asyncio.ensure_future(writer.drain(connection))]
    ends: list[asyncio.Future[Any]] = [*tasks, client.over]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    client.disconnect()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await connection.close()


class _Queue:
    """A writer whose messages go out in order."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def write(self, data: bytes) -> None:
        """Queue a message."""
        self._queue.put_nowait(data.decode())

    def close(self) -> None:
        """Nothing to do: the connection is closed by who opened it."""

    async def drain(self, connection: Any) -> None:
        """Send what is queued, for ever."""
        while True:
            await connection.send(await self._queue.get())
