"""Fewer steps by distillation of a model into itself: learn in one pass what it says in k steps.

The teacher, which is the network of the model that one starts from, fills the masked slots of a row in k steps, the
surest ones first, each with its most probable token: its own trajectory, in the manner of dParallel (arXiv 2509.26488).
It knows nothing of an n-gram memory, nor of the rules by which the editor fills. What it said of a slot in the step
that filled it is what the student is to say at once, as a distribution (as in SDTT, arXiv 2410.21035). The teacher
says the same whenever it is asked, so that one pass can learn it: of tokens that are drawn, a pass could only learn
the mean, which is what it says anyway. `benchmarks/distill.py` measures what it is worth.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from llada_edit.models.base import Network
from llada_edit.sampling.transfer import highest
from llada_edit.training.objective import attention_mask


@torch.no_grad()
def teacher_says(teacher: Network, fields: dict[str, Tensor], mask: Tensor | None, steps: int) -> Tensor:
    """Log probabilities (counted, vocab) of masked slots, each from the step in which it was filled.

    Args:
        teacher: predicts.
        fields: arrays of a batch as tensors.
        mask: of attention.
        steps: k, at least 1; each fills an even share of the slots that a row has left.
    """
    counted, tokens = fields["counted"], fields["tokens"].clone()
    open_, said = counted.clone(), torch.zeros(0)
    for step in range(steps):
        hidden, _ = teacher.hidden(tokens, fields["positions"], mask)
        logs = teacher.project(hidden[open_]).float().log_softmax(-1)
        if step:
            said[open_[counted]] = logs
        else:
            said = logs
        best = logs.max(-1)
        sure = torch.zeros(counted.shape, device=tokens.device).masked_scatter(open_, best.values)
        chosen = torch.zeros_like(tokens).masked_scatter(open_, best.indices)
        budget = torch.ceil(open_.sum(1) / (steps - step)).long()
        filled = highest(sure, open_, budget)
        tokens, open_ = torch.where(filled, chosen, tokens), open_ & ~filled
    return said


class Distilled(nn.Module):
    """The student's losses, as `llada_edit.training.trainer.Losses` gives them: KL(teacher ‖ student) in nats.

    Args:
        student: is trained.
        teacher: stays as it is.
        isolated: kind of attention of both.
        steps: k.
    """

    def __init__(self, student: nn.Module, teacher: nn.Module, isolated: bool, steps: int) -> None:
        super().__init__()
        self.network, self.isolated, self.steps = student, isolated, steps
        self._teacher = [teacher.eval().requires_grad_(False)]  # in a list, so that it is no part of this module

    def forward(self, fields: dict[str, Tensor]) -> Tensor:
        """(counted,) in row order."""
        mask = attention_mask(fields["hole"], fields["valid"], self.isolated)
        teacher: Network = self._teacher[0]  # type: ignore[assignment]  # nn.Module says nothing of its methods
        student: Network = self.network  # type: ignore[assignment]  # nn.Module says nothing of its methods
        wanted = teacher_says(teacher, fields, mask, self.steps)
        hidden, _ = student.hidden(fields["tokens"], fields["positions"], mask)
        logs = student.project(hidden[fields["counted"]]).float().log_softmax(-1)
        return functional.kl_div(logs, wanted, reduction="none", log_target=True).sum(-1)
