"""How bytes come and go: standard input and output, one TCP client, or WebSocket clients one after the other.

Everything listens on the loopback interface unless it is told otherwise. Knows nothing of methods.
"""

from __future__ import annotations

import asyncio
import hmac
import http
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from llada_lsp.frames import MOST_BODY, BadFrame, Readable, read_frame

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

LOOPBACK = "127.0.0.1"
WATCH = 2.0
"""Seconds between two looks at whether the client's process is still there."""
RELOAD = 1.0
"""Seconds that a WebSocket client waits for the one before it to be gone."""


class Session(Protocol):
    """One client's server, as the transports see it."""

    def connect(self, writer: Any, headers: bool) -> None:
        """Write answers to `writer`, with or without header lines."""
        ...

    def receive(self, body: bytes | str) -> None:
        """Handle one message."""
        ...

    def disconnect(self) -> None:
        """The client is gone."""
        ...

    @property
    def over(self) -> asyncio.Future[int]:
        """Done with the exit code when the session has ended."""
        ...


class PlainWriter:
    """A blocking stream that is flushed after each message.

    Args:
        stream: where to write.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        """Write a message."""
        self._stream.write(data)
        self._stream.flush()

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


def serve_streams(session: Callable[[], Session], source: Readable, sink: BinaryIO) -> int:
    """Serve the client at the other end of two streams; the exit code.

    The reader has a thread of its own that is never waited for: it may hang in a read for ever.
    """

    async def run() -> int:
        loop = asyncio.get_running_loop()
        client = session()
        client.connect(PlainWriter(sink), headers=True)

        def read() -> None:
            try:
                while (body := read_frame(source)) is not None:
                    loop.call_soon_threadsafe(client.receive, body)
            except (BadFrame, OSError, ValueError) as problem:
                print(f"llada-lsp: the client sends {problem}; this session is over", file=sys.stderr, flush=True)
            with suppress(RuntimeError):  # the loop has been closed
                loop.call_soon_threadsafe(client.disconnect)

        threading.Thread(target=read, name="llada-edit reader", daemon=True).start()
        return await client.over

    return asyncio.run(run())


def serve_tcp(session: Callable[[], Session], port: int, host: str = LOOPBACK) -> int:
    """Serve the first client on a port; later ones are refused."""
    with socket.create_server((host, port)) as listener:
        print(f"llada-lsp: waiting on {host}:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
    with connection:
        return serve_streams(session, connection.makefile("rb"), connection.makefile("wb"))


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


def serve_ws(session: Callable[[], Session], port: int, door: Door, host: str = LOOPBACK) -> int:
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


async def _converse(client: Session, connection: Any) -> None:
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


def claim_stdout() -> BinaryIO:
    """Standard output for the protocol alone: from now on, all that libraries write there goes to stderr."""
    sys.stdout.flush()
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private


def watch(process: int) -> None:
    """End this process some time after another one has ended: not every client that dies closes its pipes."""
    if sys.platform == "win32":
        return  # asking there whether a process lives would end it

    def look() -> None:
        while _alive(process):
            time.sleep(WATCH)
        leave(1)

    threading.Thread(target=look, name="llada-edit watch", daemon=True).start()


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, and not ours
    return True


def leave(code: int) -> None:
    """End the process now: a thread inside torch cannot be interrupted, and must not be waited for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
