"""Train a network as a masked-diffusion denoiser; can be killed at any time and goes on from its checkpoint."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from llada_edit.errors import OptionError
from llada_edit.models.base import Network
from llada_edit.models.shapes import written
from llada_edit.training.batches import Batch, BatchSource, Controls
from llada_edit.training.crew import Crew
from llada_edit.training.feed import feed
from llada_edit.training.holes import Sampler
from llada_edit.training.log import Log
from llada_edit.training.objective import attention_mask, likelihood_bound, loss_weights, token_losses
from llada_edit.training.progress import EVERY, Meter
from llada_edit.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Data:
    """Where batches come from, and what their control ids are."""

    train: BatchSource
    valid: Sampler
    controls: Controls = Controls()
    workers: int = 0


class Losses(nn.Module):
    """The network with its objective, as one module that can be dealt out over processes."""

    def __init__(self, network: nn.Module, isolated: bool) -> None:
        super().__init__()
        self.network, self.isolated = network, isolated

    def forward(self, fields: dict[str, Tensor]) -> Tensor:
        """Losses (counted,) of a batch whose arrays are tensors on the network's device."""
        mask = attention_mask(fields["hole"], fields["valid"], self.isolated)
        network: Network = self.network  # type: ignore[assignment]  # nn.Module says nothing of its methods
        return token_losses(network, fields["tokens"], fields["positions"], fields["targets"], fields["counted"], mask)


