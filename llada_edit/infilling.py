"""One infill, from a document with holes to ranked candidates: every caller drains the same generator of frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llada_edit.conditions import NOTHING, Asked, Condition
from llada_edit.document import Document
from llada_edit.edits import Candidate, Edit, Fill
from llada_edit.errors import DocumentError, Unsatisfiable
from llada_edit.filling import Filling, Scored
from llada_edit.lengths import reserve
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions
from llada_edit.sampling.context import ContextStore
from llada_edit.site import Site, Task


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What a viewer may show after a denoising step, and before the first one.

    Attributes:
        step: number of the frame, counted over the whole infill; 0 is the canvas with all its masks.
        text: the document as the first row stands, masked slots as ``░░``.
        fill: the ranked result, in the last frame only.
        edits: holes that are filled now, as they stand in `text`, with the probability of each token, 0 of masked ones;
            not known of rewritings, nor in the last frame, where `fill` has them.
    """

    step: int
    text: str
    fill: Fill | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Infiller:
    """A model and the context it remembers between calls.

    Attributes:
        model: card, denoiser, vocabulary, device.
        store: keys and values of recent contexts; None forgets them after every call.
    """

    model: Model
    store: ContextStore | None

    def frames(
        self, document: Document, options: InfillOptions, expected: int | None = None, asked: Asked = NOTHING
    ) -> Iterator[Frame]:
        """Fill all holes of a document; the last frame has the result, closing the generator stops the work.

        Args:
            document: at least one hole.
            options: checked on construction.
            expected: length in tokens of the text that is replaced, where that is a guide.
            asked: constraints.

        Raises:
            ConstraintError: a constraint cannot be compiled, or names a hole that is not there.
            DocumentError: no hole.
            DoesNotFit: a hole leaves no room for context.
            Unsatisfiable: no filling has the length that a hole asks for, or meets a constraint.
        """
        if not document.holes:
            raise DocumentError('the text has no hole; mark one with "[?]", or give left and right')
        task = Task(document, options, expected, asked.conditions(document))
        fills: dict[int, str] = {}
        found: list[list[Scored]] = []
        step = 0
        for holes in self._groups(document, task.conditions):
            run = Filling(Site(self.model, self.store, task, holes, fills))
            for draft in run.drafts():
                yield Frame(step, draft.text, edits=draft.edits)
                step += 1
            found.append(run.candidates())
            if not found[-1]:
                raise Unsatisfiable(run.failure())
            for hole, edit in zip(holes, found[-1][0][0], strict=True):
                fills[hole] = edit.text
        yield Frame(step, (fill := _join(document, found)).text, fill)

    # Models that insert and delete slots take one hole at a time: a second one would move under the first.
    def _groups(self, document: Document, conditions: Sequence[Condition]) -> Iterator[list[int]]:
        """Holes that are filled together: as many in a row as leave half of the window to the context around them."""
        if any(len(condition.holes) > 1 for condition in conditions):
            yield list(range(len(document.holes)))
            return
        card, group, used = self.model.card, list[int](), 0
        for index, hole in enumerate(document.holes):
            between = len(self.model.vocabulary.encode(document.segments[index])) if group else 0
            size = reserve(hole, card, *document.segments[index : index + 2])
            if group and (used + between + size > card.max_length // 2 or card.delete_id is not None):
                yield group
                group, used, between = [], 0, 0
            group.append(index)
            used += between + size
        yield group


def _join(document: Document, found: list[list[Scored]]) -> Fill:
    """Candidates of the whole document: the i-th best of every group together."""
    candidates = []
    for index in range(max(map(len, found))):
        parts = [group[min(index, len(group) - 1)] for group in found]
        edits = tuple(edit for part, _, _ in parts for edit in part)
        strains = [strain for _, _, strain in parts if strain is not None]
        score = math.fsum(score for _, score, _ in parts) / len(parts)
        candidates.append(Candidate(document, edits, score, max(strains, default=None)))
    return Fill(document, tuple(candidates))
