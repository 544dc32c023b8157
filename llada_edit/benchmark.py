"""Speed of infill on the same weights in one run: ours against a plain implementation of the reference definition.

Plain: every step computes the whole canvas and its whole vocabulary and commits one token; a memory is asked about open
slots alone, and weighed beside the network on all sides. Ours, exact: the same tokens, head and softmax on asked
positions only. Fast, cold and warm: the context's keys and values computed once, in
this fill or in an earlier one. Times are medians of interleaved runs; positions are counted, not estimated.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from llada_edit.models.base import ContextCache, Denoiser, KeyValue, Layout, ModelCard, Network
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.memory import NGramMemory
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.sampling.context import ContextReuse, ContextStore
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import Factor, LowConfidence, TransferPolicy

LONG = 10.0
"""Seconds from which on one run of a side, without a warm-up, is enough."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of the table: a hole of `hole` tokens in the middle of `context` tokens."""

    hole: int
    context: int


@dataclass(frozen=True, slots=True)
class Side:
    """What one implementation needed for a case.

    Attributes:
        seconds: median over the runs.
        forwards: passes through the network.
        positions: token positions that went through the network's body.
        changed: share of tokens that differ from the plain fill.
    """

    seconds: float
    forwards: int
    positions: int
    changed: float


class Counting:
    """A `Network` that counts passes and positions."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.forwards = self.positions = 0

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """As `Network.hidden`."""
        self.forwards += 1
        self.positions += tokens.numel()
        return self.network.hidden(tokens, positions, mask, past)

    def project(self, hidden: Tensor) -> Tensor:
        """As `Network.project`."""
        return self.network.project(hidden)


class Plain(NetworkDenoiser):
    """The reference definition: head and softmax on every position, whatever is asked, and nothing cached."""

    @torch.inference_mode()
    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        """As `Denoiser.logits`, log probabilities."""
        everything = torch.arange(tokens.shape[1], device=tokens.device).expand_as(tokens)
        found = super().logits(tokens, everything, layout).log_softmax(-1)
        return found.gather(1, at[..., None].expand(-1, -1, found.shape[-1]))


def remembering(base: NetworkDenoiser, memory: NGramMemory | None) -> Denoiser:
    """A denoiser as the editor has it; one without memory is its network's."""
    return base if memory is None else RemembersNGrams(base, memory)


@torch.inference_mode()
def plain_fill(denoiser: Denoiser, tokens: Tensor, hole: Tensor, forbidden: Tensor) -> Tensor:
    """The reference definition of infill: tokens (1, seq), hole (1, seq) bool; the most probable token first."""
    tokens, layout = tokens.clone(), Layout.plain(tokens, hole)
    while bool((open_ := hole & (tokens == denoiser.card.mask_id)).any()):
        at = open_[0].nonzero()[:, 0][None]
        probabilities = denoiser.logits(tokens, at, layout).masked_fill(forbidden, -torch.inf).softmax(-1)
        confidence, best = probabilities.max(-1)
        surest = confidence.argmax(1)
        tokens[0, at[0, surest]] = best[0, surest]
    return tokens


