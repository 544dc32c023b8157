"""One process or several: the rows of a step are dealt out, the gradients are those of the whole step.

Several are started by ``accelerate launch`` or torch's ``torchrun`` (extra "train"); accelerate finds devices and moves
gradients. Where one process calls `total`, `agree`, `first` or `wait`, all must, or they wait for one another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

PATIENCE = timedelta(hours=3)
"""How long processes wait for the first one, which encodes the corpus and counts a memory."""


class Crew:
    """The processes of a run; alone, it does nothing.

    Attributes:
        rank: number of this process; 0 writes the files.
        size: how many there are.
    """

    def __init__(self) -> None:
        self._accelerator: Any = None
        self.rank, self.size = 0, 1
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            from accelerate.accelerator import Accelerator
            from accelerate.utils.dataclasses import InitProcessGroupKwargs

            self._accelerator = Accelerator(kwargs_handlers=[InitProcessGroupKwargs(timeout=PATIENCE)])
            self.rank, self.size = self._accelerator.process_index, self._accelerator.num_processes

    def device(self, otherwise: torch.device) -> torch.device:
        """The device of this process."""
        return otherwise if self._accelerator is None else self._accelerator.device

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module, such that backward passes add up over the processes."""
        if self._accelerator is None:
            return module
        wrapped: nn.Module = self._accelerator.prepare_model(module)
        return wrapped

    def part(self, module: nn.Module, last: bool) -> AbstractContextManager[Any]:
        """Around the backward pass of a part of a step: only the last one moves gradients."""
        if self._accelerator is None or last:
            return nullcontext()
        context: AbstractContextManager[Any] = self._accelerator.no_sync(module)
        return context

    def agree(self, decision: bool) -> bool:
        """What process 0 decides."""
        if self._accelerator is None:
            return decision
        from accelerate.utils.operations import broadcast_object_list

        decisions: list[bool] = broadcast_object_list([decision])
        return decisions[0]

    def total(self, share: Tensor) -> Tensor:
        """The sum over the processes of what each has a share of."""
        if self._accelerator is None:
            return share
        whole: Tensor = self._accelerator.reduce(share, reduction="sum")
        return whole

    @contextmanager
    def first(self) -> Iterator[None]:
        """Process 0 does this before the others, who then find its files."""
        if self._accelerator is None:
            yield
            return
        with self._accelerator.main_process_first():
            yield

    def wait(self) -> None:
        """Until all are here."""
        if self._accelerator is not None:
            self._accelerator.wait_for_everyone()
