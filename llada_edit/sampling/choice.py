"""Which token each asked position would take, and how sure the model is of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from llada_edit.sampling.noise import Noise

LAST_RESORT = 1e4
"""Taken off the logits of tokens that are out for taste only, so that a rule on lengths may fall back on them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One token per asked position.

    Attributes:
        at: (rows, k) int64, canvas columns.
        asked: (rows, k) bool, False for filler entries.
        tokens: (rows, k) int64.
        confidence: (rows, k) float, probability of the token without noise and filters of taste.
        log_probabilities: (rows, k, vocab) float.
    """

    at: Tensor
    asked: Tensor
    tokens: Tensor
    confidence: Tensor
    log_probabilities: Tensor


class Chooser(Protocol):
    """Turns logits into a proposal; a constrained chooser, which is `joint`, proposes one jointly valid string.

    A joint chooser is asked for all masked slots of a row at once; of its proposal, any part may be committed.
    """

    @property
    def joint(self) -> bool:
        """Whether the positions of a row depend on each other."""
        ...

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """One proposal for the asked positions.

        Args:
            logits: (rows, k, vocab), -inf for tokens that may not stand there.
            tokens: (rows, seq) int64, the canvas with what is committed so far.
            at: (rows, k) int64, as in `Noise.vocabulary`.
            asked: (rows, k) bool, as there.
            noise: source of draws.
        """
        ...


@dataclass(frozen=True, slots=True)
class Independent:
    """Every position for itself: argmax, or Gumbel-max at a temperature (Jang et al., arXiv 1611.01144).

    The noise acts in log space, logits + T·Gumbel, which equals the reference's exp(logits) / (-ln u)^T without its
    overflow. As in the reference, the temperature moves the token only, never the confidence.

    Attributes:
        temperature: 0 takes the most probable token; one value for all rows, or one a row.
        top_k: only the k most probable tokens may be drawn.
        top_p: only the smallest set of tokens with this total probability may be drawn.
        postponed: ids whose confidence counts as zero, so that they are committed last (LLaDA: EOS and EoT).
    """

    joint: ClassVar[bool] = False

    temperature: float | tuple[float, ...] = 0.0
    top_k: int | None = None
    top_p: float | None = None
    postponed: tuple[int, ...] = ()

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`."""
        chosen = self.perturbed(logits, at, asked, noise).argmax(-1)
        if self.postponed:
            logits = logits.index_fill(-1, torch.tensor(self.postponed, device=logits.device), -torch.inf)
        log_probabilities = logits.log_softmax(-1)
        confidence = log_probabilities.gather(-1, chosen[..., None])[..., 0].exp()
        return Proposal(at, asked, chosen, confidence, log_probabilities)

    def perturbed(self, logits: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Tensor:
        """(rows, k, vocab) scores whose argmax is the choice: logits, truncated and with noise where it is warm."""
        warm = self.warm(logits)
        if not bool(warm.any()):
            return logits
        draws = noise.vocabulary(at, asked & warm[:, None], logits.shape[-1])
        # Cold rows are not truncated: that sorts the vocabulary.
        scores, rows = logits.to(draws.dtype, copy=True), self._rows(logits)[warm, None, None]
        scores[warm] = self._kept(logits[warm]).to(draws.dtype) - rows * torch.log(-draws[warm].log())
        return scores

    def warm(self, logits: Tensor) -> Tensor:
        """(rows,) bool: rows that draw."""
        return self._rows(logits) > 0

    def softened(self, logits: Tensor, row: int) -> Tensor:
        """Truncated logits over the temperature of a warm row: the log weights that its tokens are drawn by."""
        temperature = self.temperature[row] if isinstance(self.temperature, tuple) else self.temperature
        return self._kept(logits) / temperature

    def _kept(self, logits: Tensor) -> Tensor:
        cut = truncate(logits, self.top_k, self.top_p)
        return torch.where(cut > -torch.inf, cut, logits - LAST_RESORT)

    def _rows(self, logits: Tensor) -> Tensor:
        return torch.tensor(self.temperature, device=logits.device).expand(len(logits))


def truncate(logits: Tensor, top_k: int | None, top_p: float | None) -> Tensor:
    """`logits` (…, vocab) with all but the top k, or all outside the nucleus (arXiv 1904.09751), at -inf."""
    if top_k is not None and top_k < logits.shape[-1]:
        logits = logits.masked_fill(logits < logits.topk(top_k, -1).values[..., -1:], -torch.inf)
    if top_p is not None and top_p < 1:
        ordered, order = logits.sort(-1, descending=True)
        probabilities = ordered.softmax(-1)
        outside = probabilities.cumsum(-1) - probabilities >= top_p
        logits = logits.masked_fill(torch.zeros_like(outside).scatter(-1, order, outside), -torch.inf)
    return logits


@dataclass(frozen=True, slots=True, eq=False)
class Avoiding:
    """A `Chooser` that leaves out some tokens in some places, as long as there are others.

    Attributes:
        base: makes the choice.
        avoided: tokens by row and canvas column.
    """

    base: Chooser
    avoided: Mapping[tuple[int, int], Tensor]

    @property
    def joint(self) -> bool:
        """As the base."""
        return self.base.joint

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`."""
        logits = logits.clone()
        for (row, column), ids in self.avoided.items():
            if row < len(at):
                for index in (asked[row] & (at[row] == column)).nonzero()[:, 0].tolist():
                    logits[row, index, ids] -= LAST_RESORT
        return self.base(logits, tokens, at, asked, noise)


def branches(logits: Tensor, count: int) -> tuple[int, Tensor]:
    """The most open of some slots, and the `count` tokens that are most probable there, best first.

    Args:
        logits: (slots, vocab).
        count: how many.
    """
    probabilities = logits.softmax(-1)
    slot = int(probabilities.topk(2).values[:, 1].argmax())
    return slot, probabilities[slot].topk(count).indices