class Trainer:
    """Owns network, optimiser, running average and the files in `folder`: checkpoint.pt, log.csv, log.json, loss.svg.

    Only parameters that need a gradient are trained, averaged and kept. `losses` stands in for `Losses`.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        data: Data,
        folder: Path,
        crew: Crew | None = None,
        losses: nn.Module | None = None,
    ) -> None:
        self.network, self.recipe, self.data, self.folder = network, recipe, data, folder
        self.crew = crew or Crew()
        self.trained = {name: value for name, value in network.named_parameters() if value.requires_grad}
        groups: dict[str, list[Tensor]] = {}
        for name, parameter in self.trained.items():
            groups.setdefault(_group(name), []).append(parameter)
        self.optimizer = torch.optim.AdamW(
            [{"params": params, "base": getattr(recipe, f"{group}_rate")} for group, params in groups.items()],
            betas=(0.9, 0.98),
            weight_decay=0.01,
            fused=True,
        )
        self.device = next(iter(self.trained.values())).device
        self.average = {name: value.detach().clone() for name, value in self.trained.items()}
        self._alone = Losses(network, data.controls.isolated)
        self.losses = self.crew.wrap(losses or self._alone)
        self.log = Log(folder)
        self.step = 0

    def take(self, steps: int) -> None:
        """Train for so many steps, not for as many as the recipe says."""
        self.recipe = replace(self.recipe, steps=steps)

    def run(self, deadline: float | None = None) -> bool:
        """Train to `recipe.steps`, saving and validating on the way; False where `deadline` came first.

        Args:
            deadline: of `time.monotonic()`; the run then saves its checkpoint and stops, to be taken up later.
        """
        recipe, running = self.recipe, list[Tensor]()
        batches = feed(self.data.train, recipe, self.step, self.data.workers)
        with Meter(self.step, recipe.steps, shown=self.crew.rank == 0) as meter:
            for batch in batches:
                running.append(self.train_step(batch))
                self.step += 1
                meter.step(self.step, batch.tokens.size)
                last = self.step == recipe.steps
                if self.step % EVERY == 0 or last:
                    meter.show(self.step, self._mean(running[-EVERY:]))
                if self.step % recipe.validate_every == 0 or last:
                    self._note(running, meter)
                    running = []
                if self.step % recipe.save_every == 0 or last:
                    self.save()
                if not last and deadline is not None and self.crew.agree(time.monotonic() > deadline):
                    self.save()
                    return False
        return True

    def seconds_per_step(self, enough: float, warm_up: int) -> float:
        """Seconds that a step takes with all processes, from steps that leave nothing behind.

        Args:
            enough: seconds after which no further step is tried, by the clock of process 0.
            warm_up: first steps, which are not counted.
        """
        before = {name: value.detach().clone() for name, value in self.trained.items()}
        began = time.monotonic()
        batches = feed(self.data.train, replace(self.recipe, steps=10**6), 0, self.data.workers)
        for done, batch in enumerate(batches, 1 - warm_up):
            self.train_step(batch).item()
            if done == 0:
                began = time.monotonic()
            elif done > 0 and self.crew.agree(time.monotonic() - began > enough):
                break
        seconds = (time.monotonic() - began) / done
        self.load(before)
        self.average = before
        self.optimizer.state.clear()
        return seconds

    def train_step(self, batch: Batch) -> Tensor:
        """One optimiser step; this process' share of its loss, a tensor so that nobody has to wait for it."""
        recipe, crew = self.recipe, self.crew
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * recipe.rate(self.step)
        self.optimizer.zero_grad(set_to_none=True)
        arrays = (torch.from_numpy(part) for part in (batch.counted, batch.hole, batch.rates))
        weights = loss_weights(recipe.objective, *arrays)
        total = torch.zeros((), device=self.device)
        for part in range(recipe.accumulate):
            # Every process takes its share of the rows of every part.
            rows = slice(part * crew.size + crew.rank, None, recipe.accumulate * crew.size)
            share = batch.rows(rows)
            counts = weights[rows][torch.from_numpy(share.counted)].float().to(self.device)
            with crew.part(self.losses, last=part == recipe.accumulate - 1):
                loss = (self._losses(self.losses, share) * counts).sum()
                (loss * crew.size).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            total += loss.detach()
        torch.nn.utils.clip_grad_norm_(self.trained.values(), recipe.clip)
        self.optimizer.step()
        decay = min(recipe.average, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.trained.items():
                self.average[name].lerp_(value, 1 - decay)
        return total

    def _losses(self, module: nn.Module, batch: Batch) -> Tensor:
        names = ("tokens", "positions", "targets", "hole", "counted", "valid", "rates")
        fields = {name: torch.from_numpy(getattr(batch, name)).to(self.device, non_blocking=True) for name in names}
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.recipe.bf16):
            losses: Tensor = module(fields)
            return losses

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """Held-out figures of the averaged weights: loss on text and null slots, and the likelihood bound."""
        live = {name: value.detach().clone() for name, value in self.trained.items()}
        self.load(self.average)
        text, nulls, bounds = [], [], []
        null = -1 if self.data.controls.null is None else self.data.controls.null
        length = min(256, max(self.recipe.lengths))
        for index in range(self.recipe.validate_batches):
            batch = self.data.valid.batch(index, 16, length)
            losses, targets = self._losses(self._alone, batch).cpu(), torch.from_numpy(batch.targets[batch.counted])
            text.append(losses[targets != null])
            nulls.append(losses[targets == null])
            batch = self.data.valid.whole_batch(index, 16, length)
            whole = self._losses(self._alone, batch).cpu()
            bounds.append(likelihood_bound(whole, torch.from_numpy(batch.counted), torch.from_numpy(batch.rates)))
        self.load(live)
        figures = {"text_loss": torch.cat(text).mean().item(), "bound": torch.stack(bounds).mean().item()}
        return figures if null < 0 else figures | {"null_loss": torch.cat(nulls).mean().item()}

    def _mean(self, shares: list[Tensor]) -> float:
        """Mean loss of some steps; every process must ask."""
        return float(self.crew.total(torch.stack(shares)).mean())

    def _note(self, running: list[Tensor], meter: Meter) -> None:
        mean = self._mean(running)
        if self.crew.rank == 0:
            row = {"step": self.step, "train_loss": mean, **self.validate(), "seconds": round(meter.seconds, 1)}
            self.log.append(row)
            self.log.draw()
            meter.say(", ".join(f"{name} {value:.4g}" for name, value in row.items()))
        self.crew.wait()

    def load(self, weights: dict[str, Tensor]) -> None:
        """Put other weights in place of the trained ones."""
        with torch.no_grad():
            for name, value in self.trained.items():
                value.copy_(weights[name])

    def save(self) -> None:
        """Write the checkpoint; a kill in between leaves the old one."""
        if self.crew.rank:
            return
        state: dict[str, Any] = {
            "network": {name: value.detach() for name, value in self.trained.items()},
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "recipe": asdict(self.recipe),
        }
        config = getattr(self.network, "config", None)
        if config is not None:
            state |= written(config)
        torch.save(state, self.folder / "checkpoint.tmp")
        (self.folder / "checkpoint.tmp").replace(self.folder / "checkpoint.pt")

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one."""
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return False
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.load(state["network"])
        self.average = state["average"]
        base = [group["base"] for group in self.optimizer.param_groups]
        try:
            self.optimizer.load_state_dict(state["optimizer"])
        except ValueError as error:
            raise OptionError(
                f"{path} does not fit this network ({error}); remove it, or name another folder"
            ) from error
        for group, rate in zip(self.optimizer.param_groups, base, strict=True):
            group["base"] = rate
        self.step = state["step"]
        self.log.resume(self.step)
        return True


def _group(name: str) -> str:
    """Which of the recipe's learning rates a parameter has."""
    if name.startswith(("embedding.", "bias")):
        return "embedding"
    return "head" if name.startswith("head") else "body"
