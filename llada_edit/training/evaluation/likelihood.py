"""How probable the true text of a hole is, at its own length and at automatic length, in nats."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import cycle, islice

import torch
from torch import Tensor
from torch.nn import functional

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.length_selectors import selector_for
from llada_edit.lengths import LEAST_ELASTIC, AllMasked, masked_logits, reserve
from llada_edit.models.base import Denoiser, Layout
from llada_edit.models.model import Model
from llada_edit.sampling.context import ContextReuse
from llada_edit.sampling.likelihood import sampled_any_order
from llada_edit.training.evaluation.bootstrap import Interval, ratio
from llada_edit.training.texts import Text
from llada_edit.window import WINDOW

SAMPLES = 16


def truth_tokens(model: Model, document: Document) -> tuple[int, ...]:
    """Token ids of what stands in the only hole, as they would stand in its slots."""
    canvas = Canvas.build(document, [0], [LEAST_ELASTIC], model.card, model.vocabulary, WINDOW)
    truth = document.holes[0].span.of(document.text)
    return tuple(model.vocabulary.encode(canvas.slots[0].healed.decode() + truth))


def masked_truth(model: Model, document: Document) -> Tensor:
    """(tokens, vocab) logits of the slots of the only hole, as many as its text has tokens, all masked."""
    size = len(truth_tokens(model, document))
    canvas = Canvas.build(document, [0], [size], model.card, model.vocabulary, WINDOW).to(model.device)
    return masked_logits(model.denoiser, canvas, ContextReuse(model.denoiser), [size])


def hole_likelihood(model: Model, document: Document, seed: int = 0, samples: int = SAMPLES) -> tuple[float, float]:
    """Log probability of the truth given its length (any-order bound), and of that length, in nats.

    `samples` subsets are masked. Their sum is what automatic length has to pay.
    """
    truth = truth_tokens(model, document)
    size = max(reserve(document.holes[0], model.card, *document.segments), 1 << len(truth).bit_length())
    canvas = Canvas.build(document, [0], [size], model.card, model.vocabulary, WINDOW).to(model.device)
    selector = selector_for(model.card, model.denoiser)
    lengths = selector.log_weights(AllMasked(model.denoiser, canvas, ContextReuse(model.denoiser)))[0].log_softmax(0)
    tokens, layout = canvas.rows([[len(truth)]])
    start = canvas.slots[0].start
    columns = torch.arange(start, start + len(truth), device=model.device)
    tokens[0, columns] = torch.tensor(truth, device=model.device)
    return _any_order(model.denoiser, tokens, layout, columns, seed, samples), float(lengths[len(truth)])


def _any_order(denoiser: Denoiser, tokens: Tensor, layout: Layout, columns: Tensor, seed: int, samples: int) -> float:
    """The any-order bound (LLaDA, arXiv 2502.09992, eq. 6) of some columns of one row, sizes stratified."""
    length, generator = len(columns), torch.Generator().manual_seed(seed)
    rows = 1 if length == 1 else samples
    strata = (torch.arange(rows) + torch.rand(1, generator=generator)) / rows
    sizes = (strata * length).long().clamp(max=length - 1) + 1
    order = torch.rand(rows, length, generator=generator).argsort(1)
    masked = (order < sizes[:, None]).to(tokens.device)
    noisy = tokens.repeat(rows, 1)
    noisy[:, columns] = noisy[:, columns].masked_fill(masked, denoiser.card.mask_id)
    context = None
    if denoiser.card.attention == "isolated":
        context = ContextReuse(denoiser).step(tokens, layout, torch.zeros(1))
    wide = Layout(*(part.expand(rows, -1) for part in (layout.hole, layout.valid, layout.positions)))
    logits = denoiser.logits(noisy, columns.expand(rows, -1), wide, context)
    targets = tokens[0, columns].expand(rows, -1)
    losses = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(rows, length)
    sums = (losses * masked).sum(1) * length / masked.sum(1)
    return -float(sums.mean())


def text_bound(
    model: Model, texts: Sequence[Text], windows: int, tokens: int = 128, seed: int = 0
) -> tuple[float, Interval | None]:
    """Upper bound of the negative log-likelihood of text without any context, nats per token, and its interval.

    Each of `windows` pieces begins at a random place of another text, while there are others; each has its own subsets.
    """
    draw, found = random.Random(f"bound {seed}"), list[tuple[float, int]]()
    for index, text in enumerate(islice(cycle(draw.sample(texts, len(texts))), windows)):
        start = draw.randrange(max(1, len(text.text) - 12 * tokens))
        start = text.text.find(" ", start) + 1  # at the start of a word
        ids = model.vocabulary.encode(text.text[start : start + 12 * tokens])[:tokens]
        if len(ids) < 2:
            continue
        row = torch.tensor(ids, device=model.device)
        bound = sampled_any_order(model.denoiser, row, torch.arange(len(ids), device=model.device), 8, 4, seed + index)
        found.append((-bound, len(ids)))
    return ratio(found)
