"""The teacher's steps are what they are said to be, and a student comes closer to them in one pass."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from llada_edit.editor import Editor
from llada_edit.errors import OptionError
from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
from llada_edit.sampling.transfer import LowConfidence
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
    assert torch.allclose(teacher_says(teacher, batch, None, 1), plain, atol=1e-6)


@pytest.mark.parametrize("steps", [2, 3, 12])
def test_the_teacher_fills_as_the_editor_does(steps: int) -> None:
    """Row by row against the sampling loop: the same tokens in the same step, each with what was said then."""
    teacher, batch = encoder(0), fields()
    said = teacher_says(teacher, batch, None, steps)
    card = ModelCard("tiny", "own", mask_id=0, pad_id=3, vocab_size=40, max_length=16)
    start = 0
    for row in range(4):
        tokens, hole = batch["tokens"][row : row + 1], batch["counted"][row : row + 1]
        count = int(hole.sum())
        layout, sampler = Layout.plain(tokens, hole), Sampler(steps=min(steps, count), transfer=LowConfidence())
        seen, wanted = tokens, torch.zeros(12, 40)
        for step in denoise(NetworkDenoiser(card, teacher), tokens, layout, sampler, RowNoise([0])):
            logs = teacher.project(teacher.hidden(seen, batch["positions"][:1])[0]).log_softmax(-1)[0]
            wanted[step.committed[0]] = logs[step.committed[0]]
            seen = step.tokens
        assert torch.allclose(said[start : start + count], wanted[hole[0]], atol=1e-5)
        start += count
    assert torch.equal(said, teacher_says(teacher, batch, None, steps)), "asked again, it says the same"


def test_a_student_learns_several_steps_as_one() -> None:
    teacher, student = encoder(0), encoder(0)
    losses, batch = Distilled(student, teacher, isolated=False, steps=4), fields(16)
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
