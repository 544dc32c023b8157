"""How a server speaks to its client: messages, errors in one line, what it asks the client to ask for again.

Knows nothing of documents, models or work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter

from llada_edit import __version__
from llada_edit.errors import LladaEditError
from llada_lsp import methods
from llada_lsp.client import Client
from llada_lsp.logs import frames_of
from llada_lsp.protocol import Protocol, one_line

logger = logging.getLogger(__name__)


_CELLS = types.NotebookDocumentFilterWithCells([types.NotebookCellLanguage("markdown")])
"""The cells of notebooks that are prose."""


class Speaker(LanguageServer):
    """A server with a voice, and nothing to say yet."""

    def __init__(self) -> None:
        def converter() -> Any:
            # pygls has no types for this function.
            made = default_converter()  # type: ignore[no-untyped-call]
            methods.register(made)
            return made

        super().__init__(
            "llada-edit",
            __version__,
            notebook_document_sync=types.NotebookDocumentSyncOptions([_CELLS]),
            protocol_cls=Protocol,
            converter_factory=converter,
        )
        self.client = Client()
        self._said: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def rpc(self) -> Protocol:
        """The protocol, by its own type."""
        return cast(Protocol, self.protocol)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run something beside the requests; an error in it becomes a message."""
        task = asyncio.ensure_future(self._guarded(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step has never looked at what it was to do.
        task.add_done_callback(lambda _: coroutine.close())

    async def _guarded(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        try:
            await coroutine
        except Exception as error:
            self.complain(error)

    def say(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(kind, f"llada-edit: {message}"))

    def log(self, message: str) -> None:
        """Put a line into the client's log; nothing of a document may stand in it."""
        self.window_log_message(types.LogMessageParams(types.MessageType.Log, message))

    def follow(self, message: str, more: str) -> None:
        """Tell a client that traces what is done, without any text of a document; verbosely, some more."""
        if self.rpc.trace is not types.TraceValue.Off:
            verbose = more if self.rpc.trace is types.TraceValue.Verbose else None
            self.log_trace(types.LogTraceParams(message, verbose))

    def complain(self, error: Exception, *, again: bool = True) -> None:
        """Show an error in one line.

        Args:
            error: one of llada-edit says what to do; of others only the type is shown, and where they arose is logged.
            again: False keeps quiet about what was already said: a hover must not nag.
        """
        if isinstance(error, LladaEditError):
            text = one_line(error)
        else:
            text = f"internal error ({type(error).__name__}); the server's log says where"
            logger.warning(f"internal error\n{frames_of(error)}")
        if again or text not in self._said:
            self.say(text, types.MessageType.Error)
        self._said.add(text)

    def refresh(self, *what: str) -> None:
        """Have the client ask again for lenses, hints, tokens or diagnostics, if it can be told so."""
        requests: dict[str, Callable[..., Any]] = {
            "codeLens": self.workspace_code_lens_refresh_async,
            "inlayHint": self.workspace_inlay_hint_refresh_async,
            "semanticTokens": self.workspace_semantic_tokens_refresh_async,
            "diagnostics": self.workspace_diagnostic_refresh_async,
        }
        for name in what:
            if name in self.client.refreshes:
                self.spawn(_told(requests[name](None)))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Only log: pygls would show every error to the user, even to one who is gone."""
        logger.warning(f"{getattr(source, '__name__', 'error')}: {type(error).__name__}")


async def _told(request: Any) -> None:
    with suppress(JsonRpcException):
        await request
