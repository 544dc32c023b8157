"""Which committed slots are masked again."""

import torch

from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.remasking import Never, Polish, ReMDM


def test_never():
    slots = torch.ones(2, 5, dtype=torch.bool)
    assert Never().during(slots, torch.ones(2), torch.ones(2), RowNoise([0, 1])) is None
    assert not bool(Never().after(torch.zeros(2, 5), slots).any())


def test_polish_takes_the_share_that_was_least_sure():
    probability = torch.tensor([[0.9, 0.1, 0.8, 0.2, 1.0], [0.5, 0.6, 0.7, 0.0, 0.0]])
    slots = torch.tensor([[True] * 4 + [False], [True] * 3 + [False] * 2])
    again = Polish(share=0.5).after(probability, slots)
    assert again.int().tolist() == [[0, 1, 0, 1, 0], [1, 1, 0, 0, 0]]
    assert Polish().after(probability, slots).int().tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]
    assert Polish(rounds=3).rounds == 3


def test_remdm_masks_with_the_capped_probability():
    committed = torch.ones(2, 20_000, dtype=torch.bool)
    # sigma = min(cap, s / (1 - t)): capped in the first row, 0.1 / 0.8 in the second
    noise = RowNoise([0, 1])
    again = ReMDM(cap=0.2).during(committed, torch.tensor([0.5, 0.2]), torch.tensor([0.4, 0.1]), noise)
    share = again.float().mean(1)
    assert abs(share[0] - 0.2) < 0.015
    assert abs(share[1] - 0.125) < 0.015


def test_remdm_only_among_the_committed_and_never_at_the_end():
    committed = torch.tensor([[True, False] * 50])
    again = ReMDM(cap=1.0).during(committed, torch.tensor([0.5]), torch.tensor([0.5]), RowNoise([0]))
    assert torch.equal(again, committed)
    assert not bool(ReMDM(cap=1.0).during(committed, torch.tensor([0.1]), torch.tensor([0.0]), RowNoise([0])).any())
