"""Transfer policies: which masked positions are committed in a step (the papers' "remasking strategy")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from llada_edit.sampling.choice import Proposal
from llada_edit.sampling.noise import Noise


@dataclass(frozen=True, slots=True)
class Turn:
    """What a policy may know about the step.

    Attributes:
        budget: (rows,) int64, how many positions the schedule wants committed.
        share: (rows,) float, 1 - s/t: the share of masked positions that turn clean between times t and s of the step.
        last: (rows,) bool, True where this is a row's last step, which commits all that is left.
    """

    budget: Tensor
    share: Tensor
    last: Tensor


class TransferPolicy(Protocol):
    """Chooses positions of a proposal; with `by_budget`, a step whose budget is zero needs no forward pass."""

    by_budget: ClassVar[bool]

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """(rows, k) bool, a subset of ``proposal.asked``."""
        ...


def highest(score: Tensor, asked: Tensor, count: Tensor) -> Tensor:
    """The `count` (rows,) asked positions of highest `score` (rows, k); ties go to the lower column."""
    order = score.masked_fill(~asked, -torch.inf).argsort(dim=1, descending=True, stable=True)
    chosen = torch.arange(score.shape[1], device=score.device) < count[:, None]
    return torch.zeros_like(asked).scatter(1, order, chosen) & asked


def entropy(proposal: Proposal) -> Tensor:
    """(rows, k) entropy in nats."""
    values: Tensor = torch.special.entr(proposal.log_probabilities.exp())
    return values.sum(-1)


@dataclass(frozen=True, slots=True)
class LowConfidence:
    """The most probable tokens first (LLaDA, arXiv 2502.09992: "low-confidence remasking")."""

    by_budget: ClassVar[bool] = True

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        return highest(proposal.confidence, proposal.asked, turn.budget)


@dataclass(frozen=True, slots=True)
class Random:
    """Any positions (LLaDA's "random remasking")."""

    by_budget: ClassVar[bool] = True

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        return highest(noise.positions(proposal.at, proposal.asked), proposal.asked, turn.budget)


@dataclass(frozen=True, slots=True)
class Margin:
    """The largest gap between the two best tokens first (arXiv 2502.06768)."""

    by_budget: ClassVar[bool] = True

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        best = proposal.log_probabilities.topk(2, -1).values.exp()
        return highest(best[..., 0] - best[..., 1], proposal.asked, turn.budget)


@dataclass(frozen=True, slots=True)
class Entropy:
    """The lowest entropy first (Dream, arXiv 2508.15487)."""

    by_budget: ClassVar[bool] = True

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        return highest(-entropy(proposal), proposal.asked, turn.budget)


@dataclass(frozen=True, slots=True)
class Ancestral:
    """Every masked position with probability 1 - s/t (MDLM, arXiv 2406.07524; Dream's "origin")."""

    by_budget: ClassVar[bool] = False

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        return proposal.asked & (noise.positions(proposal.at, proposal.asked) < turn.share[:, None])


@dataclass(frozen=True, slots=True)
class Threshold:
    """All tokens with at least this probability, at least one (Fast-dLLM, arXiv 2505.22618); ignores the budget."""

    by_budget: ClassVar[bool] = False

    probability: float = 0.9

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        sure = proposal.asked & (proposal.confidence >= self.probability)
        return sure | highest(proposal.confidence, proposal.asked, torch.ones_like(turn.budget))


@dataclass(frozen=True, slots=True)
class Factor:
    """The most probable n tokens, n the largest with (n + 1)(1 - c_n) < f, at least one (Fast-dLLM, arXiv 2505.22618).

    With f ≤ 1 the joint argmax equals the argmax of the positions one by one (theorem 1 of the paper).
    """

    by_budget: ClassVar[bool] = False

    factor: float = 1.0

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        ordered = proposal.confidence.masked_fill(~proposal.asked, 0).sort(1, descending=True).values
        rank = torch.arange(1, ordered.shape[1] + 1, device=ordered.device)
        count = (((rank + 1) * (1 - ordered) < self.factor) * rank).amax(1).clamp(min=1)
        return highest(proposal.confidence, proposal.asked, count)


@dataclass(frozen=True, slots=True)
class EntropyBound:
    """The longest run of lowest entropies with sum - max ≤ γ nats, at least one (EB-sampler, arXiv 2505.24857)."""

    by_budget: ClassVar[bool] = False

    gamma: float = 0.2

    def __call__(self, proposal: Proposal, turn: Turn, noise: Noise) -> Tensor:
        """See `TransferPolicy`."""
        values = entropy(proposal)
        ordered = values.masked_fill(~proposal.asked, torch.inf).sort(1).values
        count = (ordered.cumsum(1) - ordered <= self.gamma).sum(1).clamp(min=1)
        return highest(-values, proposal.asked, count)
