"""How alike two texts are in meaning, as far as the small model inside this package can tell: BERTScore (1904.09675).

Each token of one text is matched with the most similar one of the other, by the last states of the bundled network;
F1 of both directions. Rescaled as the paper does: 1 for the same text, 0 for what unrelated texts get on average.
It hears a wrong word; it does not know a lost "not".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor

from llada_edit.models.bundled import bundled_folder, load_network
from llada_edit.models.transformer import Transformer
from llada_edit.models.vocabulary import Vocabulary

LONGEST = 400
"""Tokens of a text that are looked at."""
UNRELATED = 0.613
"""Mean F1 of 200 pairs of sentences from different rewriting pairs of the corpus; those of the same pair have 0.952."""


class Similarity:
    """The judge; always the bundled network, whichever model is measured."""

    @cached_property
    def _network(self) -> tuple[Vocabulary, Transformer]:
        folder = bundled_folder()
        card, network = load_network(folder, "bundled", torch.device("cpu"))
        return Vocabulary.from_folder(folder, card.control_ids, size=card.vocab_size), network

    def __call__(self, texts: Sequence[str], others: Sequence[str]) -> list[float]:
        """Of each pair of two lists of equal length; 1 for equal texts."""
        alike = [matched(self.states(one), self.states(two)) for one, two in zip(texts, others, strict=True)]
        return [(one - UNRELATED) / (1 - UNRELATED) for one in alike]

    @torch.inference_mode()
    def states(self, text: str) -> Tensor:
        """(tokens, width) of unit length; one row of zeros for a text without tokens."""
        vocabulary, network = self._network
        ids = vocabulary.encode(text)[:LONGEST]
        if not ids:
            return torch.zeros(1, 1)
        tokens = torch.tensor([ids])
        hidden, _ = network.hidden(tokens, torch.arange(len(ids))[None])
        return torch.nn.functional.normalize(hidden[0].float(), dim=-1)


def matched(one: Tensor, two: Tensor) -> float:
    """F1 of the best matches between (tokens, width) and (tokens, width), unit length."""
    if one.shape[-1] != two.shape[-1]:  # one of the texts is empty
        return 0.0
    like = one @ two.T
    precision, recall = float(like.amax(1).mean()), float(like.amax(0).mean())
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
