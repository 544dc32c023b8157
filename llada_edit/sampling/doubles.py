"""A chooser that does not repeat the word beside a slot ("the the"), which weak models and parallel commits do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from llada_edit.sampling.choice import LAST_RESORT, Chooser, Proposal
from llada_edit.sampling.noise import Noise


@dataclass(frozen=True, slots=True, eq=False)
class NoDoubles:
    """`base`, with the words left and right of each slot put off as a last resort.

    Two neighbouring slots may still want the same word in one step: the less sure of them then counts as unsure, waits,
    and finds the word beside it taken.

    Attributes:
        base: makes the choice.
        word_class: (vocab,) int64, the same number for spellings of one word, -1 for tokens that are no whole word.
        pad_id: what stands in columns that a row does not use.
    """

    base: Chooser
    word_class: Tensor
    pad_id: int

    @property
    def joint(self) -> bool:
        """As the base."""
        return self.base.joint

    def __call__(self, logits: Tensor, tokens: Tensor, at: Tensor, asked: Tensor, noise: Noise) -> Proposal:
        """See `Chooser`."""
        left, right = (beside.gather(1, at) for beside in self._beside(tokens))
        for column in (left, right):
            word = self.word_class[tokens.gather(1, column)][..., None]
            logits = torch.where((word >= 0) & (word == self.word_class), logits - LAST_RESORT, logits)
        proposal = self.base(logits, tokens, at, asked, noise)
        # Asked entries only: filler repeats a row's first column, and would undo what is written there.
        row, index = asked.nonzero(as_tuple=True)
        filled, unsure = tokens.clone(), torch.zeros(tokens.shape, device=tokens.device)
        filled[row, at[row, index]] = proposal.tokens[row, index]
        unsure[row, at[row, index]] = proposal.confidence[row, index].float()
        word = self.word_class[proposal.tokens]
        for column, loses in ((left, torch.Tensor.le), (right, torch.Tensor.lt)):
            same = (word >= 0) & (word == self.word_class[filled.gather(1, column)])
            also_open = unsure.gather(1, column) > 0
            waits = same & also_open & loses(unsure.gather(1, at), unsure.gather(1, column))
            proposal = replace(proposal, confidence=proposal.confidence.masked_fill(waits, 0))
        return proposal

    def _beside(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Columns of the nearest used neighbours, (rows, seq) each; the column itself at an edge."""
        columns = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        used = tokens != self.pad_id
        before = torch.where(used, columns, -1).cummax(1).values.roll(1, 1)
        before[:, 0] = -1
        last = tokens.shape[1]
        after = torch.where(used, columns, last).flip(1).cummin(1).values.flip(1).roll(-1, 1)
        after[:, -1] = last
        return torch.where(before < 0, columns, before), torch.where(after == last, columns, after)
