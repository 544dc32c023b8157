"""Probabilities as answers: other words for a place, and how probable a text is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.edits import TokenScore
from llada_edit.errors import DocumentError
from llada_edit.holes import Hole
from llada_edit.length_selectors import selector_for
from llada_edit.lengths import LEAST_ELASTIC, AllMasked, reserve
from llada_edit.models.model import Model
from llada_edit.models.vocabulary import Located
from llada_edit.sampling.context import ContextReuse, ContextStore
from llada_edit.sampling.likelihood import EXACT_LIMIT, exact_any_order, sampled_any_order, token_log_probabilities
from llada_edit.window import WINDOW
from llada_edit.words import is_word, words_in

NEARBY = 3 / 8
"""Share of a model's window that is looked at for one word: more made the bundled model, with 512 tokens, no better."""
WORD_SLOTS = 3
"""Longest alternative in tokens."""
RATE = 2000
"""Characters of a text by which tokens are counted as words."""
BREADTH = 24
"""First tokens that are followed up for alternatives of two tokens and more."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A word that fits, and the probability that it stands there, given that a word of at most three tokens does."""

    text: str
    probability: float

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {"text": self.text, "probability": self.probability}


@dataclass(frozen=True, slots=True)
class TextScore:
    """How probable a text is under the model, in nats.

    Attributes:
        tokens: the text, token by token, each with its probability given all other tokens (nearly all: 16 folds);
            the tokens of a character that has several stand together, so that all texts joined are the text scored.
        count: tokens of the model, those that stand together counted one by one.
        bound: lower bound of the log probability of the whole text (any-order bound of LLaDA).
        exact: True where the bound was computed over all subsets, False where it was sampled.
    """

    tokens: tuple[TokenScore, ...]
    count: int
    bound: float
    exact: bool

    @property
    def per_token(self) -> float:
        """Mean log probability of the tokens, each given all others."""
        return math.fsum(math.log(max(token.probability, 1e-300)) for token in self.tokens) / self.count

    def to_json(self) -> dict[str, Any]:
        """Plain types."""
        return {
            "per_token": self.per_token,
            "bound": self.bound,
            "bound_per_token": self.bound / self.count,
            "exact": self.exact,
            "count": self.count,
            "tokens": [{"text": token.text, "probability": token.probability} for token in self.tokens],
        }


def score(model: Model, text: str, samples: int = 64, seed: int = 0) -> TextScore:
    """Score a text; one that is longer than the model's window is scored in pieces, each without the others.

    Raises:
        DocumentError: nothing to score.
    """
    located = model.vocabulary.locate(text)
    ids = [i for i, _, _ in located]
    if not ids:
        raise DocumentError("the text is empty; give some text to score")
    card = model.card
    room = card.max_length - len(card.start_ids) - len(card.end_ids)
    values: list[float] = []
    bound, exact = 0.0, len(ids) <= EXACT_LIMIT
    for first in range(0, len(ids), room):
        piece = ids[first : first + room]
        tokens = torch.tensor([*card.start_ids, *piece, *card.end_ids], device=model.device)
        columns = torch.arange(len(piece), device=model.device) + len(card.start_ids)
        values += token_log_probabilities(model.denoiser, tokens, columns).tolist()
        if exact:
            bound += exact_any_order(model.denoiser, tokens, columns)
        else:
            bound += sampled_any_order(model.denoiser, tokens, columns, samples, seed=seed)
    return TextScore(_in_pieces(text, located, values), len(ids), bound, exact)


def _in_pieces(text: str, located: list[Located], values: list[float]) -> tuple[TokenScore, ...]:
    """The text cut where a token ends, and what lies between two tokens before the second of them."""
    ends, sums = list[int](), list[float]()
    for (_, start, end), value in zip(located, values, strict=True):
        if ends and start < ends[-1]:
            ends[-1], sums[-1] = max(end, ends[-1]), sums[-1] + value
        else:
            ends.append(end)
            sums.append(value)
    cuts = [0, *ends[:-1], len(text)]
    return tuple(TokenScore(text[a:b], math.exp(total)) for (a, b), total in zip(pairwise(cuts), sums, strict=True))


