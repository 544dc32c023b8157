"""How probable a text is under a masked-diffusion model: the any-order bound, exactly or by sampling, and per token.

The bound of an answer of L tokens (LLaDA, arXiv 2502.09992, eq. 6): over k uniform in 1…L and a uniform subset of k
answer tokens, the mean of (L/k) · (sum of the cross-entropies of the subset when it is masked).
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor

from llada_edit.models.base import ContextCache, Denoiser, Layout
from llada_edit.sampling.guidance import Guidance

EXACT_LIMIT = 10
"""Longest answer, in tokens, whose 2^L subsets are all visited."""
TOGETHER = 64
"""Rows, each with one fold hidden, that go through the network in one pass."""


def masked_losses(
    denoiser: Denoiser, tokens: Tensor, masked: Tensor, hole: Tensor, guidance: Guidance | None = None
) -> Tensor:
    """Cross-entropy in nats of every masked position, (rows, seq), 0 elsewhere.

    Args:
        denoiser: the model.
        tokens: (rows, seq) int64, the true tokens.
        masked: (rows, seq) bool, what is hidden from the model; at least one per row.
        hole: (rows, seq) bool, what counts as hole, masked or not; all else is context.
        guidance: classifier-free guidance of the logits.
    """
    counts = masked.sum(1)
    at = (~masked).to(torch.uint8).argsort(dim=1, stable=True)[:, : int(counts.max())]
    noisy = tokens.masked_fill(masked, denoiser.card.mask_id)
    layout = Layout.plain(tokens, hole)
    truth = tokens.gather(1, at)
    if guidance is None:
        found = denoiser.log_probabilities(noisy, at, truth, layout)
    else:
        logits = denoiser.logits(noisy, at, layout)
        guided = guidance(denoiser, noisy, layout, at, logits, torch.ones(len(tokens), device=tokens.device))
        found = guided.log_softmax(-1).gather(-1, truth[..., None])[..., 0]
    return torch.zeros(tokens.shape, device=tokens.device).scatter(1, at, -found) * masked


def exact_any_order(denoiser: Denoiser, tokens: Tensor, answer: Tensor, batch: int = 64) -> float:
    """The any-order log-likelihood bound in nats, over all subsets.

    Args:
        denoiser: the model.
        tokens: (seq,) int64, prompt and answer.
        answer: (L,) int64 columns of the answer, L at most `EXACT_LIMIT`.
        batch: subsets per forward pass.
    """
    length = len(answer)
    if length > EXACT_LIMIT:
        raise ValueError(f"{length} tokens have too many subsets: sample the bound above {EXACT_LIMIT}")
    total = 0.0
    for size in range(1, length + 1):
        subsets = list(combinations(answer.tolist(), size))
        masked = torch.zeros(len(subsets), len(tokens), dtype=torch.bool, device=tokens.device)
        masked.scatter_(1, torch.tensor(subsets, device=tokens.device), True)
        sums = [_losses(denoiser, tokens, answer, part).cpu().double().sum(1) for part in torch.split(masked, batch)]
        total += float(torch.cat(sums).mean()) / size
    return -total


def sampled_any_order(
    denoiser: Denoiser, tokens: Tensor, answer: Tensor, samples: int = 128, batch: int = 16, seed: int = 0
) -> float:
    """Unbiased estimate of `exact_any_order` from `samples` subsets whose sizes are stratified over 1…L."""
    length, generator = len(answer), torch.Generator().manual_seed(seed)
    strata = (torch.arange(samples) + torch.rand(1, generator=generator)) / samples
    sizes = (strata * length).long().clamp(max=length - 1) + 1
    return _mean_bound(denoiser, tokens, answer, _subsets(sizes, length, generator), batch)


def reference_any_order(
    denoiser: Denoiser,
    tokens: Tensor,
    answer: Tensor,
    samples: int = 128,
    batch: int = 16,
    seed: int = 0,
    guidance: Guidance | None = None,
) -> float:
    """The value of LLaDA's get_log_likelihood.py for this seed, with its draws.

    Its sizes are rounded half to even, so they are not uniform unless L divides evenly: the estimate is off by up to
    1.5 %. It exists for reproducing published figures; `sampled_any_order` is the unbiased one.
    """
    length, generator = len(answer), torch.Generator().manual_seed(seed)
    bounds = []
    for _ in range(samples // batch):
        first = int(torch.randint(1, length + 1, (), generator=generator))
        sizes = torch.linspace(float(first), first + (batch - 1) * (length / batch), batch).round().long()
        subsets = _subsets((sizes - 1) % length + 1, length, generator)
        bounds.append(_mean_bound(denoiser, tokens, answer, subsets, batch, guidance))
    return sum(bounds) / len(bounds)


def _subsets(sizes: Tensor, length: int, generator: torch.Generator) -> Tensor:
    """(len(sizes), length) bool with a random subset of the given size in every row."""
    masked = torch.arange(length) < sizes[:, None]
    return torch.stack([row[torch.randperm(length, generator=generator)] for row in masked])


def _mean_bound(
    denoiser: Denoiser, tokens: Tensor, answer: Tensor, subsets: Tensor, batch: int, guidance: Guidance | None = None
) -> float:
    total = 0.0
    for part in torch.split(subsets, batch):
        masked = torch.zeros(len(part), len(tokens), dtype=torch.bool, device=tokens.device)
        masked[:, answer] = part.to(tokens.device)
        sums = _losses(denoiser, tokens, answer, masked, guidance).sum(1).cpu()
        total += float((sums * len(answer) / part.sum(1)).sum())
    return -total / len(subsets)


def _losses(
    denoiser: Denoiser, tokens: Tensor, answer: Tensor, masked: Tensor, guidance: Guidance | None = None
) -> Tensor:
    """`masked_losses` of one text (seq,) under several masks, with the answer as the hole."""
    hole = torch.zeros_like(masked)
    hole[:, answer] = True
    return masked_losses(denoiser, tokens.expand(len(masked), -1), masked, hole, guidance)


def token_log_probabilities(
    denoiser: Denoiser, tokens: Tensor, columns: Tensor, folds: int = 16, batch: int = 8
) -> Tensor:
    """Log p of each asked token given the text on both sides, (len(columns),) in nats.

    Every fold hides each `folds`-th asked token, so a token sees all but its fold mates; as many folds as tokens give
    the exact leave-one-out value.

    Args:
        denoiser: the model.
        tokens: (seq,) int64.
        columns: (n,) int64, asked columns.
        folds: number of folds.
        batch: folds per forward pass.
    """
    folds = min(folds, len(columns))
    values = torch.zeros(len(tokens))
    for rows in torch.split(_fold_rows(len(tokens), columns, folds), batch):
        values -= masked_losses(denoiser, tokens.expand(len(rows), -1), rows, rows).sum(0).cpu()
    return values[columns.cpu()]


def _fold_rows(seq: int, columns: Tensor, folds: int) -> Tensor:
    rows = torch.zeros(folds, seq, dtype=torch.bool, device=columns.device)
    rows[torch.arange(len(columns), device=columns.device) % folds, columns] = True
    return rows


def shown_log_probabilities(
    denoiser: Denoiser, tokens: Tensor, layout: Layout, folds: int = 8, context: ContextCache | None = None
) -> tuple[Tensor, Tensor]:
    """Log p of every hole token that is already filled, and of the likeliest one there, both (rows, seq) in nats.

    As `token_log_probabilities`, for several rows at once and with the whole hole apart from its context, so that a
    cached context serves all rows and folds. 0 outside the hole and in slots that a row does not use.

    Args:
        denoiser: the model.
        tokens: (rows, seq) int64, nothing masked.
        layout: of the same rows; the hole is what is asked.
        folds: every fold hides each `folds`-th token of the hole; the folds of all rows are computed together.
        context: of these rows; its active columns include the hole.
    """
    asked = layout.hole & layout.valid
    order = asked.cumsum(1) - 1
    given, best = torch.zeros(tokens.shape), torch.zeros(tokens.shape)
    count = min(folds, int(asked.sum(1).max()))
    rows = torch.arange(len(tokens), device=tokens.device).repeat_interleave(count)
    fold = torch.arange(count, device=tokens.device).repeat(len(tokens))
    hides = (asked[rows] & (order[rows] % folds == fold[:, None])).any(1)
    parts = (torch.split(rows[hides], TOGETHER), torch.split(fold[hides], TOGETHER))
    for row, number in zip(*parts, strict=True):
        hidden = asked[row] & (order[row] % folds == number[:, None])
        at = (~hidden).to(torch.uint8).argsort(dim=1, stable=True)[:, : int(hidden.sum(1).max())]
        keep = hidden.gather(1, at)
        at = torch.where(keep, at, hidden.to(torch.uint8).argmax(1, keepdim=True))
        noisy = tokens[row].masked_fill(hidden, denoiser.card.mask_id)
        seen = None if context is None else context.rows(row)
        logs = denoiser.logits(noisy, at, layout.rows(row), seen).log_softmax(-1)
        chosen = logs.gather(-1, tokens[row].gather(1, at)[..., None])[..., 0]
        for table, values in ((given, chosen), (best, logs.amax(-1))):
            place = (row.cpu()[:, None].expand_as(at), at.cpu())
            table.index_put_(place, torch.where(keep, values, 0.0).cpu(), accumulate=True)
    return given, best
