"""pygls' protocol, with what it gets wrong put right: messages nobody can read, cancelling, shutting down, leaving.

Each override names the behaviour of pygls 2.1 that it replaces.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from llada_edit.errors import LladaEditError
from llada_lsp.client import believe
from llada_lsp.documents import OpenDocuments
from llada_lsp.frames import BadMessage, parse
from llada_lsp.logs import frames_of
from llada_lsp.methods import METHODS

NOT_INITIALIZED = -32002
INVALID_REQUEST = -32600
INVALID_PARAMS = -32602

logger = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """The protocol of one session.

    Attributes:
        on_exit: called with the exit code at the end of the session.
        on_cancel: called with the id that a client cancels, before the request itself is.
        extend: gets the answer to `initialize` before the client does.
    """

    on_exit: Callable[[int], None] | None = None
    on_cancel: Callable[[int | str], None] | None = None
    extend: Callable[[types.InitializeResult], None] | None = None

    def documents(self) -> OpenDocuments:
        """The open documents."""
        workspace = self.workspace
        assert isinstance(workspace, OpenDocuments)  # lsp_initialize has put it there
        return workspace

    @property
    def initialized(self) -> bool:
        """Whether a client has introduced itself."""
        return self._workspace is not None

    # pygls keeps its answers in a cache, so that its method is an object of another type.
    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        """As pygls, and our own methods; pygls would pass on a named tuple."""
        return METHODS[method].message if method in METHODS else super().get_message_type(method)

    def receive(self, body: bytes | str) -> None:
        """Handle one body, whatever is in it; every request gets an answer, which pygls forgets for unreadable ones."""
        id_: int | str | None = None
        try:
            data = parse(body)
            id_ = data.get("id") if "method" in data else None
            if self._out_of_turn(data, id_):
                return
            message = self._structured(data)
        except BadMessage as bad:
            if bad.id is not None or id_ is not None or bad.code != INVALID_REQUEST:
                self._refuse(bad.id, bad.code, bad.reason)
            logger.warning(f"a message was refused: {bad.reason}")
        else:
            self.handle_message(message)

    def _structured(self, data: dict[str, Any]) -> Any:
        """The typed message; pygls structures every object inside a message that has a key "jsonrpc" as well."""
        if "method" not in data and data["id"] not in self._request_futures:
            raise BadMessage(INVALID_REQUEST, "an answer that nobody has asked for")
        try:
            return self.structure_message(data)
        except Exception as error:
            reason = f"the params of {data.get('method', 'an answer')!s:.60} do not fit ({type(error).__name__})"
            if "method" not in data:
                self._fail(data["id"], reason)
            raise BadMessage(INVALID_PARAMS if "id" in data else INVALID_REQUEST, reason, data.get("id")) from None

    def _fail(self, id_: int | str, reason: str) -> None:
        """An answer to us that cannot be read ends what waits for it, instead of letting it wait for ever."""
        future = self._request_futures.pop(id_, None)
        if future is not None and not future.done():
            future.set_exception(JsonRpcException(reason, INVALID_REQUEST))

    def _out_of_turn(self, data: dict[str, Any], id_: int | str | None) -> bool:
        """Whether a message comes before `initialize`, twice, or after `shutdown`; requests are told so."""
        method = data.get("method")
        if method is None or method == types.EXIT:
            return False
        if self._shutdown:
            code, reason = INVALID_REQUEST, "the session is shut down"
        elif self.initialized and method == types.INITIALIZE:
            code, reason = INVALID_REQUEST, "the session is initialized already"
        elif not self.initialized and method != types.INITIALIZE:
            code, reason = NOT_INITIALIZED, "the session is not initialized"
        elif id_ is not None and id_ in self._request_futures:
            code, reason = INVALID_REQUEST, "the id is in use"
        else:
            return False
        if id_ is not None:
            self._refuse(id_, code, reason)
        return True

    def _refuse(self, id_: int | str | None, code: int, reason: str) -> None:
        self._send_data({"jsonrpc": "2.0", "id": id_, "error": {"code": code, "message": reason}})

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """As pygls, but the workspace splits lines as the protocol says, and the answer can be extended."""
        believe(params, self._converter)
        result = yield from super().lsp_initialize(params)
        self._workspace = OpenDocuments(
            params.root_uri,
            self._server._text_document_sync_kind,
            params.workspace_folders or [],
            result.capabilities.position_encoding,
        )
        if self.extend is not None:
            self.extend(result)
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
        """Say that the session is over, with the exit code of the specification; pygls waits for its threads."""
        if self.on_exit is not None:
            self.on_exit(0 if self._shutdown else 1)
        yield from ()

    def _handle_cancel_notification(self, msg_id: int | str) -> None:
        """As pygls, and work that goes on after its request was answered is cancelled, too."""
        if self.on_cancel is not None:
            self.on_cancel(msg_id)
        if msg_id in self._request_futures:
            super()._handle_cancel_notification(msg_id)

    def _send_handler_result(self, future: Any, *, msg_id: int | str) -> None:
        """As pygls, which writes a traceback and shows a message for every answer that is an error on purpose."""
        self._request_futures.pop(msg_id, None)
        error = None if future.cancelled() else future.exception()
        if future.cancelled():
            self._refuse(msg_id, types.LSPErrorCodes.RequestCancelled.value, "the request was cancelled")
        elif error is None:
            self._send_response(msg_id, result=future.result())
        elif isinstance(error, JsonRpcException):
            self._refuse(msg_id, error.code, error.message)
        elif isinstance(error, LladaEditError):
            self._refuse(msg_id, types.LSPErrorCodes.RequestFailed.value, one_line(error))
        else:
            logger.warning(f"internal error\n{frames_of(error)}")
            self._refuse(msg_id, types.ErrorCodes.InternalError.value, f"internal error ({type(error).__name__})")

    def _send_data(self, data: Any) -> None:
        """As pygls, which takes a client that has hung up for an error: its end of input ends the session."""
        if self.writer is None:
            return
        body = json.dumps(data, default=self._serialize_message).encode()
        if self._include_headers:
            body = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        with suppress(OSError, ValueError):  # ValueError: the stream is closed already
            self.writer.write(body)


def one_line(error: LladaEditError) -> str:
    """What an error says, without line breaks."""
    return " ".join(str(error.args[0] if error.args else error).split())
