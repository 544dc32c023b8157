"""What a model is good enough for: measured where it could be measured, and said where it was not.

The figures come from ``benchmarks/rewriting.py`` and stand in ``docs/rewriting.md``.
"""

from __future__ import annotations

from typing import Literal

from llada_edit.errors import UnsupportedModel
from llada_edit.models.base import ModelCard
from llada_edit.rewriting.operations import Operation

Trust = Literal["listed", "model"]
"""listed: only changes from the list of wordings, and repairs of form. model: also words that the model finds."""

_LISTED = frozenset({"bundled"})
"""Families whose own choice of words was measured and changes the meaning more often than not."""
_WEAK = {
    ("bundled", "expand"): "the bundled model knows only a few longer wordings and expands little",
    ("bundled", "refine"): "the bundled model repairs spelling and form only, not content",
}


def trust(card: ModelCard) -> Trust:
    """Whose word is taken for it that a change keeps the meaning."""
    return "listed" if card.family in _LISTED else "model"


def check(operation: Operation, card: ModelCard, instruction: str) -> tuple[str, ...]:
    """Notes for the user about an operation with a model.

    Raises:
        UnsupportedModel: the operation needs a model that follows instructions.
    """
    if operation.prompt and not card.dialog:
        raise UnsupportedModel(
            f"{operation.name} needs a model that follows instructions, and {card.name} does not; "
            'load one, such as "GSAI-ML/LLaDA-8B-Instruct"'
        )
    if (card.family, operation.name) in _WEAK:
        return (_WEAK[card.family, operation.name],)
    if trust(card) == "model" and not operation.fills:
        return (f"how well {card.name} does {operation.name} was not measured; read what it proposes",)
    return ()
