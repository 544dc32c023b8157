"""A progress bar in the client, where it can show one; every call is harmless where it cannot."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from llada_lsp.voice import Speaker

PAUSE = 0.1
"""Seconds between two reports: more often, nobody can read them."""


class Bar:
    """One bar, from creation to `end`.

    Args:
        server: whose client is to show it.
        title: what is being done.
        cancel: called when the user stops it; None makes the bar one that cannot be stopped.
        token: of the client, which has a bar for it already; None creates one where the client can show it.
    """

    def __init__(
        self, server: Speaker, title: str, cancel: Callable[[], Any] | None = None, token: int | str | None = None
    ) -> None:
        self._progress, self._title, self._cancel = server.work_done_progress, title, cancel
        self._token: int | str = str(uuid.uuid4()) if token is None else token
        self._shown = self._ended = False
        self._last = 0.0
        if token is not None:
            self._begin()
        elif server.client.progress:
            server.spawn(self._create())

    async def _create(self) -> None:
        # pygls cancels the future that it keeps for the token when the client sends window/workDoneProgress/cancel.
        try:
            await self._progress.create_async(self._token)
        except JsonRpcException:
            return  # it says that it can show progress, and cannot
        if self._ended:
            self._forget()
        else:
            self._begin()

    def _begin(self) -> None:
        stoppable = self._cancel is not None
        self._progress.begin(self._token, types.WorkDoneProgressBegin(title=self._title, cancellable=stoppable))
        if self._cancel is not None:
            cancel = self._cancel
            self._progress.tokens[self._token].add_done_callback(lambda token: cancel() if token.cancelled() else None)
        self._shown = True

    def step(self, step: int) -> None:
        """Report a step, now and then."""
        now = time.monotonic()
        if now - self._last >= PAUSE:
            self._last = now
            self._report(f"step {step + 1}")

    def _report(self, message: str) -> None:
        if self._shown and not self._ended:
            self._progress.report(self._token, types.WorkDoneProgressReport(message=message))

    def end(self, message: str) -> None:
        """Take the bar away."""
        if self._shown and not self._ended:
            self._progress.end(self._token, types.WorkDoneProgressEnd(message=message))
            self._forget()
        self._ended = True

    def _forget(self) -> None:
        """Pygls remembers tokens for ever."""
        self._progress.tokens.pop(self._token, None)