def measure(
    network: Network, card: ModelCard, text: Tensor, case: Case, runs: int, memory: NGramMemory | None = None
) -> dict[str, Side]:
    """All sides of one case, their runs interleaved.

    Args:
        network: the weights that all sides use.
        card: its card.
        text: (n,) int64 at least `case.hole` + `case.context` tokens of text.
        case: sizes.
        runs: rounds, in which a short side runs up to five times; the median counts.
        memory: beside the network, on all sides. What it was asked in one round it still has in the next, on all of
            them; the text around is counted anew in every fill.
    """
    counting = Counting(network)
    tokens, hole, forbidden = _canvas(card, text, case)
    warm = ContextStore()

    def ours(transfer: TransferPolicy, store: ContextStore | None, cached: bool) -> Tensor:
        denoiser = remembering(NetworkDenoiser(card, counting), memory)
        reuse = ContextReuse(denoiser, store=store) if cached else None
        return _fill(denoiser, transfer, reuse, (tokens, hole, forbidden))

    def reference_fill() -> Tensor:
        return plain_fill(remembering(Plain(card, counting), memory), tokens, hole, forbidden)

    sides: dict[str, Callable[[], Tensor]] = {
        "plain": reference_fill,
        "exact": lambda: ours(LowConfidence(), None, False),
        "cached cold": lambda: ours(LowConfidence(), None, True),
        "cached warm": lambda: ours(LowConfidence(), warm, True),
        "fast cold": lambda: ours(Factor(), None, True),
        "fast warm": lambda: ours(Factor(), warm, True),
    }
    ours(LowConfidence(), warm, True)  # or the first warm fill would be a cold one
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    found: dict[str, tuple[int, int, float]] = {}
    reference = tokens

    def one(name: str) -> None:
        nonlocal reference
        counting.forwards = counting.positions = 0
        began = time.perf_counter()
        result = sides[name]()
        _wait(tokens.device)
        seconds[name].append(time.perf_counter() - began)
        reference = result if name == "plain" else reference
        changed = float((result != reference)[hole].float().mean())
        found[name] = (counting.forwards, counting.positions, changed)

    for name in sides:
        one(name)
    plain = seconds["plain"][0]
    # A short side next to a long one is at the mercy of a single hiccup; repeating it costs little.
    often = {name: max(1, min(5, int(0.1 * plain / first))) for name, (first,) in seconds.items()}
    again = [name for name in sides if seconds[name][0] < LONG]
    for name in again:  # the first round warms caches and allocators
        seconds[name].clear()
    for _ in range(runs if "plain" in again else 1):
        for name in again:
            for _ in range(often[name]):
                one(name)
    return {name: Side(statistics.median(seconds[name]), *found[name]) for name in sides}


def disagreement(network: Network, card: ModelCard, text: Tensor, case: Case, places: int) -> dict[str, float]:
    """How often the cache and the fast tier change a fill, against the same steps with everything computed.

    Args:
        network: the weights.
        card: its card; with full attention the cached context is an approximation.
        text: (n,) int64 tokens, more than `places` + `case.hole` + `case.context`.
        case: sizes.
        places: fills, evenly spread over the text.

    Returns:
        Shares from 0 to 1: tokens and whole fills that differ, ``cached`` and ``fast``.
    """
    denoiser, size = NetworkDenoiser(card, network), case.hole + case.context
    differing: dict[str, list[float]] = {"cached": [], "fast": []}
    for place in range(places):
        canvas = _canvas(card, text[place * (len(text) - size) // places :], case)
        true = _fill(denoiser, LowConfidence(), None, canvas)
        for name, transfer in (("cached", LowConfidence()), ("fast", Factor())):
            found = _fill(denoiser, transfer, ContextReuse(denoiser), canvas)
            differing[name].append(float((found != true)[canvas[1]].float().mean()))
    shares = {f"{name}_tokens": statistics.fmean(values) for name, values in differing.items()}
    return shares | {f"{name}_fills": statistics.fmean(map(bool, values)) for name, values in differing.items()}


def _canvas(card: ModelCard, text: Tensor, case: Case) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens (1, seq) and hole (1, seq) at the beginning of a text, and what may not stand in a slot (vocab,)."""
    before = case.context // 2
    tokens = text[: case.context + case.hole][None].clone()
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    hole[:, before : before + case.hole] = True
    tokens[hole] = card.mask_id
    forbidden = torch.zeros(card.vocab_size, dtype=torch.bool, device=tokens.device)
    forbidden[list(card.control_ids)] = True
    return tokens, hole, forbidden


def _fill(
    denoiser: Denoiser,
    transfer: TransferPolicy,
    reuse: ContextReuse | None,
    canvas: tuple[Tensor, Tensor, Tensor],
) -> Tensor:
    tokens, hole, forbidden = canvas
    sampler, layout = Sampler(transfer=transfer), Layout.plain(tokens, hole)
    *_, last = denoise(denoiser, tokens, layout, sampler, RowNoise([0]), SlotFilter(forbidden), reuse)
    return last.tokens


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def table(cases: list[Case], sides: Callable[[Case], dict[str, Side]]) -> Iterator[dict[str, Any]]:
    """One row a case, as plain types, with the ratios to the plain side."""
    for case in cases:
        found = sides(case)
        yield {
            **asdict(case),
            "sides": {
                name: {**asdict(side), "speedup": found["plain"].seconds / side.seconds} for name, side in found.items()
            },
        }


def peak_memory() -> float:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
