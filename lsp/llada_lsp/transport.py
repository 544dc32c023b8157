"""How bytes come and go: standard input and output, or one TCP client; `sockets` has the WebSocket clients.

Everything listens on the loopback interface unless it is told otherwise. Knows nothing of methods.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Protocol

from llada_lsp.frames import BadFrame, Readable, read_frame

LOOPBACK = "127.0.0.1"
WATCH = 2.0
"""Seconds between two looks at whether the client's process is still there."""


class Endpoint(Protocol):
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


def serve_streams(session: Callable[[], Endpoint], source: Readable, sink: BinaryIO) -> int:
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


def serve_tcp(session: Callable[[], Endpoint], port: int, host: str = LOOPBACK) -> int:
    """Serve the first client on a port; later ones are refused."""
    with socket.create_server((host, port)) as listener:
        print(f"llada-lsp: waiting on {host}:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
        connection, _ = listener.accept()
    with connection:
        return serve_streams(session, connection.makefile("rb"), connection.makefile("wb"))


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
