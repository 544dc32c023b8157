"""The server of one session: what the client is told, and how its requests reach the worker and come back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from llada_edit import __version__
from llada_edit.errors import LladaEditError
from llada_lsp.documents import Snapshot
from llada_lsp.progress import Bar
from llada_lsp.protocol import Protocol, frames_of
from llada_lsp.settings import Settings, read_settings
from llada_lsp.worker import Superseded, Work, Worker

if TYPE_CHECKING:
    from llada_edit.editor import Editor

T = TypeVar("T")
Load = Callable[[Settings], "Editor"]

logger = logging.getLogger(__name__)


def load_editor(settings: Settings) -> Editor:
    """The editor that the settings name; torch is imported here, in the worker thread, and not before."""
    from llada_edit.editor import Editor

    return Editor.load(settings.model, device=settings.device)


class Server(LanguageServer):
    """A language server with one worker.

    Args:
        load: makes the editor, in the worker thread.
    """

    def __init__(self, load: Load = load_editor) -> None:
        super().__init__("llada-edit", __version__, protocol_cls=Protocol)
        self.settings = Settings()
        self.worker: Worker[Editor] = Worker(lambda: load(self.settings))
        self._complaints: tuple[str, ...] = ()
        self._said: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        cast(Protocol, self.protocol).on_exit = self.worker.stop

    def configure(self, raw: Any) -> None:
        """Take the client's choices; what is wrong with them is said once it may be said."""
        self.settings, self._complaints = read_settings(raw)

    async def begin(self) -> None:
        """Load the model; the client may go on meanwhile."""
        if self._complaints:
            self.say(f"initializationOptions: {'; '.join(self._complaints)}", types.MessageType.Warning)
        bar = Bar(self, f"Loading the model {self.settings.model}")
        self.worker.start()
        try:
            await asyncio.wrap_future(self.worker.ready)
        except Exception as error:
            self.complain(error)
            bar.end("failed")
        else:
            bar.end("ready")

    def snapshot(self, uri: str) -> Snapshot | None:
        """A frozen view of an open document."""
        return cast(Protocol, self.protocol).documents().snapshot(uri)

    async def ask(self, kind: str, work: Work[Editor, T]) -> T | None:
        """The result of work that nobody has explicitly asked for, such as a hover; None where there is none.

        Cancelling the task that waits here (as `$/cancelRequest` does) cancels the work.
        """
        try:
            return await asyncio.wrap_future(self.worker.submit(kind, work).future)
        except Superseded:
            return None
        except Exception as error:
            self.complain(error, again=False)
            return None

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run something beside the requests; an error in it becomes a message."""
        task = asyncio.ensure_future(self._guarded(coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, coroutine: Coroutine[Any, Any, None]) -> None:
        try:
            await coroutine
        except Exception as error:
            self.complain(error)

    def say(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(kind, f"llada-edit: {message}"))

    def complain(self, error: Exception, *, again: bool = True) -> None:
        """Show an error in one line.

        Args:
            error: one of llada-edit says what to do; of others only the type is shown, and where they arose is logged.
            again: False keeps quiet about what was already said: a hover must not nag.
        """
        if isinstance(error, LladaEditError):
            text = " ".join(str(error.args[0] if error.args else error).split())
        else:
            text = f"internal error ({type(error).__name__}); the server's log says where"
            logger.warning(f"internal error\n{frames_of(error)}")
        if again or text not in self._said:
            self.say(text, types.MessageType.Error)
        self._said.add(text)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Only log: pygls would show every error to the user, even to one who is gone."""
        logger.warning(f"{getattr(source, '__name__', 'error')}: {type(error).__name__}")
