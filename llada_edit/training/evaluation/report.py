"""One evaluation as data: filling, on held-out texts and on those of sources never trained on, and rewriting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import Any

from llada_edit.editor import Editor
from llada_edit.errors import OptionError, UnsupportedModel
from llada_edit.training.evaluation.comparing import RewritingFigures, Way, rewriting_figures
from llada_edit.training.evaluation.part import Done, Part, Places
from llada_edit.training.evaluation.similarity import Similarity
from llada_edit.training.evaluation.skill import trained_rewrite
from llada_edit.training.pairs import Pair


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure.

    Attributes:
        held_out: places in texts that were never trained on.
        unseen: places in texts of which no other text of the same source was trained on either.
        pairs: of rewriting, for models that rewrite.
        seed: of subsets, and of the draws behind intervals.
        windows: of text for the likelihood bound.
    """

    held_out: Places
    unseen: Places | None = None
    pairs: Sequence[Pair] = ()
    seed: int = 0
    windows: int = 32


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        model: its name.
        held_out: on the held-out texts.
        unseen: on texts of sources that were never trained on; None where none were given.
        rewriting: by operation.
        refused: operations without figures, and why.
    """

    model: str
    held_out: Part
    unseen: Part | None
    rewriting: dict[str, RewritingFigures]
    refused: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain types; the figures of held-out texts stand at the top, and "unseen" has the same ones again."""
        found = asdict(self)
        return {"model": found.pop("model"), **found.pop("held_out"), **found}


def evaluate(editor: Editor, request: Request, done: Done = lambda line: None) -> Report:
    """Measure everything; `done` is told after each kind of hole."""
    held_out = Part.measured(editor, request.held_out, request.windows, request.seed, done)
    unseen = None
    if request.unseen is not None:
        unseen = Part.measured(
            editor, request.unseen, request.windows, request.seed, lambda line: done(f"unseen, {line}")
        )
    rewriting, refused = _rewriting(editor, request.pairs, request.seed)
    return Report(editor.card.name, held_out, unseen, rewriting, refused)


def _rewriting(editor: Editor, pairs: Sequence[Pair], seed: int) -> tuple[dict[str, RewritingFigures], dict[str, str]]:
    """Figures by operation, and why others have none."""
    measured, refused = dict[str, RewritingFigures](), dict[str, str]()
    alike = Similarity()
    for name, group in groupby(sorted(pairs, key=lambda pair: pair.operation), key=lambda pair: pair.operation):
        try:
            measured[name] = rewriting_figures(ways(editor, name), list(group), alike, seed)
        except (OptionError, UnsupportedModel) as error:
            refused[name] = str(error)
    return measured, refused


def ways(editor: Editor, operation: str) -> dict[str, Way]:
    """How a model rewrites: "editor", as users get it, and "trained", where it was trained for the operation."""

    def edited(text: str, operation: str) -> str:
        return editor.rewrite(text, op=operation).text

    trained = {"trained": partial(trained_rewrite, editor.model)} if operation in editor.card.operations else {}
    return {"editor": edited, **trained}
