"""The denoising loop: one generator that streaming, batch and single calls drain.

It knows token ids, slots and probabilities; it does not know text, documents or where the canvas came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from llada_edit.models.base import ContextCache, Denoiser, Layout
from llada_edit.sampling.choice import Chooser, Independent, Proposal
from llada_edit.sampling.context import ContextReuse
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.guidance import Guidance
from llada_edit.sampling.noise import Noise
from llada_edit.sampling.remasking import Never, Remasking
from llada_edit.sampling.schedule import Even, NoiseSchedule
from llada_edit.sampling.transfer import Factor, TransferPolicy, Turn


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """The roles of a run and its numbers.

    Attributes:
        steps: denoising steps over all blocks; None takes as many as there are masks (fewer with parallel policies).
        block: slots of a semi-autoregressive block, filled before the next begins; None takes all at once.
        schedule: how many tokens each step commits.
        transfer: which positions those are.
        remasking: which committed positions are masked again.
        guidance: classifier-free guidance; None for none.
        chooser: which token a position takes.
    """

    steps: int | None = None
    block: int | None = None
    schedule: NoiseSchedule = Even()
    transfer: TransferPolicy = Factor()
    remasking: Remasking = Never()
    guidance: Guidance | None = None
    chooser: Chooser = Independent()


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """The canvas after a step; all tensors (rows, seq), copies that the loop does not touch again.

    Attributes:
        index: number of the step, counted from 0 over all blocks; steps that commit nothing are left out.
        tokens: int64.
        layout: of the canvas (it changes only for models that insert and delete slots).
        committed: bool, slots filled in this step.
        remasked: bool, slots masked again after it.
        probability: float, what the model gave each token when it was committed; 1 for context, 0 for masks.
    """

    index: int
    tokens: Tensor
    layout: Layout
    committed: Tensor
    remasked: Tensor
    probability: Tensor


def denoise(
    denoiser: Denoiser,
    tokens: Tensor,
    layout: Layout,
    sampler: Sampler,
    noise: Noise,
    slots: SlotFilter | None = None,
    reuse: ContextReuse | None = None,
) -> Iterator[Step]:
    """Fill all masked slots of a canvas, step by step; closing the generator stops the work.

    Args:
        denoiser: the model.
        tokens: (rows, seq) int64; masks outside ``layout.hole`` stay (reference: they are not part of the answer).
        layout: of the canvas.
        sampler: roles and numbers.
        noise: draws, one source per run.
        slots: tokens that may not stand in a hole.
        reuse: where the context's keys and values come from; None computes the whole canvas in every step.

    Yields:
        One `Step` for every step that committed something; the last one has no masked slot.
    """
    run = _Run(denoiser, tokens.clone(), layout, sampler, noise, slots, reuse)
    if sampler.block is not None and (sampler.remasking.rounds or sampler.block < 1):
        raise ValueError(f"block {sampler.block} goes with no polish rounds and at least 1 slot")
    index = 0
    for columns in run.blocks():
        yield from run.fill(columns, index)
        index += max(run.steps_of(columns))
    for _ in range(sampler.remasking.rounds):
        again = run.reopen()
        yield from run.fill(again, index)
        index += max(run.steps_of(again))


class _Run:
    """State of one call of `denoise`."""

    def __init__(
        self,
        denoiser: Denoiser,
        tokens: Tensor,
        layout: Layout,
        sampler: Sampler,
        noise: Noise,
        slots: SlotFilter | None,
        reuse: ContextReuse | None,
    ) -> None:
        self.denoiser, self.tokens, self.layout, self.sampler = denoiser, tokens, layout, sampler
        self.noise, self.slots, self.reuse = noise, slots, reuse
        self.mask_id = denoiser.card.mask_id
        self.start = self.open()
        self.total = max(1, int(self.start.sum(1).max()))
        self.probability = (~self.start).float()

    def open(self) -> Tensor:
        """(rows, seq) bool, slots that are still masked."""
        return self.layout.hole & self.layout.valid & (self.tokens == self.mask_id)

    def blocks(self) -> list[Tensor]:
        """Slots of each block, (rows, seq) bool; blocks count a row's own masks from the left."""
        size = self.sampler.block or self.total
        number = (self.start.cumsum(1) - 1) // size
        return [self.start & (number == block) for block in range(-(-self.total // size))]

    def steps_of(self, columns: Tensor) -> list[int]:
        """Steps that each row spends on the slots `columns` (rows, seq) bool; a row's plan is its own."""
        counts = columns.sum(1).tolist()
        if self.sampler.steps is None:
            return [max(1, count) for count in counts]
        size = self.sampler.block or self.total
        return [max(1, self.sampler.steps // max(1, -(-masked // size))) for masked in self.start.sum(1).tolist()]

    def fill(self, columns: Tensor, first: int) -> Iterator[Step]:
        """Steps that fill the masked slots among `columns` (rows, seq) bool; `first` is the number of the first."""
        schedule, device = self.sampler.schedule, self.tokens.device
        steps = self.steps_of(columns)
        most = max(steps)
        budgets = torch.zeros(len(steps), most, dtype=torch.long)
        shares = torch.ones(len(steps), most)
        for row, (own, count) in enumerate(zip(steps, columns.sum(1).tolist(), strict=True)):
            budgets[row, :own] = torch.tensor(schedule.budget(own, count))
            shares[row, :own] = torch.tensor([schedule.share(step, own) for step in range(own)])
        left_after = (budgets.sum(1, keepdim=True) - budgets.cumsum(1)).to(device)
        own_steps = torch.tensor(steps, device=device)
        for step in range(most):
            masked = columns & self.open()
            if not bool(masked.any()):
                return
            self.noise.begin(first + step)
            budget = (masked.sum(1) - left_after[:, step]).clamp(min=0)
            turn = Turn(budget, shares[:, step].to(device), own_steps - 1 <= step)
            # Only rows with something to do take part, so that a row draws and revises as it would alone.
            due = budget > 0 if self.sampler.transfer.by_budget else masked.any(1)
            if not bool(due.any()):
                continue
            committed = self.commit(self.propose(masked & due[:, None]), turn)
            remasked = self.revise(columns & ~masked & due[:, None], step, own_steps)
            yield Step(first + step, self.tokens, self.layout, committed, remasked, self.probability)

    def revise(self, earlier: Tensor, step: int, steps: Tensor) -> Tensor:
        """Mask again what the remasking role picks among `earlier` (rows, seq) slots; (rows, seq) bool of those."""
        now, following = (1 - (step + offset) / steps for offset in (0, 1))
        rates = [
            torch.tensor([self.sampler.schedule.mask_rate(max(t, 0.0)) for t in ts.tolist()]) for ts in (now, following)
        ]
        running = earlier & (following > 0)[:, None]
        again = self.sampler.remasking.during(running, rates[0], rates[1], self.noise)
        if again is None:
            return torch.zeros_like(earlier)
        self.tokens = self.tokens.masked_fill(again, self.mask_id)
        self.probability = self.probability.masked_fill(again, 0)
        return again

    def propose(self, masked: Tensor) -> Proposal:
        """One proposal for the `masked` (rows, seq) slots."""
        # A joint choice needs the slots of later blocks too, or it could not tell what is still possible.
        whole = self.open() & masked.any(1, keepdim=True) if self.sampler.chooser.joint else masked
        asked, at = _ask(whole)
        filled = 1 - self.open().sum(1) / self.start.sum(1).clamp(min=1)
        context = None if self.reuse is None else self.reuse.step(self.tokens, self.layout, filled)
        logits = self.logits(at, asked.any(1), context)
        if self.slots is not None:
            logits = self.slots(logits, at)
        if self.sampler.guidance is not None:
            logits = self.sampler.guidance(self.denoiser, self.tokens, self.layout, at, logits, filled)
        proposal = self.sampler.chooser(logits, self.tokens, at, asked, self.noise)
        return replace(proposal, asked=asked & masked.gather(1, at))

    def logits(self, at: Tensor, busy: Tensor, context: ContextCache | None) -> Tensor:
        """Logits (rows, k, vocab) of the columns `at`; rows that are not `busy` (rows,) bool are not computed: 0."""
        rows = busy.nonzero()[:, 0]
        if len(rows) == len(busy):
            return self.denoiser.logits(self.tokens, at, self.layout, context)
        own = None if context is None else context.rows(rows)
        some = self.denoiser.logits(self.tokens[rows], at[rows], self.layout.rows(rows), own)
        return some.new_zeros(*at.shape, some.shape[-1]).index_copy_(0, rows, some)

    def commit(self, proposal: Proposal, turn: Turn) -> Tensor:
        """Write the positions that the transfer policy picks; (rows, seq) bool of what was written."""
        picked = self.sampler.transfer(proposal, turn, self.noise) | (proposal.asked & turn.last[:, None])
        row, index = picked.nonzero(as_tuple=True)
        column = proposal.at[row, index]
        self.tokens, self.probability = self.tokens.clone(), self.probability.clone()
        self.tokens[row, column] = proposal.tokens[row, index]
        self.probability[row, column] = proposal.confidence[row, index].to(self.probability.dtype)
        committed = torch.zeros_like(self.layout.hole)
        committed[row, column] = True
        return committed

    def reopen(self) -> Tensor:
        """Mask again what the remasking role doubts in a full canvas; (rows, seq) bool of what was masked."""
        again = self.sampler.remasking.after(self.probability, self.start)
        self.tokens = self.tokens.masked_fill(again, self.mask_id)
        self.probability = self.probability.masked_fill(again, 0)
        return again


def _ask(masked: Tensor) -> tuple[Tensor, Tensor]:
    """Columns of the True entries of `masked` (rows, seq): asked (rows, k) bool and at (rows, k), left-aligned."""
    counts = masked.sum(1)
    width = int(counts.max())
    order = (~masked).to(torch.uint8).argsort(dim=1, stable=True)[:, :width]
    asked = torch.arange(width, device=masked.device) < counts[:, None]
    return asked, torch.where(asked, order, order[:, :1])
