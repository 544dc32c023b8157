"""How well wordings of one sentence fit between the text on both sides: log probability of each token given all others.

The measure is the pseudo-log-likelihood of Salazar et al. 2020 (arXiv 1910.14659) with eight tokens' distance between
the masks of one pass. Knows tokens, as `scoring` does; it does not know which words may change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.holes import Span
from llada_edit.models.model import Model
from llada_edit.sampling.context import ContextReuse, ContextStore
from llada_edit.sampling.likelihood import shown_log_probabilities

WINDOW = 160
"""Tokens of context around a sentence."""
SPARE = 8
"""Slots that the canvas of a sentence has more than its first wordings need: for those that come later."""


@dataclass(frozen=True, slots=True)
class TokenFit:
    """One token of a sentence.

    Attributes:
        span: of the text it stands for, in code points of the sentence, without a blank at its start.
        log_probability: given all other tokens, in nats.
        margin: how far it stands behind the likeliest token there, in nats; at most 0.
    """

    span: Span
    log_probability: float
    margin: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A wording of a sentence as the model sees it."""

    tokens: tuple[TokenFit, ...]

    @property
    def total(self) -> float:
        """Sum of the log probabilities, in nats."""
        return sum(token.log_probability for token in self.tokens)

    def surprise(self, span: Span) -> float:
        """-log p of what stands in a span, in nats."""
        return -sum(token.log_probability for token in self.tokens if token.span.overlaps(span))

    def margin(self, span: Span) -> float:
        """How far the least fitting token of a span stands behind the likeliest one there, in nats; at most 0."""
        return min((token.margin for token in self.tokens if token.span.overlaps(span)), default=0.0)


@dataclass(slots=True, eq=False)
class Fluency:
    """Measures wordings of one sentence, all on the same canvas; what was measured is kept.

    Attributes:
        model: card, denoiser, vocabulary, device.
        left: text before the sentence.
        right: text after it.
        store: contexts kept between calls.
    """

    model: Model
    left: str
    right: str
    store: ContextStore | None = None
    _canvas: Canvas | None = None
    _known: dict[str, Fit] = field(default_factory=dict)

    def measure(self, wordings: Sequence[str]) -> list[Fit]:
        """The fit of each wording, those that are new in one batch.

        Raises:
            DoesNotFit: a wording is too long for the model.
        """
        new = [text for text in dict.fromkeys(wordings) if text not in self._known]
        if new:
            longest = max(len(self.model.vocabulary.encode(" " + text)) for text in new)
            canvas = self._canvas or self._of_size(longest + SPARE)
            rows = [self._tokens(canvas.slots[0].healed.decode(), text) for text in new]
            longest = max(len(ids) for ids, _ in rows)
            if longest > canvas.slots[0].count:
                # On a canvas of another size all values are a little different: those that are known, too.
                again, self._known = list(self._known), {}
                self._canvas = self._of_size(longest + SPARE)
                return self.measure([*again, *wordings])[len(again) :]
            self._canvas = canvas
            self._known.update(zip(new, self._measured(canvas, rows), strict=True))
        return [self._known[text] for text in wordings]

    def _of_size(self, slots: int) -> Canvas:
        gap, model = Document.between(self.left, self.right), self.model
        return Canvas.build(gap, [0], [slots], model.card, model.vocabulary, WINDOW).to(model.device)

    def _measured(self, canvas: Canvas, rows: Sequence[tuple[list[int], list[Span]]]) -> list[Fit]:
        tokens, layout = canvas.rows([[len(ids)] for ids, _ in rows])
        start = canvas.slots[0].start
        for row, (ids, _) in enumerate(rows):
            tokens[row, start : start + len(ids)] = torch.tensor(ids, device=tokens.device)
        context = None
        if self.model.card.attention == "isolated":
            context = ContextReuse(self.model.denoiser, store=self.store).step(tokens, layout, torch.zeros(len(rows)))
        given, best = shown_log_probabilities(self.model.denoiser, tokens, layout, context=context)
        return [
            Fit(tuple(TokenFit(s, p, p - q) for s, p, q in zip(spans, row, top, strict=False)))
            for (_, spans), row, top in zip(rows, given[:, start:].tolist(), best[:, start:].tolist(), strict=True)
        ]

    def _tokens(self, head: str, text: str) -> tuple[list[int], list[Span]]:
        """Ids of `head` and a sentence, and the part of the sentence that each of them stands for."""
        ids, spans = [], []
        for i, *place in self.model.vocabulary.locate(head + text):
            start, end = (max(0, at - len(head)) for at in place)
            ids.append(i)
            # The blank before a word is part of its token and not of the word.
            spans.append(Span(start + (start < end and text[start].isspace()), end))
        return ids, spans
