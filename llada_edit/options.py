"""What a user may choose about a fill: frozen, checked on construction, before any model is asked. No tensors here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

from llada_edit.errors import OptionError

Policy = Literal["factor", "threshold", "confidence", "margin", "entropy", "entropy-bound", "random", "ancestral"]
Trust = Literal["auto", "listed", "model"]
POLICIES: tuple[str, ...] = get_args(Policy)


@dataclass(frozen=True, slots=True)
class InfillOptions:
    """Everyday words first; the rest has good defaults.

    Attributes:
        n: distinct candidates wanted, 1 to 32.
        seed: same seed, model, version and device type give the same text. Another seed changes only what is
            drawn: long holes, and candidates beyond the most probable ones (see `temperature`).
        steps: denoising steps; None lets the model commit as many tokens at once as it is sure of.
        policy: which masked positions are committed in a step (see `llada_edit.sampling.transfer`).
        temperature: how freely further candidates are drawn; the first ones are always the most probable words. At 0
            they differ in length and in their most open word, and are drawn only where that gives too few.
        top_k: varied candidates draw from the k most probable tokens; None for no limit.
        top_p: varied candidates draw from the smallest set of tokens with this probability.
        block: slots filled before the next ones begin, from left to right; None fills the whole hole together.
        polish: rounds in which the least sure 15 % of a fill are masked and filled again.
        guidance: how strongly the context steers (classifier-free guidance); 0 for none.
        avoid: text that the fill shall not follow from: guidance steers away from it; needs guidance above 0.
        context: most tokens of context around the holes; None takes what fits, at most 768.
        exact: True computes everything in every step, one token per step, as the reference definition does.
    """

    n: int = 1
    seed: int = 0
    steps: int | None = None
    policy: Policy = "factor"
    temperature: float = 0.7
    top_k: int | None = None
    top_p: float | None = 0.9
    block: int | None = None
    polish: int = 0
    guidance: float = 0.0
    avoid: str = ""
    context: int | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        check_whole("n", self.n, 1, 32)
        check_whole("seed", self.seed)
        check_whole("polish", self.polish, 0, 8)
        for name, low, high in (("steps", 1, 4096), ("top_k", 1, 10**7), ("block", 1, 4096), ("context", 16, 10**6)):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name), low, high)
        _within("temperature", self.temperature, 0, 10)
        _within("top_p", self.top_p, 0.01, 1)
        _within("guidance", self.guidance, 0, 20)
        for name, kind, what in (("avoid", str, "a string"), ("exact", bool, "True or False")):
            if not isinstance(getattr(self, name), kind):
                raise OptionError(f"{name} is {getattr(self, name)!r}; give {what}")
        if self.policy not in POLICIES:
            raise OptionError(f"policy {self.policy!r} is unknown; choose one of {', '.join(POLICIES)}")
        if self.avoid and not self.guidance:
            raise OptionError("avoid needs guidance above 0; give for instance guidance=1.0")
        if self.block is not None and self.polish:
            raise OptionError(f"block {self.block} and polish {self.polish} contradict each other; give one of them")
        if self.exact and (self.policy != "factor" or self.polish or self.steps is not None):
            raise OptionError("exact means one token per step in the reference's order; drop policy, polish and steps")


@dataclass(frozen=True, slots=True)
class RewriteOptions:
    """What a user may choose about a rewriting, whatever the operation.

    Attributes:
        strength: share of the words that may change, 0 to 1; None takes the operation's own.
        n: distinct candidates wanted.
        seed: same seed, text, model, version and device type give the same result.
        keep: strings, kept wherever they stand as written, and compiled patterns in the syntax of RE2.
        instruction: what to do, for the operation custom; the language, for translate.
        trust: whose word is taken for it that a change keeps the meaning: "listed" takes changes from the built-in list
            of wordings and repairs only, "model" also what the model finds; "auto" goes by what was measured.
    """

    strength: float | None = None
    n: int = 1
    seed: int = 0
    keep: tuple[str | re.Pattern[str], ...] = ()
    instruction: str = ""
    trust: Trust = "auto"

    def __post_init__(self) -> None:
        given: object = self.keep
        if not isinstance(given, list | tuple):
            raise OptionError(f"keep is {given!r}; give a list of strings and patterns")
        object.__setattr__(self, "keep", tuple(self.keep))
        check_whole("n", self.n, 1, 32)
        check_whole("seed", self.seed)
        _within("strength", self.strength, 0, 1)
        if self.trust not in get_args(Trust):
            raise OptionError(f"trust {self.trust!r} is unknown; choose one of {', '.join(get_args(Trust))}")


def check_whole(name: str, value: object, low: int | None = None, high: int | None = None) -> None:
    """Refuse what is no whole number, and what is outside a range; both ends are in it, None leaves one open.

    Raises:
        OptionError: with the name of the option.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        span = "" if low is None or high is None else f" from {low} to {high}"
        raise OptionError(f"{name} is {value!r}; give a whole number{span}")
    _within(name, value, -math.inf if low is None else low, math.inf if high is None else high)


def _within(name: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not isinstance(value, int | float):
        raise OptionError(f"{name} is {value!r}; give a number")
    # `not (low <= value <= high)` also refuses NaN.
    if value is not None and not low <= value <= high:
        raise OptionError(f"{name} is {value}; give {low} to {high}")
