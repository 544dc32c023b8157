"""Fewer steps by self-distillation through time (SDTT, arXiv 2410.21035): learn in one pass what a teacher says in k.

The teacher, which is the model that one starts from, takes k small steps from a masked row: in each, some slots take a
token drawn from what it says. What it said of a slot when that was filled, or at the end where it was not, is what the
student is to say at once. Experimental: whether it pays at this size has not been measured.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.base import Network
from llada_edit.training.objective import attention_mask


@torch.no_grad()
def teacher_says(teacher: Network, fields: dict[str, Tensor], mask: Tensor | None, steps: int, width: float) -> Tensor:
    """Log probabilities (counted, vocab) of masked slots, each from the step in which it was filled.

    Args:
        teacher: predicts.
        fields: arrays of a batch as tensors, `rates` (rows,) among them.
        mask: of attention.
        steps: k, at least 1.
        width: time that a step covers; a slot masked at time t is filled in it with probability width / t.
    """
    counted, rates = fields["counted"], fields["rates"].float()
    # Drawn from the batch alone: a run that goes on draws the same again.
    generator = torch.Generator().manual_seed(int(fields["tokens"].sum()))
    tokens, open_ = fields["tokens"].clone(), counted.clone()
    said = torch.zeros(0)
    for step in range(steps):
        hidden, _ = teacher.hidden(tokens, fields["positions"], mask)
        logs = teacher.project(hidden[counted]).float().log_softmax(-1)
        still = open_[counted]
        said = logs if step == 0 else torch.where(still[:, None], logs, said)
        share = (width / (rates - step * width).clamp(min=width))[:, None].cpu()
        filled = open_ & (torch.rand(counted.shape, generator=generator) < share).to(counted.device)
        noise = torch.rand(logs.shape, generator=generator).to(logs.device)
        drawn = torch.zeros_like(tokens)
        drawn[counted] = (logs - (-noise.clamp(min=1e-12).log()).log()).argmax(-1)
        tokens, open_ = torch.where(filled, drawn, tokens), open_ & ~filled
    return said


class Distilled(nn.Module):
    """The student's losses, as `llada_edit.training.trainer.Losses` gives them: KL(teacher ‖ student) in nats.

    Args:
        student: is trained.
        teacher: stays as it is.
        isolated: kind of attention of both.
        steps: k.
        width: see `teacher_says`.
    """

    def __init__(
        self, student: nn.Module, teacher: nn.Module, isolated: bool, steps: int, width: float = 1 / 32
    ) -> None:
        super().__init__()
        self.network, self.isolated, self.steps, self.width = student, isolated, steps, width
        self._teacher = [teacher.eval().requires_grad_(False)]  # in a list, so that it is no part of this module

    def forward(self, fields: dict[str, Tensor]) -> Tensor:
        """(counted,) in row order."""
        mask = attention_mask(fields["hole"], fields["valid"], self.isolated)
        teacher: Network = self._teacher[0]  # type: ignore[assignment]  # nn.Module says nothing of its methods
        student: Network = self.network  # type: ignore[assignment]  # nn.Module says nothing of its methods
        wanted = teacher_says(teacher, fields, mask, self.steps, self.width)
        hidden, _ = student.hidden(fields["tokens"], fields["positions"], mask)
        logs = student.project(hidden[fields["counted"]]).float().log_softmax(-1)
        return functional.kl_div(logs, wanted, reduction="none", log_target=True).sum(-1)
