"""Scores of tokens and of classes of tokens, on the device where the scores are: only what is per class leaves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from llada_edit.constraints.minimise import DEAD
from llada_edit.constraints.rows import Ints

Floats = NDArray[np.float64]
FAR = 60.0
"""Nats below the best token of a slot from which a class is summed apart, so that none is lost to rounding."""


class Classes:
    """Which tokens belong together.

    Args:
        class_of: (vocab,) class of each token, -1 for tokens that are never used.
    """

    def __init__(self, class_of: NDArray[np.int32]) -> None:
        self.class_of = class_of
        order = np.argsort(class_of, kind="stable")
        self.tokens: Ints = order[int((class_of == DEAD).sum()) :]
        """All tokens that are used, class by class."""
        self.owner = class_of[self.tokens].astype(np.int64)
        self.count = int(class_of.max(initial=DEAD)) + 1
        self.begin = np.searchsorted(self.owner, np.arange(self.count + 1))

    def spread(self, values: Floats, scores: Tensor) -> Tensor:
        """(n, vocab) a value (n, classes) added to the scores of all tokens of the class, -inf for unused tokens."""
        table = np.concatenate((values, np.full((len(values), 1), -np.inf)), axis=1)
        return scores + torch.from_numpy(table[:, self.class_of]).to(scores)


class Reduced:
    """Scores of some slots, class by class.

    Args:
        classes: of the tokens.
        scores: (n, vocab), log weights.

    Attributes:
        top: (n, classes) maxima.
        sums: (n, classes) log sums.
    """

    def __init__(self, classes: Classes, scores: Tensor) -> None:
        self._classes = classes
        if scores.is_cuda:
            self._sorted = scores.index_select(1, torch.from_numpy(classes.tokens).to(scores.device))
            reduce: Callable[[Tensor, Classes, bool], Floats] = by_scatter
        else:  # numpy gathers and adds up runs several times as fast as torch does
            self._sorted = torch.from_numpy(scores.numpy().take(classes.tokens, axis=1))
            reduce = by_runs
        self.top = reduce(self._sorted, classes, False)
        peak = self.top.max(axis=1, initial=-np.inf, keepdims=True)
        peak[peak == -np.inf] = 0.0
        weights = (self._sorted - torch.from_numpy(peak).to(self._sorted)).exp_()
        with np.errstate(divide="ignore"):
            self.sums = np.log(reduce(weights, classes, True)) + peak
        for row, class_ in np.argwhere((self.top < peak - FAR) & (self.top > -np.inf)).tolist():
            self.sums[row, class_] = float(self._of(row, class_).double().logsumexp(0))

    def best(self, chosen: Sequence[int]) -> Tensor:
        """(n,) on the CPU: the best token of one class for each slot."""
        return self._tokens([self._of(row, class_).argmax() for row, class_ in enumerate(chosen)], chosen)

    def draw(self, chosen: Sequence[int], draws: Sequence[float]) -> Tensor:
        """(n,) on the CPU: a random token of one class for each slot; one number in (0, 1) for each."""
        picks = []
        for row, (class_, draw) in enumerate(zip(chosen, draws, strict=True)):
            sums = self._of(row, class_).softmax(0).cumsum(0)
            # The first token whose sum is beyond the draw has a weight of its own; there is one, whatever is rounded.
            picks.append((sums <= (draw * sums[-1]).clamp(max=sums[-1] * (1 - 1e-6))).sum())
        return self._tokens(picks, chosen)

    def _of(self, row: int, class_: int) -> Tensor:
        return self._sorted[row, self._classes.begin[class_] : self._classes.begin[class_ + 1]]

    def _tokens(self, picks: list[Tensor], chosen: Sequence[int]) -> Tensor:
        within = torch.stack(picks).cpu().numpy()
        return torch.from_numpy(self._classes.tokens[within + self._classes.begin[list(chosen)]])


def by_runs(values: Tensor, classes: Classes, add: bool) -> Floats:
    """(n, classes) maxima or sums of values (n, used tokens) on the CPU."""
    if not classes.count:
        return np.zeros((len(values), 0))
    operation = np.add if add else np.maximum
    return operation.reduceat(values.numpy(), classes.begin[:-1], axis=1).astype(np.float64)


def by_scatter(values: Tensor, classes: Classes, add: bool) -> Floats:
    """The same on any device."""
    owner = torch.from_numpy(classes.owner).to(values.device).expand(len(values), -1)
    shape = (len(values), classes.count)
    if add:  # in double precision, the order of a sum, which varies on CUDA, makes no difference that is ever seen
        found = torch.zeros(shape, dtype=torch.float64, device=values.device).scatter_add_(1, owner, values.double())
    else:
        found = values.new_full(shape, -torch.inf).scatter_reduce_(1, owner, values, "amax")
    return found.double().cpu().numpy()
