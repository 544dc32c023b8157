"""Train an `Encoder` as a masked-diffusion denoiser; can be killed at any time and goes on from its checkpoint."""

from __future__ import annotations

import csv
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from llada_edit.models.bundled import NULL
from llada_edit.models.encoder import Encoder
from llada_edit.training.holes import Batch, Sampler
from llada_edit.training.objective import likelihood_bound, token_losses


@dataclass(frozen=True, slots=True)
class Recipe:
    """All choices of a training run; learning rates are for body, embeddings and head."""

    steps: int
    tokens_per_step: int = 4096
    lengths: tuple[int, ...] = (128, 128, 128, 256, 256, 512)
    body_rate: float = 4e-4
    embedding_rate: float = 1e-3
    head_rate: float = 1.5e-3
    warm_up: float = 0.03
    decay: float = 0.4
    rate_ramp: float = 0.04
    clip: float = 1.0
    average: float = 0.999
    seed: int = 0
    save_every: int = 200
    validate_every: int = 500
    bf16: bool = False

    def rate(self, step: int) -> float:
        """Factor of the learning rates: linear warm-up, constant, linear decay over the last `decay` share."""
        done = (step + 1) / self.steps
        return min(1.0, done / self.warm_up, (1 - step / self.steps) / self.decay)

    def highest_mask_rate(self, step: int) -> float:
        """Masking starts easy (30 %) and reaches everything after `rate_ramp` of the steps."""
        return min(1.0, 0.3 + 0.7 * (step / self.steps) / self.rate_ramp)


class Trainer:
    """Owns network, optimiser, running average and the files in `folder` (checkpoint.pt, log.csv)."""

    def __init__(self, network: Encoder, recipe: Recipe, train: Sampler, valid: Sampler, folder: Path) -> None:
        self.network, self.recipe, self.train_data, self.valid_data, self.folder = network, recipe, train, valid, folder
        groups: dict[float, list[Tensor]] = {}
        for name, parameter in network.named_parameters():
            groups.setdefault(self._base_rate(name), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [{"params": params, "lr": rate, "base": rate} for rate, params in groups.items()],
            betas=(0.9, 0.98),
            weight_decay=0.01,
            fused=True,
        )
        self.device = next(network.parameters()).device
        self.average = {name: value.detach().clone() for name, value in network.named_parameters()}
        self.step = 0

    def _base_rate(self, name: str) -> float:
        if name.startswith(("embedding.", "bias")):
            return self.recipe.embedding_rate
        return self.recipe.head_rate if name.startswith("head") else self.recipe.body_rate

    def run(self) -> None:
        """Train to `recipe.steps`, saving and validating on the way."""
        began, tokens, running = time.monotonic(), 0, []
        while self.step < self.recipe.steps:
            running.append(self._train_step())
            tokens += self.recipe.tokens_per_step
            self.step += 1
            if self.step % 50 == 0:
                speed = tokens / (time.monotonic() - began)
                left = (self.recipe.steps - self.step) * self.recipe.tokens_per_step / speed / 60
                print(
                    f"step {self.step} loss {np.mean(running):.3f} {speed:.0f} tokens/s, {left:.0f} min left",
                    file=sys.stderr,
                    flush=True,
                )
                running = []
            if self.step % self.recipe.validate_every == 0 or self.step == self.recipe.steps:
                self._log(self.validate())
            if self.step % self.recipe.save_every == 0 or self.step == self.recipe.steps:
                self.save()

    def _train_step(self) -> float:
        recipe = self.recipe
        length = recipe.lengths[self.step % len(recipe.lengths)]
        batch = self.train_data.batch(
            self.step, recipe.tokens_per_step // length, length, recipe.highest_mask_rate(self.step)
        )
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * recipe.rate(self.step)
        losses, _ = self._losses(batch)
        loss = losses.mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self.optimizer.step()
        decay = min(recipe.average, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.network.named_parameters():
                self.average[name].lerp_(value, 1 - decay)
        return loss.item()

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        names = ("tokens", "positions", "targets", "hole", "counted")
        fields = [torch.from_numpy(getattr(batch, name)).to(self.device) for name in names]
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.bf16):
            return token_losses(self.network, *fields), fields[2][fields[4]]

    @torch.no_grad()
    def validate(self, batches: int = 12) -> dict[str, float]:
        """Held-out figures of the averaged weights: loss on text and null slots, and the likelihood bound."""
        live = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        self.network.load_state_dict(self.average)
        text, nulls, bounds = [], [], []
        for index in range(batches):
            losses, targets = self._losses(self.valid_data.batch(index, 16, 256))
            text.append(losses[targets != NULL])
            nulls.append(losses[targets == NULL])
            batch, rates = self.valid_data.whole_batch(index, 16, 256)
            whole, _ = self._losses(batch)
            bounds.append(likelihood_bound(whole.cpu(), torch.from_numpy(batch.counted), torch.from_numpy(rates)))
        self.network.load_state_dict(live)
        return {
            "step": self.step,
            "text_loss": torch.cat(text).mean().item(),
            "null_loss": torch.cat(nulls).mean().item(),
            "bound": torch.stack(bounds).mean().item(),
        }

    def _log(self, figures: dict[str, float]) -> None:
        print(figures, file=sys.stderr, flush=True)
        path = self.folder / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as out:
            writer = csv.DictWriter(out, figures)
            if fresh:
                writer.writeheader()
            writer.writerow(figures)

    def save(self) -> None:
        """Write the checkpoint; a kill in between leaves the old one."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "recipe": asdict(self.recipe),
        }
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        base = [group["base"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(state["optimizer"])
        for group, rate in zip(self.optimizer.param_groups, base, strict=True):
            group["base"] = rate
        self.step = state["step"]
        return True
