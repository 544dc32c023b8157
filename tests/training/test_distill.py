"""The teacher's steps are what they are said to be, and a student comes closer to them in one pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from llada_edit.editor import Editor
from llada_edit.errors import OptionError
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.training.distill import Distilled, teacher_says
from llada_edit.training.plan import Plan
from llada_edit.training.running import run

CONFIG = EncoderConfig(vocab_size=40, width=16, layers=1, heads=2, feed_forward=32, max_positions=16)


def encoder(seed: int) -> Encoder:
    torch.manual_seed(seed)
    network = Encoder(CONFIG).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.5)
    return network


def fields(rows: int = 4, rate: float = 0.5) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    targets = torch.randint(32, 40, (rows, 12))
    counted = torch.rand(rows, 12) < rate
    hole = torch.ones_like(counted)
    positions = torch.arange(12).expand(rows, -1)
    return {
        "tokens": targets.masked_fill(counted, 0), "positions": positions, "targets": targets, "hole": hole,
        "counted": counted, "valid": hole, "rates": torch.full((rows,), rate),
    }  # fmt: skip


def test_one_step_says_what_the_teacher_says() -> None:
    teacher, batch = encoder(0), fields()
    hidden, _ = teacher.hidden(batch["tokens"], batch["positions"])
    plain = teacher.project(hidden[batch["counted"]]).log_softmax(-1)
    assert torch.allclose(teacher_says(teacher, batch, None, 1, 0.1), plain, atol=1e-6)


def test_later_steps_see_what_was_filled_before() -> None:
    teacher, batch = encoder(0), fields()
    one, three = (teacher_says(teacher, batch, None, steps, 0.2) for steps in (1, 3))
    assert torch.equal(three, teacher_says(teacher, batch, None, 3, 0.2)), "the same batch, the same draws"
    same = torch.isclose(one, three, atol=1e-6).all(-1)
    assert 0.1 < same.float().mean() < 0.8, "slots filled in the first step keep what was said then"
    assert torch.allclose(three.exp().sum(-1), torch.ones(len(three)), atol=1e-5)
    # A step as wide as the time left fills everything: later ones change nothing.
    assert torch.allclose(teacher_says(teacher, batch, None, 3, 0.5), one, atol=1e-6)


def test_a_student_learns_several_steps_as_one() -> None:
    teacher, student = encoder(0), encoder(0)
    losses, batch = Distilled(student, teacher, isolated=False, steps=4, width=0.1), fields(16)
    assert "_teacher" not in dict(losses.named_parameters())
    before = losses(batch).mean()
    assert before > 0
    assert Distilled(student, teacher, isolated=False, steps=1)(batch).abs().max() < 1e-4, "one step is its own"
    optimizer = torch.optim.AdamW(student.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        losses(batch).mean().backward()
        optimizer.step()
    assert losses(batch).mean() < 0.5 * before
    assert all(torch.equal(one, two) for one, two in zip(teacher.parameters(), encoder(0).parameters(), strict=True))


def test_a_recipe_can_distill(recipe_file, tmp_path: Path) -> None:
    run(Plan.read(recipe_file(folder='"first"')))
    outcome = run(Plan.read(recipe_file(start='"first/model"', distill="2")))
    assert Editor.load(outcome.folder).card.null_id is not None
    with pytest.raises(OptionError, match="start must be a model of our own"):
        run(Plan.read(recipe_file(distill="2", folder='"third"')))
