"""One hole, and what a model makes of it: ours as the editor fills, an autoregressive one by two ways of decoding.

Knows nothing of training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from autoregressive import LONGEST, MIDDLE, PREFIX, SUFFIX, Causal, complete, log_probability, search
from torch import Tensor

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, Span
from llada_edit.models.bundled import END, SPECIALS
from llada_edit.models.model import Model
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.evaluation.likelihood import hole_likelihood, truth_tokens
from llada_edit.training.texts import Text

KINDS = ("word", "phrase")


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How improbable what stood in a hole is, in nats.

    Attributes:
        nats: negative log probability of it, its length given or its end not counted.
        length: negative log probability of its length, or of its end.
        tokens: of it.
    """

    nats: float
    length: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Tried(Likelihood):
    """One hole, and what a model made of it.

    Attributes:
        right: whether the fill is what stood there.
        searched: the same of the most probable whole fill; None where the model has no such way of decoding.
    """

    right: bool
    searched: bool | None


class Filler(Protocol):
    """A model that is asked to fill."""

    def likelihood(self, document: Document) -> Likelihood:
        """Of what stands in the only hole of a document."""
        ...

    def tried(self, document: Document) -> Tried:
        """The same, and whether it fills that in."""
        ...


def truth(document: Document) -> str:
    return document.holes[0].span.of(document.text)


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked model fills as the editor does."""

    model: Model

    def likelihood(self, document: Document) -> Likelihood:
        given, length = hole_likelihood(self.model, document)
        return Likelihood(-given, -length, len(truth_tokens(self.model, document)))

    def tried(self, document: Document) -> Tried:
        said, fill = self.likelihood(document), Editor(self.model, remember=0).infill(document).holes[0].text
        return Tried(said.nats, said.length, said.tokens, fill == truth(document), None)


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """The other one says the most probable next token again and again, or looks for the most probable whole fill.

    Of `model` only the tokenizer and the seams are used.
    """

    network: Causal
    model: Model

    def likelihood(self, document: Document) -> Likelihood:
        tokens, asked = truth_tokens(self.model, document), prompt(self.model, document)
        nats, end = (
            log_probability(self.network, asked, tokens),
            log_probability(self.network, [*asked, *tokens], [END]),
        )
        return Likelihood(-nats, -end, len(tokens))

    def tried(self, document: Document) -> Tried:
        said, asked, never = self.likelihood(document), prompt(self.model, document), self.never(document)
        fills = complete(self.network, asked, END, never=never), search(self.network, asked, END, never=never)[0]
        right, searched = (self.text(fill) == truth(document) for fill in fills)
        return Tried(said.nats, said.length, said.tokens, right, searched)

    def never(self, document: Document) -> Tensor:
        """(vocab,) tokens that a fill may not begin with, since the seams say which space stands before it."""
        begun = asked_with(self.model, document).slots[0].healed
        starts = map(self.model.vocabulary.token_bytes, range(SPECIALS, self.network.config.vocab_size))
        return torch.tensor([True] * SPECIALS + [not text.startswith(begun) for text in starts])

    def text(self, fill: Sequence[int]) -> str:
        """Without the spaces at its ends, which are the seams'."""
        return b"".join(map(self.model.vocabulary.token_bytes, fill)).decode(errors="replace").strip()


def holes(texts: list[Text], kind: str, count: int, context: int, seed: int = 0) -> Iterator[Document]:
    """Holes with so many characters of context on each side, so that both models see all of it."""
    for cut in cuts(texts, kind, count, seed):
        before, after = cut.document.segments
        left = before[-context:].partition(" ")[2] if len(before) > context else before
        right = after[:context].rpartition(" ")[0] if len(after) > context else after
        yield Document(left + cut.truth + right, (Hole(Span(len(left), len(left) + len(cut.truth))),))


def asked_with(model: Model, document: Document) -> Canvas:
    """The only hole of a document as one slot, in as much context as leaves an autoregressive model room to answer."""
    limit = model.card.max_length - LONGEST - len((PREFIX, SUFFIX, MIDDLE, END))
    return Canvas.build(document, [0], [1], model.card, model.vocabulary, limit)


def prompt(model: Model, document: Document) -> list[int]:
    """Prefix and suffix around the only hole of a document, as a canvas of ours would have them."""
    canvas = asked_with(model, document)
    ids, at = canvas.tokens.tolist(), canvas.slots[0].start
    return [PREFIX, *ids[:at], SUFFIX, *ids[at + 1 :], MIDDLE]


def figures(found: Sequence[Likelihood]) -> dict[str, float]:
    """Nats a token, with and without the length; nats a hole for the length."""
    tokens, nats, lengths = (sum(getattr(one, name) for one in found) for name in ("tokens", "nats", "length"))
    return {"nats": (nats + lengths) / tokens, "given": nats / tokens, "length": lengths / len(found)}


def exact(found: Sequence[Tried]) -> dict[str, int]:
    """Holes whose fill is right, by way of decoding."""
    ways = {"exact": [one.right for one in found], "searched": [one.searched for one in found]}
    return {way: sum(map(bool, right)) for way, right in ways.items() if None not in right}


def gap(one: Sequence[Likelihood], two: Sequence[Likelihood]) -> tuple[float, float]:
    """By how many nats the first is worse, a hole, and half of the 95 % interval of that; the holes are the same."""
    gaps = np.array([a.nats + a.length - b.nats - b.length for a, b in zip(one, two, strict=True)])
    return float(gaps.mean()), 1.96 * float(gaps.std(ddof=1)) / len(gaps) ** 0.5
