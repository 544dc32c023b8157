"""The holes of one set of texts: cut out of them before a model is there, then filled and put into figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from llada_edit.editor import Editor
from llada_edit.errors import DocumentError
from llada_edit.training.evaluation.bootstrap import Interval
from llada_edit.training.evaluation.calibration import LIKELY, Bin, Claim, calibration_error, reliability
from llada_edit.training.evaluation.cuts import KINDS, Cut, cuts
from llada_edit.training.evaluation.filling import Figures, figures, fill, grouped
from llada_edit.training.evaluation.likelihood import text_bound
from llada_edit.training.evaluation.overlap import Screened
from llada_edit.training.texts import Text

Done = Callable[[str], None]
"""Is told what was done, a line at a time."""


@dataclass(frozen=True, slots=True)
class Places:
    """Some texts and holes in them, by kind; `screened` says what was compared with training text, if anything was."""

    texts: Sequence[Text]
    holes: dict[str, list[Cut]]
    screened: Screened | None = None

    @classmethod
    def of(
        cls,
        texts: Sequence[Text],
        holes: int,
        kinds: Sequence[str] = KINDS,
        seed: int = 0,
        done: Done = lambda line: None,
        screened: Screened | None = None,
    ) -> Self:
        """Cut so many holes of each kind; `done` is told of kinds that the texts have too few places for.

        Raises:
            DocumentError: they have too few for any kind.
        """
        found, lacking = dict[str, list[Cut]](), list[str]()
        for kind in kinds:
            try:
                found[kind] = list(cuts(texts, kind, holes, seed))
            except DocumentError as error:  # verse has no sentences, a list no phrases
                lacking.append(str(error))
        if not found:
            raise DocumentError("the texts have too few places for holes of any kind; give more text, or ask for fewer")
        for line in lacking:
            done(line)
        return cls(texts, found, screened)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability curve and expected calibration error of some claims, and the same of those from `LIKELY` on."""

    claims: int
    error: float
    likely: int = 0
    likely_error: float = 0.0
    bins: list[Bin] = field(default_factory=list)

    @classmethod
    def of(cls, claims: Sequence[Claim]) -> Self:
        """Measured on `claims`."""
        likely = [claim for claim in claims if claim[0] >= LIKELY]
        errors = [calibration_error(some) for some in (claims, likely)]
        return cls(len(claims), errors[0], len(likely), errors[1], reliability(claims))


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured on some texts.

    Attributes:
        bound: upper bound of the negative log-likelihood of text, nats per token.
        bound_interval: 95 % interval of that over the texts; None for few.
        filling: by kind of hole.
        origins: by kind of text, all holes together.
        sources: by source of the text, the same.
        tokens: calibration of the probabilities of tokens, and its error.
        words: the same of the five most probable words offered.
        screened: what of the texts stands in training text; None where that was not looked for.
    """

    bound: float
    bound_interval: Interval | None
    filling: dict[str, Figures]
    origins: dict[str, Figures]
    sources: dict[str, Figures]
    tokens: Calibration
    words: Calibration
    screened: Screened | None

    @classmethod
    def measured(cls, editor: Editor, places: Places, windows: int, seed: int, done: Done) -> Self:
        """Fill the holes, and bound the likelihood of `windows` pieces of the texts; `done` is told of each kind."""
        groups = {}
        for kind, found in places.holes.items():
            groups[kind] = [fill(editor, cut) for cut in found]
            done(f"{kind}: {len(found)} holes")
        filled = [one for group in groups.values() for one in group]
        bound, around = text_bound(editor.model, places.texts, windows, seed=seed)
        return cls(
            bound=bound,
            bound_interval=around,
            filling={kind: figures(group) for kind, group in groups.items()},
            origins={name: figures(group) for name, group in grouped(filled, lambda cut: cut.origin).items()},
            sources={name: figures(group) for name, group in grouped(filled, lambda cut: cut.source).items()},
            tokens=Calibration.of([claim for one in filled for claim in one.claims]),
            words=Calibration.of([claim for one in filled for claim in one.words]),
            screened=places.screened,
        )
