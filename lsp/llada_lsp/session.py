"""What one session knows, and the plain answers to it: settings, documents, marks, what the model is doing now.

Knows of no request and no job: what is asked for and worked on stands above it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_edit.errors import LladaEditError
from llada_lsp import messages, methods
from llada_lsp.documents import Snapshot
from llada_lsp.findings import Finding
from llada_lsp.marks import Marks
from llada_lsp.operations import Operation, Rewriting
from llada_lsp.progress import Bar
from llada_lsp.protocol import one_line
from llada_lsp.refusals import Refusals
from llada_lsp.settings import Settings
from llada_lsp.settings.session import SessionSettings
from llada_lsp.voice import Speaker
from llada_lsp.worker import OFFERS, Superseded, Unloaded, Worker

if TYPE_CHECKING:
    from llada_edit.editor import Editor

T = TypeVar("T")


class Session(Speaker):
    """The state of one session.

    Args:
        worker: does the work; sessions that follow each other share it.
        rewriting: knows the operations.
    """

    def __init__(self, worker: Worker[Editor], rewriting: Rewriting) -> None:
        super().__init__()
        self.worker, self.rewriting = worker, rewriting
        self.choices = SessionSettings()
        self.marks, self.refusals = Marks(), Refusals()
        self.operations: tuple[Operation, ...] = ()
        self.kept: dict[str, list[str]] = {}
        self.findings: dict[str, list[Finding]] = {}
        self.hinted: set[str] = set()
        self.coloured: dict[str, tuple[str, Sequence[int]]] = {}
        self._settled = False

    @property
    def settings(self) -> Settings:
        """The settings of the session as a whole."""
        return self.choices.session

    async def load(self) -> None:
        """Load the model that is set, if it is not in use; the client may go on meanwhile."""
        settings = self.settings
        self.say_complaints()
        before = self.worker.ready
        ready = self.worker.use(settings.engine)
        # A small model may be there before the next line.
        loads = ready is not before or not ready.done()
        self._settled = self._settled and not loads
        bar = Bar(self, f"Loading the model {settings.model}") if loads else None
        self.tell("loading")
        begun = time.monotonic()
        try:
            # Shielded: a session that ends does not take the model from the one that comes after it.
            await asyncio.shield(asyncio.wrap_future(ready))
            offered = await self.look_up(OFFERS, self.rewriting.offered)
            if self.worker.ready is not ready:
                raise Superseded("another model is wanted")
            self.operations = offered
        except (Superseded, Unloaded):
            pass  # settings have changed again, and whoever loads now goes on from here
        except Exception as error:
            self._settled = True
            self.complain(error)
            self.tell("error", one_line(error) if isinstance(error, LladaEditError) else type(error).__name__)
        else:
            self._settled = True
            self.tell("ready")
            if bar is not None:
                self.log(f"the model {settings.model} is ready after {time.monotonic() - begun:.1f} s")
        if bar is not None:
            bar.end("done")

    def unload(self) -> None:
        """Let go of the model, until `load` is asked for."""
        self.worker.unload()
        self.operations, self._settled = (), True
        self.tell("off", "the model is unloaded")

    @property
    def unloaded(self) -> bool:
        """Whether the user has sent the model away."""
        return self.worker.ready.done() and isinstance(self.worker.ready.exception(), Unloaded)

    def say_complaints(self) -> None:
        """Say in one message what is wrong with the settings."""
        found, self.choices.complaints = self.choices.complaints, []
        if found:
            self.say("; ".join(found), types.MessageType.Warning)

    async def look_up(self, kind: str, question: Callable[[Editor], T]) -> T:
        """What an editor answers at once."""

        def work(editor: Editor) -> Any:
            yield None
            return question(editor)

        answer: T = await asyncio.wrap_future(self.worker.submit(kind, work).future)
        return answer

    @property
    def loading(self) -> bool:
        """Whether the model is not yet there, or what it is good at not yet known."""
        return not (self.worker.ready.done() and self._settled)

    def tell(self, kind: str, message: str = "") -> None:
        """Send `llada/status` to a client that wants it."""
        if self.client.status:
            self.protocol.notify(methods.STATUS, self.status(kind, message))

    def status(self, kind: str = "", message: str = "") -> messages.Status:
        """What the server is doing now, or is said to do."""
        if not kind:
            kind = "loading" if self.loading else "busy" if self.worker.busy else "ready"
            if not self.loading and (error := self.worker.ready.exception()) is not None:
                kind = "off" if isinstance(error, Unloaded) else "error"
                message = one_line(error) if isinstance(error, LladaEditError) else ""
        return messages.Status(kind, self.settings.model, self.settings.device, message)

    def snapshot(self, uri: str) -> Snapshot | None:
        """A frozen view of an open document that is to be worked in."""
        found = self.rpc.documents().snapshot(uri)
        languages = self.choices.of(uri).languages if found else ()
        return None if languages and found and found.language not in languages else found

    def same(self, snapshot: Snapshot) -> bool:
        """Whether a document still stands as it stood."""
        return snapshot.same_as(self.snapshot(snapshot.uri))


def modified() -> JsonRpcException:
    """The answer to a request whose document has changed meanwhile."""
    return JsonRpcException("the document has changed", types.LSPErrorCodes.ContentModified.value)
