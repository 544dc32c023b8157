"""The holes of one canvas on their way from lengths over denoising to ranked candidates, as texts to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from llada_edit.binding import tight
from llada_edit.canvas import LEAST_CONTEXT, Canvas
from llada_edit.conditions import Condition
from llada_edit.constraints.joint import Conditioned
from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.errors import DoesNotFit, OptionError
from llada_edit.hints import Hinted, Weighed
from llada_edit.holes import Hole, Span
from llada_edit.lengths import LONGEST, AllMasked, masked_logits, reserve, seam_scores, selector_for
from llada_edit.models.model import Model
from llada_edit.options import InfillOptions
from llada_edit.plans import Plan, draws, plan_draws, plan_rows
from llada_edit.sampling.choice import Avoiding, Chooser, branches
from llada_edit.sampling.context import ContextReuse, ContextStore
from llada_edit.sampling.doubles import NoDoubles
from llada_edit.sampling.elastic import denoise_elastic
from llada_edit.sampling.guidance import Negative
from llada_edit.sampling.loop import denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.presets import chooser_for, sampler_for
from llada_edit.sampling.repeats import NoRepeats

WINDOW = 768
"""Tokens of context that are looked at unless the options say otherwise."""
ROUNDS = 3
"""Batches that are drawn at most to find distinct candidates; each is warmer than the one before."""
REDRAWS = 12
"""Batches that are drawn at most where finished texts fail a check that no automaton can hold, such as uniqueItems."""

Scored = tuple[tuple[Edit, ...], float, float | None]
"""Edits, score, strain."""


class Filling:
    """The holes of one canvas on their way through selection of lengths, denoising and ranking."""

    def __init__(
        self,
        model: Model,
        store: ContextStore | None,
        document: Document,
        holes: list[int],
        fills: dict[int, str],
        options: InfillOptions,
        expected: int | None,
        conditions: Sequence[Condition] = (),
    ) -> None:
        self.conditions = [
            (condition, tuple(index - holes[0] for index in condition.holes))
            for condition in conditions
            if set(condition.holes) <= set(holes)
        ]
        self.tight: frozenset[int] = frozenset()
        self.model, self.store, self.options = model, store, options
        self.document, self.holes, self.fills, self.expected = document, holes, fills, expected
        self.found: dict[str, Scored] = {}
        self.refused = False  # whether a finished text failed the check of what no automaton can hold

    def texts(self) -> Iterator[str]:
        """Denoise; one text per step, the document with the first row in it."""
        if self._elastic:
            yield from self._grow()
            return
        hints, weights = self._lay_out()
        for round_ in range(REDRAWS):
            yield from self._batch(hints, weights, round_)
            enough = self.found or not self.refused
            if len(self.found) >= self.options.n or (enough and round_ + 1 >= ROUNDS):
                break

    def candidates(self) -> list[Scored]:
        """The distinct results, best first, at most n."""
        ranked = sorted(self.found.values(), key=lambda item: -item[1])
        return ranked[: self.options.n]

    @property
    def _elastic(self) -> bool:
        open_ = self.document.holes[self.holes[0]].length is None and not self.conditions
        return self.model.card.delete_id is not None and open_

    def _build(self, document: Document, sizes: Sequence[int], spare: int = 0) -> Canvas:
        limit = self.options.context or WINDOW
        if spare:
            limit = min(limit, max(LEAST_CONTEXT, self.model.card.max_length - sum(sizes) - spare))
        canvas = Canvas.build(
            document, self.holes, sizes, self.model.card, self.model.vocabulary, limit, self.fills, self.tight
        )
        return canvas.to(self.model.device)

    def _lay_out(self) -> tuple[Hinted, Weighed]:
        """The canvas and the weight of every length; an automatic hole that seems too short is laid out longer."""
        holes, texts = self.document.holes, self.document.segments
        sizes = [reserve(holes[hole], self.model.card, *texts[hole : hole + 2]) for hole in self.holes]
        canvas = self._build(self.document, sizes)
        self.tight = frozenset(hole for condition, own in self.conditions for hole in tight(condition, canvas, own))
        hints = self._hinted(sizes) if self.tight else Hinted.of(canvas, self.conditions)
        needed = hints.sizes(sizes)
        if needed != sizes:
            hints, sizes = self._hinted(needed), needed
        while True:
            weights = hints.restrict(*self._weigh(hints.canvas))
            short = [
                self.document.holes[hole].length is None and size < LONGEST and int(table.argmax()) >= len(table) - 1
                for hole, size, table in zip(self.holes, sizes, weights.tables, strict=True)
            ]
            sizes = [2 * size if grow else size for size, grow in zip(sizes, short, strict=True)]
            try:
                longer = self._hinted(sizes) if any(short) else None
            except DoesNotFit:  # nobody asked for more than what fits
                longer = None
            if longer is None:
                return hints, weights
            hints = longer

    def _hinted(self, sizes: Sequence[int]) -> Hinted:
        return Hinted.of(self._build(self.document, sizes), self.conditions)

    def _weigh(self, canvas: Canvas) -> tuple[list[Tensor], Tensor | None]:
        """Log weights of the lengths, and the logits of all slots where a constraint needs them."""
        masked = AllMasked(self.model.denoiser, canvas, self._reuse())
        weights = selector_for(self.model.card, self.model.denoiser, self.expected).log_weights(masked)
        return weights, masked.logits if self._strained else None

    def _reuse(self) -> ContextReuse | None:
        return None if self.options.exact else ContextReuse(self.model.denoiser, store=self.store)

    def _avoided(self, canvas: Canvas, plan: Plan) -> dict[tuple[int, int], Tensor]:
        """For every row that is to differ, the tokens that better ones take in the most open slot."""
        if not any(plan.ranks):
            return {}
        used = plan.lengths[plan.ranks.index(1)]
        layout = canvas.rows([used])[1]
        at = (layout.hole & layout.valid)[0].nonzero()[:, 0][None]
        if not at.numel():  # an empty filling has no place to differ in
            return {}
        logits = masked_logits(self.model.denoiser, canvas, self._reuse(), used)[None]
        slot, best = branches(canvas.slot_filter([used])(logits, at)[0], max(plan.ranks))
        return {(row, int(at[0, slot])): best[:rank] for row, rank in enumerate(plan.ranks) if rank}

    def _batch(self, hints: Hinted, weights: Weighed, round_: int) -> Iterator[str]:
        """Denoise one batch of rows and keep what meets the hints."""
        canvas = hints.canvas
        options = self.options
        best = hints.lengths(weights, max(3, options.n))
        long = None if self._strained else draws(self.model.card.long_fills, best[0][0], options)
        if long is None or round_:
            plan = plan_rows(best, options, round_, differ=not (self._strained or options.exact))
        else:
            plan = plan_draws(best, options, long)
        lengths = plan.lengths
        seeds = [self.options.seed * 1_000_003 + round_ * 1009 + row for row in range(len(lengths))]
        full = self.options.policy in ("margin", "entropy", "entropy-bound")
        # What nobody would truncate is needed where all that is probable has been refused.
        if round_ >= ROUNDS:
            options = replace(options, top_p=None, top_k=None)
        joint = hints.chooser(chooser_for(options, tuple(plan.temperatures)), lengths, full)
        chooser: Chooser = joint
        if not self.options.exact:
            word_class = torch.from_numpy(self.model.vocabulary.word_class).to(self.model.device)
            chooser = NoDoubles(chooser, word_class, self.model.card.pad_id)
            holes = [(slots.start, slots.start + slots.count) for slots in canvas.slots]
            chooser = NoRepeats(chooser, holes, frozenset((self.model.card.mask_id, self.model.card.pad_id)))
        if avoided := self._avoided(canvas, plan):
            chooser = Avoiding(chooser, avoided)
        if long is not None:
            options = replace(options, block=1)
        sampler = sampler_for(options, chooser, self._negative(canvas))
        tokens, layout = canvas.rows(lengths)
        noise = RowNoise(seeds, self.model.device)
        probability = (~layout.hole).float()
        slots = canvas.slot_filter(lengths)
        yield canvas.show(tokens[0], lengths[0])
        for step in denoise(self.model.denoiser, tokens, layout, sampler, noise, slots, self._reuse()):
            tokens, probability = step.tokens, step.probability
            yield canvas.show(tokens[0], lengths[0])
        scores = self._scores(canvas, tokens, probability, lengths, plan.weights)
        for row, (used, score) in enumerate(zip(lengths, scores, strict=True)):
            strain = joint.strain.get(row) if isinstance(joint, Conditioned) and self._strained else None
            self._keep(canvas.read(tokens[row], probability[row], used), score, used, canvas, strain)

    @property
    def _strained(self) -> bool:
        return any(condition.value is not None for condition, _ in self.conditions)

    def failure(self) -> str:
        """Why there is no candidate."""
        for condition, _ in self.conditions:
            if condition.value is not None:
                name = condition.name(self.document)
                return f"no filling of {name} that was drawn meets {condition.asked!r}; give it more room"
        return "no filling of the asked lengths was found; widen the length hints"

    def _scores(
        self, canvas: Canvas, tokens: Tensor, probability: Tensor, lengths: list[tuple[int, ...]], extra: list[float]
    ) -> list[float]:
        """How good each row is.

        Models with nulls: log probability of length and words, a true joint one. Others, whose lengths are estimates:
        mean per slot, and the right seam.
        """
        logs = probability.clamp(min=1e-9).log().masked_fill(~canvas.rows(lengths)[1].hole, 0).sum(1).tolist()
        if self.model.card.null_id is not None:
            return [log + more for log, more in zip(logs, extra, strict=True)]
        means = [(log + more) / (sum(used) + 1) for log, more, used in zip(logs, extra, lengths, strict=True)]
        seams = seam_scores(self.model.denoiser, canvas, tokens, lengths).tolist()
        return [mean + seam for mean, seam in zip(means, seams, strict=True)]

    def _keep(
        self,
        edits: tuple[Edit, ...],
        score: float,
        used: Sequence[int],
        canvas: Canvas,
        strain: float | None = None,
    ) -> None:
        for edit, slots, count in zip(edits, canvas.slots, used, strict=True):
            hint = slots.hole.length
            if hint is not None and not hint.accepts(edit.text.removesuffix(slots.seam.trailing), count - slots.extra):
                return
        for condition, own in self.conditions:
            texts = [edits[index].text for index in own]
            if not condition.accepts(texts, canvas.around[own[0] : own[-1] + 2]):
                self.refused = True
                return
        key = "\0".join(edit.text for edit in edits)
        if key not in self.found or self.found[key][1] < score:
            self.found[key] = (edits, score, strain)

    def _negative(self, canvas: Canvas) -> Negative | None:
        """The canvas that guidance steers away from: `avoid` in place of the left context."""
        if not self.options.avoid:
            return None
        first = self.document.holes[self.holes[0]].span.start
        text = f"{self.options.avoid.strip()} {self.document.text[first:]}"
        shift = len(text) - len(self.document.text)
        other = Document(text, tuple(_moved(hole, shift) for hole in self.document.holes[self.holes[0] :]))
        sizes = [slots.count for slots in canvas.slots]
        group = Filling(self.model, None, other, list(range(len(self.holes))), {}, self.options, None)
        # Another left context may ask for another word start to be repeated; the slots must be as many all the same.
        extra = [slots.extra for slots in group._build(other, sizes).slots]
        aside = group._build(other, [size - more for size, more in zip(sizes, extra, strict=True)])
        tokens, layout = aside.rows([[slots.count for slots in aside.slots]])
        return Negative(tokens, layout)

    def _grow(self) -> Iterator[str]:
        """Models that insert and delete slots themselves: one row after the other."""
        usual = InfillOptions()
        for name in ("steps", "policy", "block", "polish", "guidance", "exact"):
            if getattr(self.options, name) != getattr(usual, name):
                raise OptionError(
                    f"{self.model.card.name} finds the length of a hole itself, one token a step, and takes no {name}; "
                    f"drop it, or give the hole a length"
                )
        start = self._build(self.document, [8], spare=LONGEST)
        most = min(LONGEST, self.model.card.max_length - len(start.tokens) + start.slots[0].count)
        tokens, layout = start.rows([[slots.count for slots in start.slots]])
        for row in range(self.options.n * 2 if self.options.n > 1 else 1):
            temperature = 0.0 if row == 0 else self.options.temperature
            noise = RowNoise([self.options.seed * 1_000_003 + row], self.model.device)
            chooser = chooser_for(self.options, (temperature,))
            canvas, step = start, None
            yield canvas.show(tokens[0], [canvas.slots[0].count])
            for step in denoise_elastic(
                self.model.denoiser, tokens, layout.hole, chooser, noise, start.elastic_filter(), most
            ):
                canvas = start.resized(step.tokens[0], step.layout.hole[0])
                yield canvas.show(step.tokens[0], [canvas.slots[0].count])
            if step is not None:
                used = [canvas.slots[0].count]
                logs = step.probability[0][step.layout.hole[0]].clamp(min=1e-9).log()
                score = float(logs.sum()) / (len(logs) + 1)
                self._keep(canvas.read(step.tokens[0], step.probability[0], used), score, used, canvas)
            if len(self.found) >= self.options.n:
                return


def _moved(hole: Hole, shift: int) -> Hole:
    return replace(hole, span=Span(hole.span.start + shift, hole.span.end + shift))
