"""What the text around the holes says about a place: its own words come back, most of all beside the same neighbours.

A cache language model (Kuhn and De Mori 1990) with both sides of a place: names, terms and turns of a document that no
training has seen. Knows the token ids of one context; does not know networks, holes or text.
"""

from __future__ import annotations

import numpy as np

from llada_edit.models.tables import Floats, Words

Side = tuple[tuple[int, ...], int]
"""Known tokens on one side of a place, at most two, the nearest last, and the unknown slots before the nearest."""

AROUND = ("near", "joined")
"""Kinds of evidence: the share of a token in the context, and what stood beside the same neighbours in it."""
GAP = -1
"""Stands in a context where a hole is."""
PRIOR = 1000.0
"""Tokens of general text that a context is mixed with; 500 to 2,000 differ by 0.01 nats on held-out text."""
DISCOUNT = 0.9
"""Taken off every count of a context and given to what it has not (0.5 costs 0.02 to 0.04 nats on held-out text)."""


class Nearby:
    """Counts in one context.

    Args:
        context: (n,) int64 token ids, `GAP` for holes.
        unigram: (vocab,) how probable each token is in general.
        specials: ids below it are no text.
    """

    def __init__(self, context: Words, unigram: Floats, specials: int) -> None:
        self._context = context
        text = np.flatnonzero(context >= specials)
        general = unigram / unigram[specials:].sum()
        counts = np.bincount(context[text], minlength=len(unigram)).astype(np.float32)
        self._share = (counts + PRIOR * general) / (len(text) + PRIOR)
        self._text = text
        self._specials = specials
        self.near = np.log(self._share[specials:] / general[specials:])
        """(text tokens,) log of how much likelier each token is in this context than in general."""

    def features(self, left: Side, right: Side) -> Floats:
        """Logs (`AROUND`, text tokens) of how much likelier each token is made."""
        joined = np.zeros_like(self.near)
        words, lift = self.joined(left, right)
        joined[words - self._specials] = lift
        return np.stack((self.near, joined))

    def joined(self, left: Side, right: Side) -> tuple[Words, Floats]:
        """Tokens (n,) that stand beside the same neighbours in the context, and how much likelier that makes them.

        The second is a log, against all other tokens. Each side is estimated with absolute discounting (Ney et al.
        1994) over the share of the whole context, nearest neighbour first, then two; both are multiplied as if they
        were independent, and what was met between both neighbours together is mixed in.
        """
        sides = self._matches(left, -1), self._matches(right, 1)
        together = np.intersect1d(sides[0][0], sides[1][0], assume_unique=True)
        words = np.unique(self._context[np.concatenate((sides[0][0], sides[1][0]))])
        share = self._share[words]
        product = np.ones(len(words), dtype=np.float32)
        for matches in sides:
            lift, rest = np.ones_like(product), 1.0
            for places in filter(len, matches):
                kept, left_over = self._kept(places, words)
                rest *= left_over
                lift += kept / (rest * share)
            product *= lift
        if len(together):
            kept, rest = self._kept(together, words)
            total = 1 - share.sum() + (share * product).sum()
            product += kept * total / (rest * share)
        return words, np.log(product)

    def _matches(self, side: Side, step: int) -> tuple[Words, Words]:
        """Places of text that have the nearest token of a side where the asked place has it, and those with both."""
        known, gap = side
        nearest = self._text
        both = nearest[:0]
        if not known:
            return both, both
        nearest = self._beside(nearest, step * (gap + 1), known[-1])
        if len(known) > 1:
            both = self._beside(nearest, step * (gap + 2), known[0])
        return nearest, both

    def _beside(self, places: Words, offset: int, token: int) -> Words:
        """Those of some places that have a token at an offset."""
        at = places + offset
        inside = (at >= 0) & (at < len(self._context))
        places = places[inside]
        return np.asarray(places[self._context[at[inside]] == token])

    def _kept(self, places: Words, words: Words) -> tuple[Floats, float]:
        """Shares (n,) of words at some places after discounting, and what that leaves for all others."""
        seen = np.bincount(np.searchsorted(words, self._context[places]), minlength=len(words))
        kept = (np.maximum(seen - DISCOUNT, 0) / len(places)).astype(np.float32)
        return kept, 1 - float(kept.sum())
