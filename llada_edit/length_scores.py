"""How long a hole is, from what little is known: where it stands, what the nulls say, what fits between its neighbours.

Knows two texts and some numbers; does not know models. The weights are fitted on held-out text, see
`llada_edit.models.base.LengthScores`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import torch
from torch import Tensor

from llada_edit.models.base import LengthScores

SMOOTH = 0.35
"""Width, in log L, of the kernel that calibrated lengths are smoothed with."""
FLOOR = 1e-5
"""Added to a probability before its logarithm is weighed."""
MORE = 0.3
"""Chance that a word goes on for another token, in byte-pair vocabularies of English."""
BETWEEN = 3
"""`border` of a hole for whole sentences."""
SENTENCE_END = '.!?"”…'
_BREAK = re.compile(r"\s*[\n\u2029]")


def log_tokens_of_words(tokens: int, least: int, most: int | None) -> float:
    """Log weight of a text of so many tokens where `least` to `most` words are asked for, each number as likely.

    Every word goes on for another token with the chance `MORE`, so that the tokens of W words are W plus a negative
    binomial. -inf for fewer tokens than words; no words have no tokens.
    """
    open_ = range(least, (tokens if most is None else min(most, tokens)) + 1)
    logs = [_log_tokens(tokens, words) for words in open_]
    best = max(logs, default=-math.inf)
    return best if best == -math.inf else best + math.log(math.fsum(math.exp(log - best) for log in logs))


def _log_tokens(tokens: int, words: int) -> float:
    """Log probability that so many words, not more than tokens, have so many tokens."""
    if not words:
        return -math.inf if tokens else 0.0
    ways = math.lgamma(tokens) - math.lgamma(words) - math.lgamma(tokens - words + 1)
    return ways + words * math.log(1 - MORE) + (tokens - words) * math.log(MORE)


def border(left: str, right: str) -> int:
    """Where a hole between two texts stands: 2 if a sentence may begin there, and 1 more if one may end there."""
    before, after = left.rstrip(), right.lstrip()
    begins = not before or before[-1] in SENTENCE_END or _BREAK.search(left[len(before) :]) is not None
    ends = not after or after[0].isupper() or _BREAK.match(right[: len(right) - len(after)]) is not None
    return 2 * begins + ends


def length_features(exactly: Tensor, bridges: Sequence[float], extra: int) -> Tensor:
    """(count + 1, 5) what `LengthScores` weighs, for 0, 1, … slots; P is smoothed over similar lengths.

    Args:
        exactly: (count + 1,) probabilities of using 0, 1, … slots.
        bridges: see `Bridging`; empty where nobody knows.
        extra: slots that repeat context and are no length.
    """
    sizes = (torch.arange(len(exactly)) - extra).clamp(min=1).float()
    kernel = torch.exp(-0.5 * ((sizes.log()[:, None] - sizes.log()) / SMOOTH) ** 2)
    kernel[:, : extra + 1] = kernel[: extra + 1] = 0
    smooth = (kernel / kernel.sum(0).clamp(min=1e-9)) @ exactly
    bridge = torch.zeros(len(exactly))
    known = torch.tensor(bridges)[: len(exactly) - 1]
    bridge[1 : 1 + len(known)] = known
    features = torch.stack(((smooth + FLOOR).log(), bridge, (sizes == 1).float(), sizes.log(), sizes / 10), -1)
    features[: extra + 1] = 0
    return features


def calibrated(features: Tensor, exactly: Tensor, extra: int, scores: LengthScores, border: int) -> Tensor:
    """Log weights of using 0, 1, … slots by `LengthScores`; those of an empty filling are what the nulls say."""
    weights = features @ torch.tensor((scores.trust, scores.bridge, *scores.borders[border]))
    weights[: extra + 1] = weights[extra + 1 :].logsumexp(0) + exactly[: extra + 1].clamp(min=1e-6).log()
    return weights
