"""No pair of tokens stands twice in a hole, and nothing else is changed."""

from __future__ import annotations

from itertools import pairwise

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.models.base import Layout
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.repeats import NoRepeats
from llada_edit.sampling.transfer import LowConfidence
from llada_edit.testing import ScriptedDenoiser, scripted_card

CARD = scripted_card(40)
OPEN = frozenset((CARD.mask_id, CARD.pad_id))


def filled(size: int, seed: int, holes: tuple[tuple[int, int], ...], rows: int = 1) -> list[list[int]]:
    """Rows of `size` slots in these holes, by a model that likes few tokens much."""
    tokens = torch.full((rows, size), 20)
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    for first, last in holes:
        hole[:, first:last] = True
    tokens[hole] = CARD.mask_id
    table = torch.randn(size, 40, generator=torch.Generator().manual_seed(seed))
    table[:, :10] = -torch.inf  # no control tokens
    table[:, 10:13] += 6
    chooser = NoRepeats(Independent(), holes, OPEN)
    denoiser = ScriptedDenoiser.from_table(CARD, table)
    sampler = Sampler(chooser=chooser, transfer=LowConfidence())
    *_, last = denoise(denoiser, tokens, Layout.plain(tokens, hole), sampler, RowNoise(list(range(rows))))
    return last.tokens.tolist()


@settings(max_examples=60)
@given(st.integers(2, 14), st.integers(0, 10**6))
def test_no_pair_stands_twice(size, seed):
    (row,) = filled(size + 4, seed, ((2, size + 2),))
    pairs = list(pairwise(row[2 : size + 2]))
    assert len(set(pairs)) == len(pairs)
    assert row[:2] == row[-2:] == [20, 20]


def test_holes_are_apart_and_so_are_rows():
    """The same pair may stand in two holes, and a row is what it would be alone."""
    one, two = filled(12, 5, ((1, 3), (6, 8)), rows=2)
    assert one == two == filled(12, 5, ((1, 3), (6, 8)))[0]
    table = torch.full((12, 40), -20.0)
    table[1::2, 11] = table[::2, 12] = 0
    tokens = torch.full((1, 12), CARD.mask_id)
    holes = ((0, 2), (4, 6))
    hole = torch.zeros_like(tokens, dtype=torch.bool)
    for first, last in holes:
        hole[:, first:last] = True
    tokens[~hole] = 20
    sampler = Sampler(chooser=NoRepeats(Independent(), holes, OPEN), transfer=LowConfidence())
    denoiser = ScriptedDenoiser.from_table(CARD, table)
    *_, last = denoise(denoiser, tokens, Layout.plain(tokens, hole), sampler, RowNoise([0]))
    assert last.tokens[0, [0, 1, 4, 5]].tolist() == [12, 11, 12, 11]
