"""The server of one session: how its requests reach the worker and come back, from `initialize` to the end."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types

from llada_edit.holes import Span
from llada_lsp import tasks
from llada_lsp.client import read_client
from llada_lsp.documents import Snapshot
from llada_lsp.jobs import Jobs, Running
from llada_lsp.operations import Rewriting
from llada_lsp.session import Session, modified
from llada_lsp.settings import Engine
from llada_lsp.settings.files import path_of
from llada_lsp.shelf import Shelf
from llada_lsp.transport import watch
from llada_lsp.worker import Check, Stale, Superseded, Unloaded, Work, Worker

if TYPE_CHECKING:
    from llada_edit.editor import Editor

T = TypeVar("T")
Load = Callable[[Engine, Check], "Editor"]

WORDS = 12
"""Words that are looked for at a place, however many are shown."""
NEAR = 2000
"""Characters around a word that decide whether its other words are still the same."""
REMEMBERED = 256
"""Places whose other words are remembered."""


class Server(Session):
    """A language server for one client.

    Args:
        worker: does the work; sessions that follow each other share it.
        rewriting: knows the operations.
        watching: whether to end with the process that the client names.
    """

    def __init__(self, worker: Worker[Editor], rewriting: Rewriting, *, watching: bool = False) -> None:
        super().__init__(worker, rewriting)
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._watching = watching
        # A file is of use only to a client on the same machine.
        self.shelf = Shelf() if watching else None
        self.jobs = Jobs(self)
        self.previews: dict[str, tuple[Running, tuple[tasks.Proposal, ...]]] = {}
        self._words: OrderedDict[tuple[Engine, str, str, str], tasks.Words] = OrderedDict()
        protocol = self.rpc
        protocol.on_exit = self._finish
        protocol.on_cancel = self.jobs.cancel_request

    @property
    def previewing(self) -> bool:
        """Whether there is a way to show proposals beside the text."""
        return self.client.shows and (self.client.content or self.shelf is not None)

    def connect(self, writer: Any, headers: bool) -> None:
        """Write answers to `writer`, with or without header lines."""
        self.rpc.set_writer(writer, include_headers=headers)

    def receive(self, body: bytes | str) -> None:
        """Handle one message."""
        if not self.over.done():
            self.rpc.receive(body)

    def disconnect(self) -> None:
        """The client is gone, without `exit`."""
        self._finish(1)

    def _finish(self, code: int) -> None:
        self.worker.cancel_all()
        if self.shelf is not None:
            self.shelf.clear()
        for task in self._tasks:
            task.cancel()
        if not self.over.done():
            self.over.set_result(code)

    def introduce(self, params: types.InitializeParams) -> None:
        """Take what the client says of itself."""
        self.client = read_client(params.capabilities)
        self.rpc.trace = params.trace or types.TraceValue.Off
        folders = params.workspace_folders
        uri = folders[0].uri if folders else params.root_uri
        self.choices.begin(params.initialization_options, _path(uri) or _path(params.root_path))
        if self._watching and params.process_id is not None and params.process_id > 0:
            watch(params.process_id)

    async def ask(self, kind: str, work: Work[Editor, T], snapshot: Snapshot, within: float | None = None) -> T | None:
        """The result of work that nobody has explicitly asked for, such as a hover; None where there is none.

        Cancelling the task that waits here (as `$/cancelRequest` does) cancels the work.

        Args:
            kind: see `Job`.
            work: what is to be done.
            snapshot: of the document that it is about.
            within: seconds to wait; the work goes on afterwards.

        Raises:
            JsonRpcException: `ContentModified`, because the document has changed.
        """
        job = self.worker.submit(kind, work, uri=snapshot.uri)
        future = asyncio.wrap_future(job.future)
        try:
            await asyncio.wait({future}, timeout=within)
        except asyncio.CancelledError:
            job.future.cancel()
            raise
        if not future.done():
            future.add_done_callback(lambda late: late.cancelled() or late.exception())
            return None
        try:
            result = future.result()
        except (asyncio.CancelledError, Exception) as error:
            self._without(error)
            return None
        if not self.same(snapshot):
            raise modified()
        return result

    def _without(self, error: BaseException) -> None:
        if isinstance(error, Stale):
            raise modified() from None
        if isinstance(error, Exception) and not isinstance(error, Superseded | Unloaded):
            self.complain(error, again=False)

    async def words(self, kind: str, snapshot: Snapshot, span: Span, within: float | None) -> tasks.Words | None:
        """Words in place of a word, most probable first; None where they do not come in time.

        Remembered as long as the text near the word and the model stay as they are.
        """
        text, engine = snapshot.text, self.settings.engine
        key = engine, text[max(0, span.start - NEAR) : span.start], span.of(text), text[span.end : span.end + NEAR]
        known = self._words.get(key)
        if known is not None:
            with suppress(KeyError):  # forgotten by the worker this very moment
                self._words.move_to_end(key)
            return known
        look = tasks.words_for(text, span, WORDS)

        def work(editor: Editor) -> Any:
            found = yield from look(editor)
            self._words[key] = found
            while len(self._words) > REMEMBERED:
                self._words.popitem(last=False)
            return found

        return await self.ask(kind, work, snapshot, within)


def _path(place: str | None) -> Path | None:
    if not place:
        return None
    return path_of(place) if "://" in place else Path(place)
