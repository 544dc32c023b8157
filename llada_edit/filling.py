"""The holes of one canvas on their way from lengths over denoising to ranked candidates, as drafts to look at.

Knows how rows are drawn, read and ranked. Does not know other canvases, nor how this one was laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.constraints.joint import Conditioned
from llada_edit.edits import Edit
from llada_edit.errors import OptionError
from llada_edit.hints import Hinted, Weighed
from llada_edit.lengths import LONGEST, seam_scores
from llada_edit.marks import sound
from llada_edit.options import InfillOptions
from llada_edit.plans import Plan, draws, plan_draws, plan_rows
from llada_edit.sampling.choice import Avoiding, Chooser, branches
from llada_edit.sampling.doubles import NoDoubles
from llada_edit.sampling.elastic import denoise_elastic
from llada_edit.sampling.loop import denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.presets import chooser_for, sampler_for
from llada_edit.sampling.repeats import NoRepeats
from llada_edit.site import Draft, Site

ROUNDS = 3
"""Batches that are drawn at most to find distinct candidates; each is warmer than the one before."""
REDRAWS = 12
"""Batches that are drawn at most where finished texts fail a check that no automaton can hold, such as uniqueItems."""

Scored = tuple[tuple[Edit, ...], float, float | None]
"""Edits, score, strain."""


class Filling:
    """The holes of one canvas on their way through selection of lengths, denoising and ranking."""

    def __init__(self, site: Site) -> None:
        self.site, self.model, self.options = site, site.model, site.task.options
        self.found: dict[str, Scored] = {}
        self.refused = False  # whether a finished text failed the check of what no automaton can hold
        self.unsound = False  # whether one left a quote or a bracket open

    def drafts(self) -> Iterator[Draft]:
        """Denoise; one draft per step, with the first row in it."""
        if self.site.elastic:
            yield from self._grow()
            return
        hints, weights = self.site.lay_out()
        for round_ in range(REDRAWS):
            yield from self._batch(hints, weights, round_)
            if not round_ and self.unsound and len(self.found) < self.options.n:
                hints = self.site.stricter(hints)
                yield from self._batch(hints, weights, round_)
            enough = self.found or not self.refused
            if len(self.found) >= self.options.n or (enough and round_ + 1 >= ROUNDS):
                break

    def candidates(self) -> list[Scored]:
        """The distinct results, best first, at most n."""
        ranked = sorted(self.found.values(), key=lambda item: -item[1])
        return ranked[: self.options.n]

    def _avoided(self, canvas: Canvas, plan: Plan) -> dict[tuple[int, int], Tensor]:
        """For every row that is to differ, the tokens that better ones take in the most open slot."""
        if not any(plan.ranks):
            return {}
        used = plan.lengths[plan.ranks.index(1)]
        layout = canvas.rows([used])[1]
        at = (layout.hole & layout.valid)[0].nonzero()[:, 0][None]
        if not at.numel():  # an empty filling has no place to differ in
            return {}
        logits = self.site.masked_logits(canvas, used)[None]
        slot, best = branches(canvas.slot_filter([used])(logits, at)[0], max(plan.ranks))
        return {(row, int(at[0, slot])): best[:rank] for row, rank in enumerate(plan.ranks) if rank}

    def _batch(self, hints: Hinted, weights: Weighed, round_: int) -> Iterator[Draft]:
        """Denoise one batch of rows and keep what meets the hints."""
        canvas = hints.canvas
        options = self.options
        best = hints.lengths(weights, max(3, options.n))
        long = None if self.site.strained else draws(self.model.card.long_fills, best[0][0], options)
        if long is None or round_:
            plan = plan_rows(best, options, round_, differ=not (self.site.strained or options.exact))
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
        sampler = sampler_for(options, chooser, self.site.negative(canvas))
        tokens, layout = canvas.rows(lengths)
        noise = RowNoise(seeds, self.model.device)
        probability = (~(layout.hole & layout.valid)).float()
        slots = canvas.slot_filter(lengths)
        yield self.site.show(canvas, tokens[0], probability[0], lengths[0])
        for step in denoise(self.model.denoiser, tokens, layout, sampler, noise, slots, self.site.reuse()):
            tokens, probability = step.tokens, step.probability
            yield self.site.show(canvas, tokens[0], probability[0], lengths[0])
        scores = self._scores(canvas, tokens, probability, lengths, plan.weights)
        for row, (used, score) in enumerate(zip(lengths, scores, strict=True)):
            strain = joint.strain.get(row) if isinstance(joint, Conditioned) and self.site.strained else None
            self._keep(canvas.read(tokens[row], probability[row], used), score, used, canvas, strain)

    def failure(self) -> str:
        """Why there is no candidate."""
        for condition, _ in self.site.conditions:
            if condition.value is not None:
                name = condition.name(self.site.task.document)
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
        for condition, own in self.site.conditions:
            texts = [edits[index].text for index in own]
            if not condition.accepts(texts, canvas.around[own[0] : own[-1] + 2]):
                self.refused = True
                return
        for edit, slots, hole in zip(edits, canvas.slots, self.site.holes, strict=True):
            free = slots.marks is not None and not slots.marks.strict
            if free and not sound(edit.text.removesuffix(slots.seam.trailing), *self.site.near(hole)):
                self.unsound = True
                return
        key = "\0".join(edit.text for edit in edits)
        if key not in self.found or self.found[key][1] < score:
            self.found[key] = (edits, score, strain)

    def _grow(self) -> Iterator[Draft]:
        """Models that insert and delete slots themselves: one row after the other."""
        usual = InfillOptions()
        for name in ("steps", "policy", "block", "polish", "guidance", "exact"):
            if getattr(self.options, name) != getattr(usual, name):
                raise OptionError(
                    f"{self.model.card.name} finds the length of a hole itself, one token a step, and takes no {name}; "
                    f"drop it, or give the hole a length"
                )
        start = self.site.canvas([8], spare=LONGEST)
        most = min(LONGEST, self.model.card.max_length - len(start.tokens) + start.slots[0].count)
        tokens, layout = start.rows([[slots.count for slots in start.slots]])
        for row in range(self.options.n * 2 if self.options.n > 1 else 1):
            temperature = 0.0 if row == 0 else self.options.temperature
            noise = RowNoise([self.options.seed * 1_000_003 + row], self.model.device)
            chooser = chooser_for(self.options, (temperature,))
            canvas, step = start, None
            yield self.site.show(canvas, tokens[0], torch.zeros(tokens.shape[1]), [canvas.slots[0].count])
            for step in denoise_elastic(
                self.model.denoiser, tokens, layout.hole, chooser, noise, start.elastic_filter(), most
            ):
                canvas = start.resized(step.tokens[0], step.layout.hole[0])
                yield self.site.show(canvas, step.tokens[0], step.probability[0], [canvas.slots[0].count])
            if step is not None:
                used = [canvas.slots[0].count]
                logs = step.probability[0][step.layout.hole[0]].clamp(min=1e-9).log()
                score = float(logs.sum()) / (len(logs) + 1)
                self._keep(canvas.read(step.tokens[0], step.probability[0], used), score, used, canvas)
            if len(self.found) >= self.options.n:
                return
