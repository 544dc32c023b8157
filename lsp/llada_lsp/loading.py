"""The editor that the worker works with; torch is imported here, in the worker thread, and not before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llada_edit.formats.registry import format_for_language
from llada_lsp.settings import Engine
from llada_lsp.worker import Check

if TYPE_CHECKING:
    from llada_edit.editor import Editor


def load_editor(engine: Engine, check: Check) -> Editor:
    """The editor of a model that is named; it calls `check` before every pass through the network."""
    format_for_language("")  # looks at all formats: better now than when the first list of actions is wanted
    import torch

    from llada_edit.editor import Editor
    from llada_edit.models.load import load

    # Half of what torch would take: with more threads than free processors it waits in circles and takes several times
    # as long, and an editor has other work beside ours.
    torch.set_num_threads(engine.threads or max(1, torch.get_num_threads() // 2))
    model = load(engine.model, device=engine.device, dtype=engine.dtype)
    announced: Any = Announced(model.denoiser, check)
    return Editor(replace(model, denoiser=announced))


class Announced:
    """A denoiser that asks, before every pass, whether anybody still waits for it.

    Args:
        denoiser: does the work.
        check: raises where nobody does.
    """

    def __init__(self, denoiser: Any, check: Check) -> None:
        self._denoiser, self._check = denoiser, check
        self.card = denoiser.card

    def __getattr__(self, name: str) -> Any:
        """What the denoiser knows without a pass, such as which lengths are likely."""
        return getattr(self._denoiser, name)

    def logits(self, *arguments: Any, **more: Any) -> Any:
        """See `Denoiser.logits`."""
        self._check()
        return self._denoiser.logits(*arguments, **more)

    def prefill(self, *arguments: Any, **more: Any) -> Any:
        """See `Denoiser.prefill`."""
        self._check()
        return self._denoiser.prefill(*arguments, **more)
