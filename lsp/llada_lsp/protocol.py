"""pygls' protocol, with what it gets wrong put right: cancelling, shutting down, leaving, and logging.

Each override names the behaviour of pygls 2.1 that it replaces.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from llada_lsp.documents import OpenDocuments


class Protocol(LanguageServerProtocol):
    """The protocol of one session."""

    on_exit: Callable[[], None] | None = None

    def documents(self) -> OpenDocuments:
        """The open documents."""
        workspace = self.workspace
        assert isinstance(workspace, OpenDocuments)  # lsp_initialize has put it there
        return workspace

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """As pygls, but the workspace splits lines as the protocol says."""
        result = yield from super().lsp_initialize(params)
        self._workspace = OpenDocuments(
            params.root_uri,
            self._server._text_document_sync_kind,
            params.workspace_folders or [],
            result.capabilities.position_encoding,
        )
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """As pygls, which cancels requests while it iterates over the dictionary that they remove themselves from."""
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield handler, args, None
        for msg_id, future in list(self._request_futures.items()):
            if msg_id != self.msg_id:
                future.cancel()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> Generator[Any, Any, None]:
        """Leave at once with the exit code of the specification; pygls waits for its threads and always gives 0."""
        if self.on_exit is not None:
            self.on_exit()
        leave(0 if self._shutdown else 1)
        yield  # never reached: it makes this a generator, as what it overrides

    def _send_data(self, data: Any) -> None:
        """As pygls; a client that has hung up is no error, its end of input ends the session."""
        with suppress(BrokenPipeError, ConnectionError):
            super()._send_data(data)


def leave(code: int) -> None:
    """End the process now: a thread inside torch cannot be interrupted, and must not be waited for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


class Discreet(logging.Formatter):
    """Log lines without what the client wrote: the message before its values are put in, and where an error arose."""

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        text = f"{record.levelname.lower()}: {record.name}: {record.msg}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f"\n{frames_of(record.exc_info[1])}"
        return text


def frames_of(error: BaseException) -> str:
    """Type of an error and the code it came through, without its message, which may quote the document."""
    return "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])


def log_discreetly() -> None:
    """Send warnings to stderr in the form of `Discreet`; no text of a document ever goes there."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet())
    for name in ("pygls", "llada_lsp"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.WARNING)
