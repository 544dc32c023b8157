"""An autoregressive model: the same network, trainer, data; with fill-in-the-middle (arXiv 2207.14255, PSM form)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from llada_edit.models.base import KeyValue
from llada_edit.models.llama import Llama
from llada_edit.training.batches import Batch
from llada_edit.training.holes import Sampler

PREFIX, SUFFIX, MIDDLE = 29, 30, 31
"""Reserved ids that mark what follows."""
LONGEST = 32
BEAMS = 8
SHORTEST = 24
"""Tokens of a piece of text that is rearranged."""


class Causal(Llama):
    """The same network, each position seeing itself and those before."""

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        size = tokens.shape[1]
        lower = torch.ones(size, size, dtype=torch.bool, device=tokens.device).tril()[None, None]
        return super().hidden(tokens, positions, lower)


def next_tokens(rows: np.ndarray) -> Batch:
    """Rows (rows, seq + 1) as a batch in which every position has to say the next token."""
    tokens, targets = rows[:, :-1], rows[:, 1:]
    everything = np.ones_like(tokens, dtype=bool)
    positions = np.broadcast_to(np.arange(tokens.shape[1]), tokens.shape).copy()
    return Batch(tokens, positions, targets, everything, everything, everything, np.ones(len(tokens)))


class FimSampler:
    """Half of the rows are running text; half are pieces of it, each with some of its words moved to its end.

    Pieces have any length, so that the end of a middle is not known by its place in the row.
    """

    def __init__(self, text: Sampler) -> None:
        self.text = text

    def batch(self, step: int, rows: int, length: int, highest_rate: float = 1.0) -> Batch:
        rng = np.random.default_rng((self.text.seed, step))
        plain = self.text.whole_batch(step, rows, length + 1).targets
        return next_tokens(np.stack([self._row(rng, row) for row in plain]))

    def whole_batch(self, step: int, rows: int, length: int) -> Batch:
        """Running text alone; the bound of a model that says one token after the other is its exact likelihood."""
        return next_tokens(self.text.whole_batch(step, rows, length + 1).targets)

    def _row(self, rng: np.random.Generator, row: np.ndarray) -> np.ndarray:
        if rng.random() < 0.5:
            return row
        parts: list[np.ndarray] = []
        at = total = 0
        while total < len(row):
            piece = row[at : at + int(rng.integers(SHORTEST, len(row)))]
            parts.append(self._moved(rng, piece))
            at, total = at + len(piece), total + len(parts[-1])
        return np.concatenate(parts)[: len(row)]

    def _moved(self, rng: np.random.Generator, piece: np.ndarray) -> np.ndarray:
        starts = np.append(self.text.corpus.words(piece), len(piece))
        first = int(rng.integers(len(starts)))
        words = int(rng.choice((1, rng.integers(2, 9))))
        begin, end = (int(starts[min(at, len(starts) - 1)]) for at in (first, first + words))
        ids = (
            [PREFIX], piece[:begin], [SUFFIX], piece[end:], [MIDDLE], piece[begin:end], [self.text.controls.end],
        )  # fmt: skip
        return np.concatenate(ids).astype(np.int64)


@torch.inference_mode()
def complete(
    network: Causal, prompt: Sequence[int], end: int, most: int = LONGEST, never: Tensor | None = None
) -> list[int]:
    """The most probable next tokens until `end`, one after the other; `never` (vocab,) may not be the first of them."""
    tokens = torch.tensor([list(prompt)])
    found: list[int] = []
    for _ in range(min(most, network.config.max_positions - tokens.shape[1])):
        hidden, _ = network.hidden(tokens, torch.arange(tokens.shape[1])[None])
        logits = network.project(hidden[:, -1])
        if never is not None and not found:
            logits = logits.masked_fill(never, -math.inf)
        best = int(logits.argmax())
        if best == end:
            break
        found.append(best)
        tokens = torch.cat((tokens, torch.tensor([[best]])), 1)
    return found


@torch.inference_mode()
def search(
    network: Causal,
    prompt: Sequence[int],
    end: int,
    beams: int = BEAMS,
    most: int = LONGEST,
    never: Tensor | None = None,
) -> tuple[list[int], float]:
    """The most probable fill of at least one token, and its log probability with its `end`, in nats; by beam search.

    All fills that end are compared by that sum, whatever their lengths. No open fill can gain by going on, so the
    search is over when the best of them is behind one that ended. With beams for all open fills it is exact. Tokens in
    `never` (vocab,) may not be the first.
    """
    rows, sums = torch.tensor([list(prompt)]), torch.zeros(1)
    room = min(most, network.config.max_positions - len(prompt))
    best, highest = list[int](), -math.inf
    for size in range(room + 1):
        hidden, _ = network.hidden(rows, torch.arange(rows.shape[1]).expand_as(rows))
        logs = sums[:, None] + network.project(hidden[:, -1]).log_softmax(-1)
        ended = logs[:, end].clone()
        logs[:, end] = -math.inf
        if never is not None and not size:
            logs = logs.masked_fill(never, -math.inf)
        if size and float(ended.max()) > highest:
            highest, best = float(ended.max()), rows[int(ended.argmax()), len(prompt) :].tolist()
        sums, places = logs.flatten().topk(min(beams, int(logs.isfinite().sum())))
        if float(sums[0]) <= highest:
            break
        tokens = places % logs.shape[1]
        rows = torch.cat((rows[places // logs.shape[1]], tokens[:, None]), 1)
    return best, highest


@torch.inference_mode()
def go_on(network: Causal, rows: Tensor, count: int) -> Tensor:
    """The `count` most probable next tokens of rows (rows, seq), one after the other: (rows, count)."""
    for _ in range(count):
        hidden, _ = network.hidden(rows, torch.arange(rows.shape[1]).expand_as(rows))
        rows = torch.cat((rows, network.project(hidden[:, -1]).argmax(-1, keepdim=True)), 1)
    return rows[:, -count:]


@torch.inference_mode()
def log_probability(network: Causal, prompt: Sequence[int], answer: Sequence[int]) -> float:
    """Of the answer after the prompt, in nats."""
    tokens = torch.tensor([[*prompt, *answer]])
    hidden, _ = network.hidden(tokens, torch.arange(tokens.shape[1])[None])
    logs = network.project(hidden).log_softmax(-1)[0, len(prompt) - 1 : -1]
    return float(logs.gather(1, torch.tensor(answer)[:, None]).sum())
