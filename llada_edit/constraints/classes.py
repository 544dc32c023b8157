"""Scores of tokens and of classes of tokens, on the device where the scores are: only what is per class leaves it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.constraints.minimise import DEAD

Floats = NDArray[np.float64]


class Classes:
    """Scores of tokens to scores of their classes, and back.

    Args:
        class_of: (vocab,) class of each token, -1 for tokens that are never used.
    """

    def __init__(self, class_of: NDArray[np.int32]) -> None:
        self.count = int(class_of.max(initial=DEAD)) + 1
        # Tokens that are never used form one more class, which is dropped.
        self._index = torch.from_numpy(np.where(class_of == DEAD, self.count, class_of).astype(np.int64))

    def reduce(self, scores: Tensor) -> tuple[Floats, Floats]:
        """(n, classes) maxima and log sums of (n, vocab) scores; each class is summed relative to its own maximum."""
        index = self._on(scores)
        shape = (len(scores), self.count + 1)
        every = index.expand(len(scores), -1)
        top = scores.new_full(shape, -torch.inf).scatter_reduce_(1, every, scores, "amax")
        level = top.masked_fill(top == -torch.inf, 0)
        # On CUDA the order of a sum varies: in double precision it makes no difference that is ever seen.
        precise = torch.float64 if scores.is_cuda else scores.dtype
        weights = (scores - level.index_select(1, index)).exp_().to(precise)
        sums = weights.new_zeros(shape).scatter_add_(1, every, weights).log_() + level
        return _host(top[:, :-1]), _host(sums[:, :-1])

    def best(self, scores: Tensor, chosen: list[int]) -> Tensor:
        """(n,) the best token of one class for each row of (n, vocab) scores."""
        return self._only(scores, chosen).argmax(1)

    def draw(self, scores: Tensor, chosen: list[int], draws: Tensor) -> Tensor:
        """(n,) a random token of one class for each row of (n, vocab) log weights; `draws` (n,) in (0, 1)."""
        weights = self._only(scores, chosen).softmax(1).cumsum(1)
        total = weights[:, -1:]
        # The first token whose sum is beyond the draw has a weight of its own.
        beyond = torch.minimum(draws[:, None].to(weights) * total, torch.nextafter(total, torch.zeros_like(total)))
        return (weights <= beyond).sum(1)

    def spread(self, values: Floats, scores: Tensor) -> Tensor:
        """(n, vocab) a value (n, classes) added to the scores of all tokens of the class, -inf for unused tokens."""
        unused = np.full((len(values), 1), -np.inf)
        table = torch.from_numpy(np.concatenate((values, unused), axis=1)).to(scores)
        return scores + table.index_select(1, self._on(scores))

    def _only(self, scores: Tensor, chosen: list[int]) -> Tensor:
        own = torch.tensor(chosen, device=scores.device)[:, None] == self._on(scores)
        return scores.masked_fill(~own, -torch.inf)

    def _on(self, scores: Tensor) -> Tensor:
        if self._index.device != scores.device:
            self._index = self._index.to(scores.device)
        return self._index


def _host(values: Tensor) -> Floats:
    found: Floats = values.cpu().double().numpy()
    return found
