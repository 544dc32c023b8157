"""What a model is good enough for: measured where it could be measured, and said where it was not.

The figures come from ``benchmarks/rewriting.py`` and stand in ``docs/rewriting.md``.
"""

from __future__ import annotations

from typing import Literal

from llada_edit.errors import OptionError, UnsupportedModel
from llada_edit.models.base import ModelCard
from llada_edit.options import RewriteOptions
from llada_edit.rewriting.operations import Operation

Trust = Literal["listed", "model"]
"""listed: only changes from the list of wordings and of spelling, nothing is masked. model: also what it fills in."""

_LISTED = frozenset({"bundled"})
"""Families whose own choice of words was measured and changes the meaning more often than not."""
_WEAK = {
    ("bundled", "expand"): "the bundled model knows only a few longer wordings and expands little",
    ("bundled", "refine"): "the bundled model repairs spelling and form only, not content",
}


def trust(card: ModelCard, wanted: Literal["auto", "listed", "model"] = "auto") -> Trust:
    """Whose word is taken for it that a change keeps the meaning."""
    if wanted != "auto":
        return wanted
    return "listed" if card.family in _LISTED else "model"


def check(operation: Operation, card: ModelCard, options: RewriteOptions) -> tuple[str, ...]:
    """Notes for the user about an operation with a model.

    Raises:
        OptionError: an instruction that is missing, or that the operation does not take.
        UnsupportedModel: the operation needs a model that follows instructions.
    """
    if operation.prompt and not card.dialog:
        raise UnsupportedModel(
            f"{operation.name} needs a model that follows instructions, and {card.name} does not; "
            'load one, such as "GSAI-ML/LLaDA-8B-Instruct"'
        )
    if bool(operation.prompt) != bool(options.instruction.strip()):
        wants = "needs an instruction; give one" if operation.prompt else "takes no instruction; drop it"
        raise OptionError(f"operation {operation.name} {wants}")
    if operation.fills:
        return ()
    if card.family in _LISTED and trust(card, options.trust) == "model":
        return (f"{card.name} changes the meaning more often than not when it chooses words itself",)
    if (card.family, operation.name) in _WEAK:
        return (_WEAK[card.family, operation.name],)
    if card.family not in _LISTED:
        return (f"how well {card.name} does {operation.name} was not measured; read what it proposes",)
    return ()
