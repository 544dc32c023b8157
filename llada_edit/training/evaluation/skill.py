"""A rewriting as a model has learned it from pairs: the row of `llada_edit.training.pairs`, its whole target masked.

For measuring only: the editor goes by lists of wordings and keeps facts and protected strings; here nothing does.
"""

from __future__ import annotations

import torch
from torch import Tensor

from llada_edit.models.base import Layout
from llada_edit.models.bundled import operation_prompt
from llada_edit.models.model import Model
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.context import ContextReuse
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import LowConfidence
from llada_edit.training.pairs import slots_for


def trained_rewrite(model: Model, source: str, operation: str) -> str:
    """The most probable length by the model's nulls, then one token a step, the surest first.

    Args:
        model: one of our own, trained with pairs.
        source: a sentence or two; what does not fit into the model comes back as it is.
        operation: one of `llada_edit.models.bundled.OPERATIONS`.
    """
    card, ids = model.card, model.vocabulary.encode(source)
    before = [*operation_prompt(operation, ids), *card.end_ids]
    count = slots_for(len(ids))
    row = [*before, *[card.mask_id] * count, *card.end_ids]
    if not ids or len(row) > card.max_length:
        return source
    tokens = torch.tensor([row], device=model.device)
    columns = torch.arange(count, device=model.device) + len(before)
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    hole[0, columns] = True
    layout, reuse = Layout.plain(tokens, hole), ContextReuse(model.denoiser)
    if card.null_id is not None:
        # As the rows that were trained on: slots that are not used are not valid, and the others stay where they are.
        logits = model.denoiser.logits(tokens, columns[None], layout, reuse.step(tokens, layout, torch.zeros(1)))[0]
        unused = torch.zeros_like(hole)
        unused[0, columns[best_length(logits.log_softmax(-1)[:, card.null_id]) :]] = True
        tokens = tokens.masked_fill(unused, card.pad_id)
        layout, reuse = Layout.plain(tokens, hole & ~unused, ~unused), ContextReuse(model.denoiser)
    no_text = torch.from_numpy(~model.vocabulary.writable | model.vocabulary.has_newline).to(model.device)
    sampler = Sampler(transfer=LowConfidence(), chooser=Independent())
    for step in denoise(model.denoiser, tokens, layout, sampler, RowNoise([0]), SlotFilter(no_text), reuse):
        tokens = step.tokens
    written = tokens[0][layout.hole[0]].tolist()
    return b"".join(map(model.vocabulary.token_bytes, written)).decode(errors="replace").strip()


def best_length(nulls: Tensor) -> int:
    """How many slots are most probably text, at least one, where those after them are null.

    Args:
        nulls: (slots,) log probability of each slot to be null, taken for independent.
    """
    text = torch.log1p(-nulls.exp().clamp(max=1 - 1e-6))
    none = torch.zeros(1, device=nulls.device)
    weights = torch.cat((none, text.cumsum(0))) + torch.cat((nulls.flip(0).cumsum(0).flip(0), none))
    return int(weights[1:].argmax()) + 1
