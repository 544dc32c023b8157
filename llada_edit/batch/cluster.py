"""The engine for a cluster: Ray Data carries one row for each document, actors with a model each do the work.

Only names travel; documents are read, and journals written, on a file system that all machines share. Ray's own
checkpoints are not used. Ray runs a document again when its actor dies, for ever, and replays the neighbours in its
block: markers in the run folder stop the one and spare the other. Needs the extra ``ray``.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from llada_edit.batch.engines import DEATHS, Done, Order, on_device, quarantined
from llada_edit.batch.journal import Index, Writer
from llada_edit.batch.worker import Task, process
from llada_edit.errors import ModelError, OptionError

_BLOCKS = 10_000
"""Blocks of rows at most; up to so many documents each one has its own."""


class Ray:
    """Actors on a Ray cluster.

    Args:
        actors: how many.
        address: of a cluster that runs already; None starts one on this machine, reachable from it alone.
    """

    def __init__(self, actors: int, address: str | None = None) -> None:
        self.actors, self.address = actors, address
        self.notes: tuple[str, ...] = ()
        self.under_way: dict[str, float] = {}  # what is told travels only with a document that is done

    def run(self, order: Order, tasks: Iterable[Task], index: Index) -> Iterator[Done]:
        """See `Engine`; an actor past its time limit cannot be stopped, so there is none.

        Raises:
            ModelError: the model does not load there.
            OptionError: ray is not installed, or has not a processor more than there are actors.
        """
        if order.limit is not None:
            raise OptionError("--time-limit does not work with --engine ray; drop one of them")
        rows = [asdict(task) for task in tasks]
        known = {row["key"]: Task(**row) for row in rows}
        if not rows:
            return
        marks = order.run / f"ray-{secrets.token_hex(6)}"
        marks.mkdir()
        try:
            with _connected(self.address) as ray:
                self._check(ray)
                for row in self._rows(ray, order, rows, marks):
                    self.notes = tuple(row["notes"])
                    yield Done(known[row["key"]], row["status"], row["seconds"], row["edits"])
        finally:
            shutil.rmtree(marks, ignore_errors=True)

    def _check(self, ray: Any) -> None:
        """Ray waits for ever when actors take every processor, since reading needs one too."""
        there = int(ray.cluster_resources().get("CPU", 0))
        if there <= self.actors:
            raise OptionError(
                f"{self.actors} actors leave none of the cluster's {there} processors free; give --workers {there - 1}"
                if there > 1
                else "the cluster has one processor, and an actor needs a second one beside it; use --engine local"
            )

    def _rows(self, ray: Any, order: Order, rows: list[dict[str, Any]], marks: Path) -> Iterator[dict[str, Any]]:
        wanted = order.recipe.options.get("device") in ("auto", "cuda")
        gpus = 1 if wanted and ray.cluster_resources().get("GPU", 0) >= self.actors else None
        items = ray.data.from_items(rows, override_num_blocks=min(len(rows), _BLOCKS))
        done = items.map(
            Actor,
            fn_constructor_args=(order, str(marks), "cuda" if gpus else None),
            compute=ray.data.ActorPoolStrategy(size=self.actors),
            num_cpus=1,
            num_gpus=gpus,
        )  # actors that die come back and do their documents again, for ever; markers stop what kills them
        try:
            yield from done.iter_rows()
        except Exception as error:  # an actor's own, in one of several wrappings
            said = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
            raise ModelError(
                f"the actors of the cluster ended ({said[-1][:300]}); run the same command again"
            ) from error


class Actor:
    """A worker: loads the model once, then does documents."""

    def __init__(self, order: Order, marks: str, device: str | None) -> None:
        self._order, self._marks = order, Path(marks)
        self._rewrites = on_device(order.recipe, device).make()
        self._journal = Writer.fresh(order.run)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """One document; the record goes to the journal, and only its status travels back."""
        task, began = Task(**row), time.monotonic()
        finished = self._marks / f"{task.key}.done"
        try:
            status, _, edits = finished.read_text().partition(" ")
        except FileNotFoundError:
            dangerous = not any(_mark(self._marks / f"{task.key}.{number}") for number in range(DEATHS))
            record = (
                quarantined(task) if dangerous else process(task, self._order.root, self._rewrites, self._order.most)
            )
            self._journal.record(record)
            status, edits = record.status, str(len(record.edits))
            draft = finished.with_suffix(f".{secrets.token_hex(4)}")
            draft.write_text(f"{status} {edits}")
            draft.replace(finished)
        seconds = time.monotonic() - began
        notes = list(self._rewrites.notes)
        return {"key": task.key, "status": status, "edits": int(edits), "seconds": seconds, "notes": notes}


def _mark(path: Path) -> bool:
    """Make a marker; False where it is there."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


@contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Ray, connected to a cluster that was named or to one of its own; never to one that happens to be there."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # what it says on stderr is for its makers
    if address is None:
        os.environ.pop("RAY_ADDRESS", None)
        os.environ["RAY_AUTH_MODE"] = "disabled"  # else it writes a token into the home folder; this one is local
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise OptionError("--engine ray needs ray; install it with: pip install 'llada-edit[ray]'") from error
    local: dict[str, Any] = {} if address else {"include_dashboard": False, "_node_ip_address": "127.0.0.1"}
    ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **local)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield ray
    finally:
        ray.shutdown()
