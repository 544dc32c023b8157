"""Holes that share a canvas, where they stand in their document: laid out, with a weight for every length of each.

Knows which holes are filled together, what is already in the others, and what is asked of them. Does not know how rows
are denoised, nor which filling is best.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from llada_edit.binding import tight
from llada_edit.canvas import LEAST_CONTEXT, Canvas
from llada_edit.conditions import Condition
from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.endings import ends_paragraph
from llada_edit.errors import DoesNotFit
from llada_edit.hints import Hinted, Weighed
from llada_edit.holes import Hole, Span
from llada_edit.length_selectors import selector_for
from llada_edit.lengths import LONGEST, AllMasked, masked_logits, reserve
from llada_edit.marks import AFTER, BEFORE, marks_of
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions
from llada_edit.sampling.context import ContextReuse, ContextStore
from llada_edit.sampling.guidance import Negative
from llada_edit.slots import Slots
from llada_edit.window import WINDOW

OTHER = "x"
"""Stands for the unknown text of another hole."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One infill as it is asked for.

    Attributes:
        document: all of its holes are to be filled.
        options: checked on construction.
        expected: length in tokens of the text that is replaced, where that is a guide.
        conditions: constraints and length hints.
    """

    document: Document
    options: InfillOptions
    expected: int | None = None
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """How a document stands while some of its holes are filled: its text, and these holes as they are in it."""

    text: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Some holes of a document that are filled together.

    Attributes:
        model: card, denoiser, vocabulary, device.
        store: keys and values of recent contexts; None forgets them.
        task: the whole infill.
        holes: indices of the holes, rising and without a gap.
        fills: text of the holes that are already filled, by index.
    """

    model: Model
    store: ContextStore | None
    task: Task
    holes: Sequence[int]
    fills: Mapping[int, str]

    @property
    def conditions(self) -> list[tuple[Condition, tuple[int, ...]]]:
        """The conditions on these holes, each with their places among them."""
        return [
            (condition, tuple(index - self.holes[0] for index in condition.holes))
            for condition in self.task.conditions
            if set(condition.holes) <= set(self.holes)
        ]

    @property
    def strained(self) -> bool:
        """Whether more than a length is asked for."""
        return any(condition.value is not None for condition, _ in self.conditions)

    @property
    def elastic(self) -> bool:
        """Whether the model is to find the length of the hole itself, by inserting and deleting slots."""
        open_ = self.task.document.holes[self.holes[0]].length is None and not self.conditions
        return self.model.card.delete_id is not None and open_

    def canvas(self, sizes: Sequence[int], spare: int = 0, tight: Container[int] = ()) -> Canvas:
        """A canvas with so many slots for each hole.

        Args:
            sizes: slots, repeated word starts left out.
            spare: tokens of the window that are left free.
            tight: see `Canvas.build`.

        Raises:
            DoesNotFit: the slots leave no room for context.
        """
        card, limit = self.model.card, self.task.options.context or WINDOW
        if spare:
            limit = min(limit, max(LEAST_CONTEXT, card.max_length - sum(sizes) - spare))
        document, vocabulary = self.task.document, self.model.vocabulary
        canvas = Canvas.build(document, self.holes, sizes, card, vocabulary, limit, self.fills, tight)
        slots = tuple(self._marked(one, hole) for one, hole in zip(canvas.slots, self.holes, strict=True))
        return replace(canvas, slots=slots).to(self.model.device)

    def near(self, hole: int) -> tuple[str, str]:
        """The text before and after a hole as far as its signs matter, with a letter for every other open hole."""
        texts, left, right = self.task.document.segments, "", ""
        for index in range(hole, -1, -1):
            left = texts[index] + (self.fills.get(index, OTHER) if index < hole else "") + left
            if len(left) >= BEFORE:
                break
        for index in range(hole + 1, len(texts)):
            right += (self.fills.get(index - 1, OTHER) if index > hole + 1 else "") + texts[index]
            if len(right) >= AFTER:
                break
        return left, right

    def stricter(self, hints: Hinted) -> Hinted:
        """The same without any signs that come in pairs, where the model may choose."""
        slots = [
            replace(one, rules=None, marks=one.marks and replace(one.marks, strict=True)) for one in hints.canvas.slots
        ]
        return Hinted.of(replace(hints.canvas, slots=tuple(slots)), self.conditions)

    def _marked(self, slots: Slots, hole: int) -> Slots:
        """The slots of a hole with the signs that may not stand in it; a content that is asked for is left alone."""
        asked = [condition for condition, _ in self.conditions if hole in condition.holes]
        if self.task.options.exact or any(not one.open or len(one.holes) > 1 for one in asked):
            return slots
        left, right = self.near(hole)
        strict = self.elastic or any(one.value is not None for one in asked)
        return replace(slots, marks=replace(marks_of(left, right), strict=strict), ends=ends_paragraph(right))

    def lay_out(self) -> tuple[Hinted, Weighed]:
        """The canvas and the weight of every length; an automatic hole that seems too short is laid out longer.

        Raises:
            ConstraintError: a condition cannot be compiled.
            DoesNotFit: the holes leave no room for context.
            Unsatisfiable: no text of the lengths that are open meets a condition.
        """
        holes, texts = self.task.document.holes, self.task.document.segments
        sizes = [reserve(holes[hole], self.model.card, *texts[hole : hole + 2]) for hole in self.holes]
        canvas = self.canvas(sizes)
        without = frozenset(hole for condition, own in self.conditions for hole in tight(condition, canvas, own))
        hints = self._hinted(sizes, without) if without else Hinted.of(canvas, self.conditions)
        needed = hints.sizes(sizes)
        if needed != sizes:
            hints, sizes = self._hinted(needed, without), needed
        while True:
            weights = hints.restrict(*self._weigh(hints.canvas))
            short = [
                holes[hole].length is None and size < LONGEST and int(table.argmax()) >= len(table) - 1
                for hole, size, table in zip(self.holes, sizes, weights.tables, strict=True)
            ]
            sizes = [2 * size if grow else size for size, grow in zip(sizes, short, strict=True)]
            try:
                longer = self._hinted(sizes, without) if any(short) else None
            except DoesNotFit:  # nobody asked for more than what fits
                longer = None
            if longer is None:
                return hints, weights
            hints = longer

    def reuse(self) -> ContextReuse | None:
        """What remembers the context during a run; None where everything is to be computed in every step."""
        return None if self.task.options.exact else ContextReuse(self.model.denoiser, store=self.store)

    def show(self, canvas: Canvas, tokens: Tensor, probability: Tensor, used: Sequence[int]) -> Draft:
        """An unfinished row (seq,) of a canvas, in the document with what is already filled."""
        holes, edits = self.task.document.holes, canvas.sketch(tokens, probability, used)
        filled = [Edit(holes[hole].span, text) for hole, text in self.fills.items()]
        return Draft(self.task.document.apply([*filled, *edits]), edits)

    def masked_logits(self, canvas: Canvas, used: Sequence[int]) -> Tensor:
        """(slots of all holes, vocab) logits with `used` slots of each hole, all of them masked."""
        return masked_logits(self.model.denoiser, canvas, self.reuse(), used)

    def negative(self, canvas: Canvas) -> Negative | None:
        """The canvas that guidance steers away from: `avoid` in place of the left context."""
        document, options = self.task.document, self.task.options
        if not options.avoid:
            return None
        first = document.holes[self.holes[0]].span.start
        text = f"{options.avoid.strip()} {document.text[first:]}"
        shift = len(text) - len(document.text)
        other = Document(text, tuple(_moved(hole, shift) for hole in document.holes[self.holes[0] :]))
        site = Site(self.model, None, Task(other, options), range(len(self.holes)), {})
        sizes = [slots.count for slots in canvas.slots]
        # Another left context may ask for another word start to be repeated; the slots must be as many all the same.
        extra = [slots.extra for slots in site.canvas(sizes).slots]
        aside = site.canvas([size - more for size, more in zip(sizes, extra, strict=True)])
        return Negative(*aside.rows([[slots.count for slots in aside.slots]]))

    def _hinted(self, sizes: Sequence[int], without: Container[int]) -> Hinted:
        return Hinted.of(self.canvas(sizes, tight=without), self.conditions)

    def _weigh(self, canvas: Canvas) -> tuple[list[Tensor], Tensor | None]:
        """Log weights of the lengths, and the logits of all slots where a constraint needs them."""
        masked = AllMasked(self.model.denoiser, canvas, self.reuse())
        weights = selector_for(self.model.card, self.model.denoiser, self.task.expected).log_weights(masked)
        return weights, masked.logits if self.strained else None


def _moved(hole: Hole, shift: int) -> Hole:
    return replace(hole, span=Span(hole.span.start + shift, hole.span.end + shift))
