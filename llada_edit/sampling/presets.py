"""From a user's words (`InfillOptions`) to the roles of a run."""

from __future__ import annotations

from collections.abc import Callable

from llada_edit.options import InfillOptions
from llada_edit.sampling.choice import Chooser, Independent
from llada_edit.sampling.guidance import Guidance, Negative
from llada_edit.sampling.loop import Sampler
from llada_edit.sampling.remasking import Never, Polish
from llada_edit.sampling.transfer import (
    Ancestral,
    Entropy,
    EntropyBound,
    Factor,
    LowConfidence,
    Margin,
    Random,
    Threshold,
    TransferPolicy,
)

_POLICIES: dict[str, Callable[[], TransferPolicy]] = {
    "factor": Factor,
    "threshold": Threshold,
    "confidence": LowConfidence,
    "margin": Margin,
    "entropy": Entropy,
    "entropy-bound": EntropyBound,
    "random": Random,
    "ancestral": Ancestral,
}


def chooser_for(options: InfillOptions, temperatures: tuple[float, ...]) -> Independent:
    """The independent chooser of an infill, one temperature per row."""
    return Independent(temperatures, options.top_k, options.top_p)


def sampler_for(options: InfillOptions, chooser: Chooser, negative: Negative | None = None) -> Sampler:
    """The roles that `options` ask for."""
    guidance = None
    if options.guidance:
        plain = options.exact
        guidance = Guidance(options.guidance, negative, ramp=not plain, plausibility=0.0 if plain else 0.01)
    return Sampler(
        steps=options.steps,
        block=options.block,
        transfer=LowConfidence() if options.exact else _POLICIES[options.policy](),
        remasking=Polish(rounds=options.polish) if options.polish else Never(),
        guidance=guidance,
        chooser=chooser,
    )
