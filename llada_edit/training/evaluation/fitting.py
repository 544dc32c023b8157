"""Fit a `Calibration` on held-out text: how sure a model may say it is, and how long holes are.

Knows places in texts and what the model says about them. What is fitted is a dozen numbers, so a few hundred holes are
enough; they must not be those that are measured afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from llada_edit.canvas import Canvas
from llada_edit.editor import Editor
from llada_edit.length_scores import border, length_features
from llada_edit.length_selectors import NullPosterior
from llada_edit.lengths import LEAST_ELASTIC, LONGEST, AllMasked, reserve
from llada_edit.models.base import Calibration, LengthScores, Logistic
from llada_edit.models.model import Model
from llada_edit.sampling.context import ContextReuse
from llada_edit.training.evaluation.cuts import FITTED, KINDS, Cut, cuts
from llada_edit.training.evaluation.filling import fill_given, offered
from llada_edit.training.evaluation.likelihood import truth_tokens
from llada_edit.training.texts import Text
from llada_edit.window import WINDOW

SCORED = Calibration(lengths=LengthScores(1.0, 0.0, ((0.0, 0.0, 0.0),) * 4))
"""With scores, whatever they are, a hole is laid out as it will be after the fit."""
PULL = 1e-3
"""Weight of the squared distance from where a fit begins: few places must not make large numbers."""


@dataclass(frozen=True, slots=True)
class Lengthy:
    """One hole of known length.

    Attributes:
        features: (count + 1, 5) of 0, 1, … slots; see `length_features`.
        first: the least number of slots that is a length.
        used: slots of the truth.
        border: which row of `LengthScores.borders` holds for it.
    """

    features: Tensor
    first: int
    used: int
    border: int


@dataclass(frozen=True, slots=True)
class Said:
    """A probability that was shown for one of `n` tokens, and whether the token was right."""

    probability: float
    n: int
    right: bool


def fit(
    editor: Editor, texts: Sequence[Text], holes: int, seed: int = 0, done: Callable[[str], None] = lambda line: None
) -> Calibration:
    """Fit on `holes` holes of each kind; the model's calibration of now is left out."""
    card = replace(editor.card, calibration=Calibration())
    raw = Editor(Model(card, editor.model.denoiser, editor.model.vocabulary, editor.model.device))
    lengths = list[Lengthy]()
    if card.null_id is not None:
        lengths = [found for cut in length_cuts(texts, holes, seed) for found in length_example(raw.model, cut)]
        done(f"lengths: {len(lengths)} holes")
    tokens, words = list[Said](), list[Said]()
    for kind in KINDS:
        for cut in cuts(texts, kind, holes, seed):
            claims = fill_given(raw, cut)[1]
            tokens += [Said(probability, len(claims), right) for probability, right in claims]
            if kind == "word":
                words += [Said(probability, 1, right) for probability, right in offered(raw, cut)]
        done(f"{kind}: {holes} holes")
    return Calibration(logistic(tokens), logistic(words), length_scores(lengths) if lengths else None)


def length_cuts(texts: Sequence[Text], holes: int, seed: int) -> Iterator[Cut]:
    """Holes of all lengths and places."""
    for kind, share in FITTED.items():
        yield from cuts(texts, kind, holes * share, seed)


def length_example(model: Model, cut: Cut) -> Iterator[Lengthy]:
    """What a hole says about lengths; nothing where its text is longer than what may be found."""
    used, card = len(truth_tokens(model, cut.document)), replace(model.card, calibration=SCORED)
    size = LONGEST if used > LEAST_ELASTIC else reserve(cut.document.holes[0], card, *cut.document.segments)
    canvas = Canvas.build(cut.document, [0], [size], model.card, model.vocabulary, WINDOW).to(model.device)
    (slots,) = canvas.slots
    if slots.extra < used <= slots.count:
        selector = NullPosterior(model.denoiser)
        (exactly,) = selector.exactly(AllMasked(model.denoiser, canvas, ContextReuse(model.denoiser)))
        features = length_features(exactly, selector.bridges(canvas, slots), slots.extra)
        yield Lengthy(features, slots.extra + 1, used, border(*canvas.around))


def length_scores(examples: Sequence[Lengthy]) -> LengthScores:
    """The weights under which the true lengths are most probable."""
    start = torch.tensor([1.0, 1.0] + [0.0] * 12)

    def loss(weights: Tensor) -> Tensor:
        borders = weights[2:].view(4, 3)
        losses = [
            functional.cross_entropy(
                one.features[one.first :] @ torch.cat((weights[:2], borders[one.border])),
                torch.tensor(one.used - one.first),
            )
            for one in examples
        ]
        return torch.stack(losses).mean()

    found = [round(value, 4) for value in _fitted(start, loss).tolist()]
    rows = [found[first : first + 3] for first in range(2, 14, 3)]
    return LengthScores(found[0], found[1], tuple((one, log, linear) for one, log, linear in rows))


def logistic(said: Sequence[Said]) -> Logistic:
    """The correction under which what was right is most probable; none for too few claims of either kind."""
    open_ = [one for one in said if 0 < one.probability < 1]
    if min(sum(one.right for one in open_), sum(not one.right for one in open_)) < 5:
        return Logistic()
    logits = torch.logit(torch.tensor([one.probability for one in open_]))
    sizes = torch.tensor([float(one.n) for one in open_]).log()
    right = torch.tensor([float(one.right) for one in open_])

    def loss(weights: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(weights[0] * logits + weights[1] * sizes + weights[2], right)

    return Logistic(*(round(value, 4) for value in _fitted(torch.tensor([1.0, 0.0, 0.0]), loss).tolist()))


def _fitted(start: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """L-BFGS from `start`, drawn a little to it."""
    weights = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def value() -> Tensor:
        optimizer.zero_grad()
        found = loss(weights) + PULL * (weights - start).square().sum()
        found.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        return found

    optimizer.step(value)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return weights.detach()
