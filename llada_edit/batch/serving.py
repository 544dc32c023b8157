"""The worker's end of a pool: a process that loads the model once and answers one document after the other."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from llada_edit.batch.engines import Order
from llada_edit.batch.journal import Writer
from llada_edit.batch.worker import Task, process
from llada_edit.errors import LladaEditError

_OFTEN = 0.5
"""Seconds between two words on how far a document is."""


class _Teller:
    """Says through a pipe how far a document is, but not more often than anybody looks."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._told = pipe, time.monotonic()

    def __call__(self, share: float) -> None:
        if time.monotonic() - self._told >= _OFTEN:
            self._told = time.monotonic()
            with suppress(OSError):  # the driver is gone; the document is finished all the same
                self._pipe.send(share)


def serve(pipe: Connection, order: Order, recipe: Any) -> None:
    """The life of a worker: load, say the notes, then answer each task with its status and how many edits it has.

    Meanwhile it says now and then, as a float, which share of the document is read.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    journal = Writer.fresh(order.run)
    with suppress(EOFError, OSError):  # the driver is gone, or closed the pipe: nothing left to do
        try:
            rewrites = recipe.make()
            pipe.send(tuple(rewrites.notes))
            while True:
                task: Task = pipe.recv()
                record = process(task, order.root, rewrites, order.most, _Teller(pipe))
                journal.record(record)
                pipe.send((record.status, len(record.edits)))
        except LladaEditError as error:  # no model, or no room for the journal: no document's fault
            pipe.send(str(error.args[0] if error.args else error))
    journal.close()
    os._exit(0)  # no waiting for the threads of libraries
