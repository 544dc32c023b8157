"""One server with everything that it offers: the life of a session, and all features."""

from __future__ import annotations

import importlib
import pkgutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.markup import closing_of
from llada_lsp import features, methods
from llada_lsp.documents import OpenDocuments
from llada_lsp.features import diagnostics, opening, preview
from llada_lsp.operations import Rewriting
from llada_lsp.server import Server
from llada_lsp.settings.files import NAMES
from llada_lsp.settings.reading import SECTION
from llada_lsp.wire import plain
from llada_lsp.worker import Worker

if TYPE_CHECKING:
    from llada_edit.editor import Editor


def create_server(worker: Worker[Editor], rewriting: Rewriting, *, watching: bool = False) -> Server:
    """A server with all its handlers.

    Args:
        worker: does the work.
        rewriting: knows the operations.
        watching: whether to end with the process that the client names.
    """
    server = Server(worker, rewriting, watching=watching)
    handlers: dict[str, Callable[..., Any]] = {
        types.INITIALIZE: _initialize,
        types.INITIALIZED: _initialized,
        types.SHUTDOWN: _shutdown,
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: _configured,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: _files_changed,
    }
    for method, handler in handlers.items():
        server.feature(method)(handler)
    for register in _registers():
        register(server)
    server.rpc.extend = lambda result: _extend(server, result)
    return server


def _registers() -> Iterator[Callable[[Server], None]]:
    """What adds the handlers of each module of features that has some, in the order of their names."""
    for found in pkgutil.iter_modules(features.__path__):
        module = importlib.import_module(f"{features.__name__}.{found.name}")
        if hasattr(module, "register"):
            yield module.register


def _initialize(ls: Server, params: types.InitializeParams) -> None:
    ls.introduce(params)
    # The last sign of the markup: whoever closes a hole is shown what could stand there.
    closing = closing_of(ls.settings.marker)[-1]
    options = ls.protocol.fm.feature_options[types.TEXT_DOCUMENT_COMPLETION]
    options.trigger_characters = [closing]


def _extend(ls: Server, result: types.InitializeResult) -> None:
    """What pygls has no words for."""
    workspace = result.capabilities.workspace
    if workspace is not None and ls.client.content:
        workspace.text_document_content = types.TextDocumentContentOptions([preview.SCHEME])
    if not ls.client.pulls_diagnostics:
        result.capabilities.diagnostic_provider = None
    result.capabilities.experimental = {
        SECTION: {"version": methods.SURFACE, "methods": sorted(methods.METHODS), "joint": True, "strength": True}
    }
    documents: OpenDocuments = ls.rpc.documents()
    documents.on_change = lambda uri, span, text: opening.changing(ls, uri, span, text)


def _initialized(ls: Server, params: types.InitializedParams) -> None:
    ls.spawn(_begin(ls))


async def _begin(ls: Server) -> None:
    if ls.client.asks_settings:
        await _ask_settings(ls)
    await _watch(ls)
    await ls.load()


async def _ask_settings(ls: Server) -> None:
    """Ask for the editor's settings; what it does not answer leaves the options in force."""
    params = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
    with suppress(JsonRpcException):
        answer = await ls.workspace_configuration_async(params)
        ls.choices.answer(plain(answer[0]) if answer else None)


async def _watch(ls: Server) -> None:
    """Ask to be told of new settings, where the client lets itself be asked."""
    wanted = []
    if ls.client.registers_settings:
        options: Any = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        wanted.append(types.Registration(str(uuid.uuid4()), types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
    if ls.client.watches:
        patterns = [types.FileSystemWatcher(f"**/{name}") for name in NAMES]
        options = types.DidChangeWatchedFilesRegistrationOptions(patterns)
        wanted.append(types.Registration(str(uuid.uuid4()), types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if wanted:
        with suppress(JsonRpcException):
            await ls.client_register_capability_async(types.RegistrationParams(wanted))


def _configured(ls: Server, params: types.DidChangeConfigurationParams) -> None:
    ls.spawn(_reconfigured(ls, plain(params.settings)))


async def _reconfigured(ls: Server, sent: Any) -> None:
    """New settings: from an answer where the client can be asked, else from what it sent."""
    if ls.client.asks_settings:
        await _ask_settings(ls)
    elif sent:
        ls.choices.answer(sent)
    await _renewed(ls)


def _files_changed(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    ls.choices.forget_files()
    ls.spawn(_renewed(ls))


async def _renewed(ls: Server) -> None:
    for uri in ls.rpc.documents().text_documents:
        ls.choices.of(uri)  # so that complaints come now, and in one message
        diagnostics.show(ls, uri)
    ls.refresh("codeLens", "inlayHint", "semanticTokens")
    if not ls.unloaded:
        await ls.load()


def _shutdown(ls: Server, params: None) -> None:
    ls.worker.cancel_all()
    if ls.shelf is not None:
        ls.shelf.clear()