def alternatives(
    model: Model, document: Document, k: int, store: ContextStore | None = None
) -> tuple[Alternative, ...]:
    """The k most probable words for the only hole of a document, whatever else the hole asks for.

    One forward pass for all lengths; the best beginnings of longer words are followed to their end, most probable
    continuation first, as long as they are more probable than the k-th best word that is known (a text never gains by
    being gone on with; what several spellings of one text add up to is not foreseen).
    """
    card = model.card
    size = LEAST_ELASTIC if card.null_id is not None else WORD_SLOTS
    # Lengths and notes of the hole are for infills; here the length is that of a word.
    place = Document(document.text, (Hole(document.holes[0].span),))
    canvas = Canvas.build(place, [0], [size], card, model.vocabulary, min(WINDOW, int(NEARBY * card.max_length)))
    canvas = canvas.to(model.device)
    selector = selector_for(card, model.denoiser)
    extra = canvas.slots[0].extra
    kept = store or ContextStore(1)
    weights = selector.log_weights(AllMasked(model.denoiser, canvas, ContextReuse(model.denoiser, store=kept)))[0][
        : WORD_SLOTS + extra + 1
    ].log_softmax(0)
    found: dict[str, float] = {}
    for size in range(1 + extra, WORD_SLOTS + extra + 1):
        if weights[size] == -torch.inf:
            continue
        weight = float(weights[size])
        best = sorted(found.values(), reverse=True)
        floor = math.log(max(best[k - 1], 1e-300)) - weight if len(best) >= k else -math.inf
        if floor >= 0:  # no probability is larger
            continue
        for text, log_probability in _words(model, canvas, size, kept, floor):
            found[text] = found.get(text, 0.0) + math.exp(log_probability + weight)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    shown = card.calibration.words(torch.tensor([value for _, value in ranked[:k]])).tolist()
    return tuple(Alternative(text, value) for (text, _), value in zip(ranked, shown, strict=False))


def expected_words(model: Model, document: Document, store: ContextStore | None = None) -> float:
    """How many words the only hole of a document is expected to get, by the lengths that a model finds likely.

    Tokens are counted as words at the rate of the document. One forward pass for a model with nulls.
    """
    hole = document.holes[0]
    size = reserve(hole, model.card, *document.segments)
    canvas = Canvas.build(document, [0], [size], model.card, model.vocabulary, WINDOW).to(model.device)
    masked = AllMasked(model.denoiser, canvas, ContextReuse(model.denoiser, store=store))
    shares = selector_for(model.card, model.denoiser).log_weights(masked)[0].softmax(0)
    tokens = float((shares * torch.arange(len(shares))).sum()) - canvas.slots[0].extra
    around = "".join(document.segments)[:RATE]
    return tokens * max(1, sum(1 for _ in words_in(around))) / max(1, len(model.vocabulary.encode(around)))


def _words(model: Model, canvas: Canvas, size: int, store: ContextStore, floor: float) -> list[tuple[str, float]]:
    """Texts of exactly `size` slots that are one word, with their log probability, none below `floor`."""
    start, extra = canvas.slots[0].start, canvas.slots[0].extra
    within = torch.from_numpy(model.vocabulary.goes_on)
    (tokens, layout), totals = canvas.rows([[size]]), torch.zeros(1)
    # The context is computed for the first row alone; where it sees the hole, the others share it as an approximation.
    context = ContextReuse(model.denoiser, store=store).step(tokens, layout, torch.zeros(1))
    for index in range(size):
        if not len(tokens):
            return []
        lengths = [[size]] * len(tokens)
        _, layout = canvas.rows(lengths)
        at = torch.full((len(tokens), 1), start + index, device=tokens.device)
        logits = canvas.slot_filter(lengths)(model.denoiser.logits(tokens, at, layout, context), at)[:, 0]
        log_probabilities = logits.log_softmax(-1).cpu()
        if index > extra:
            log_probabilities = log_probabilities.masked_fill(~within, -torch.inf)
        tokens, totals = _extend(tokens, totals, log_probabilities, start + index, 2 * BREADTH if index == 0 else 2)
        tokens, totals = tokens[(totals >= floor).to(tokens.device)], totals[totals >= floor]
    texts = [canvas.read(row, torch.ones(len(row)), [size])[0].text.strip() for row in tokens]
    return [(text, float(total)) for text, total in zip(texts, totals, strict=True) if is_word(text)]


def _extend(
    tokens: Tensor, totals: Tensor, log_probabilities: Tensor, column: int, branches: int
) -> tuple[Tensor, Tensor]:
    """Every row with its best `branches` tokens at `column`; the best `BREADTH` · 2 rows are kept."""
    values, picks = log_probabilities.topk(branches, -1)
    grown = tokens.repeat_interleave(branches, 0)
    grown[:, column] = picks.flatten().to(tokens.device)
    sums = (totals[:, None] + values).flatten()
    # Where fewer tokens may stand than there are branches, the rest is no text at all.
    kept = sums.topk(min(int((sums > -torch.inf).sum()), 2 * BREADTH))
    return grown[kept.indices.to(tokens.device)], kept.values
