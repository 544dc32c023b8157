"""Words are not doubled, neither with the context nor between two slots that are filled in one step."""

from __future__ import annotations

import torch

from llada_edit.models.base import Layout, ModelCard
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.doubles import NoDoubles
from llada_edit.sampling.filters import SlotFilter
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import Factor, Threshold

MASK, PAD, THE, THE_TOO, CAT, ING = range(6)
CLASSES = torch.tensor([-1, -1, 0, 0, 1, -1])
CARD = ModelCard("scripted", "scripted", MASK, PAD, 6, 64)
FORBIDDEN = SlotFilter(torch.tensor([True, True, False, False, False, False]))


class Fixed:
    """Wants the same tokens everywhere."""

    card = CARD

    def __init__(self, logits: list[float]) -> None:
        self.wanted = torch.tensor(logits, dtype=torch.float32)

    def logits(self, tokens, at, layout, context=None):
        return self.wanted.expand(*at.shape, 6).clone()


def fill(tokens: list[int], logits: list[float], transfer=None, used: int | None = None) -> list[int]:
    row = torch.tensor([tokens])
    hole = row == MASK
    valid = torch.ones_like(hole)
    if used is not None:
        columns = hole[0].nonzero()[used:, 0]
        valid[0, columns], row[0, columns] = False, PAD
    sampler = Sampler(transfer=transfer or Threshold(0.1), chooser=NoDoubles(Independent(), CLASSES, PAD))
    *_, last = denoise(Fixed(logits), row, Layout.plain(row, hole, valid), sampler, RowNoise([0]), FORBIDDEN)
    return last.tokens[0].tolist()


def test_the_word_beside_the_hole_is_not_repeated() -> None:
    assert fill([THE, MASK, ING], [0, 0, 9, 8, 7, 1]) == [THE, CAT, ING]
    assert fill([ING, MASK, THE_TOO], [0, 0, 9, 8, 7, 1]) == [ING, CAT, THE_TOO]


def test_two_slots_of_one_step_do_not_take_the_same_word() -> None:
    filled = fill([ING, MASK, MASK, ING], [0, 0, 9, 1, 8, 2])
    assert sorted(filled[1:3]) == [THE, CAT]


def test_columns_that_the_row_does_not_use_are_looked_through() -> None:
    assert fill([ING, MASK, MASK, MASK, THE], [0, 0, 9, 8, 7, 1], used=1)[1] == CAT


def test_pieces_of_words_may_repeat() -> None:
    assert fill([ING, MASK, MASK, ING], [0, 0, 1, 1, 1, 9], Factor()) == [ING] * 4


def test_a_double_is_taken_where_nothing_else_may_stand() -> None:
    only = SlotFilter(torch.tensor([True, True, False, True, True, True]))
    row = torch.tensor([[THE, MASK]])
    sampler = Sampler(chooser=NoDoubles(Independent(), CLASSES, PAD))
    *_, last = denoise(Fixed([0.0] * 6), row, Layout.plain(row, row == MASK), sampler, RowNoise([0]), only)
    assert last.tokens.tolist() == [[THE, THE]]
