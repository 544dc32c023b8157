"""A training run from its plan: corpus, training, time limit, and the folder of the model."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from tokenizers import Tokenizer
from torch import nn

from llada_edit.errors import OptionError
from llada_edit.models.devices import choose_device
from llada_edit.textfiles import write_atomically
from llada_edit.training.batches import BatchSource, Controls
from llada_edit.training.begun import begin
from llada_edit.training.corpora import corpora, told
from llada_edit.training.corpus import Corpus
from llada_edit.training.crew import Crew
from llada_edit.training.holes import Sampler
from llada_edit.training.kept import reading
from llada_edit.training.lora import Adapted
from llada_edit.training.own import Own
from llada_edit.training.pairs import MixedSampler, PairSampler, read_pairs
from llada_edit.training.plan import Plan
from llada_edit.training.trainer import Data, Trainer

TRIAL_SECONDS, WARM_UP = 20.0, 3
"""A trial of the speed takes so long at least, after so many steps that warm up."""


class Subject(Protocol):
    """What is trained."""

    @property
    def controls(self) -> Controls:
        """Its control ids."""
        ...

    def tokenizer(self) -> Tokenizer:
        """Its tokenizer, kept in the run's folder if it was made there."""
        ...

    def network(self, tokenizer: Tokenizer, corpus: Corpus) -> nn.Module:
        """A `Network` as a module; what needs a gradient is trained."""
        ...

    def losses(self, network: Any) -> nn.Module | None:
        """What is trained instead of the usual losses; None for those."""
        ...

    def positions(self, network: Any) -> int:
        """Longest row that it takes."""
        ...

    def save(self, network: Any, folder: Path, corpus: Corpus | None) -> None:
        """Write the result as `llada_edit.models.load` reads it; with the corpus once the run is finished."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has come to: the model so far, the steps done, the steps planned, and which process says so."""

    folder: Path
    step: int
    steps: int
    rank: int = 0

    @property
    def finished(self) -> bool:
        """False where the time limit came first; the same command goes on."""
        return self.step >= self.steps


def run(plan: Plan) -> Outcome:
    """Train as planned, going on from a checkpoint if there is one; the model's folder holds the averaged weights."""
    deadline = time.monotonic() + 60 * plan.minutes if plan.minutes else None
    if plan.threads:
        torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.recipe.seed)
    crew = Crew()
    with crew.first():
        begin(plan)
    subject = _subject(plan)
    with crew.first():
        tokenizer = subject.tokenizer()
        train, valid = corpora(plan, tokenizer)
    if crew.rank == 0:
        print("\n".join(told(plan, tokenizer, train, valid)), file=sys.stderr, flush=True)
    network = subject.network(tokenizer, train).to(crew.device(choose_device(plan.device)))
    window, seed = subject.positions(network), plan.recipe.seed
    if max(plan.recipe.lengths) > window:
        raise OptionError(f"rows of {max(plan.recipe.lengths)} tokens do not fit into {window} positions")
    text = Sampler(train, seed, plan.mix, subject.controls, window)
    held_out = Sampler(valid, seed + 1, plan.mix, subject.controls, window)
    data = Data(_source(plan, text, tokenizer), held_out, subject.controls, plan.workers)
    trainer = Trainer(network, plan.recipe, data, plan.folder, crew, subject.losses(network))
    if plan.fit:
        trainer.take(_fitting_steps(plan, trainer))
    trainer.resume()
    finished = trainer.run(deadline)
    folder = plan.folder / "model"
    if crew.rank == 0:
        trainer.load(trainer.average)
        subject.save(network, folder, train if finished else None)
    crew.wait()
    return Outcome(folder, trainer.step, trainer.recipe.steps, crew.rank)


def _subject(plan: Plan) -> Subject:
    return Adapted(plan) if plan.lora else Own(plan)


def _source(plan: Plan, text: Sampler, tokenizer: Tokenizer) -> BatchSource:
    if not plan.pairs:
        return text
    return MixedSampler(text, PairSampler(list(read_pairs(plan.pairs)), text, tokenizer))


def _fitting_steps(plan: Plan, trainer: Trainer) -> int:
    """As many steps as fit into `plan.fit` minutes; measured once and kept, so that a run stays one.

    All processes take part in the trial, and the first one's clock counts.
    """
    path, crew = plan.folder / "steps.json", trainer.crew
    if not crew.agree(path.exists()):
        seconds = trainer.seconds_per_step(TRIAL_SECONDS, WARM_UP)
        if crew.rank == 0:
            steps = max(1, int(60 * plan.fit / seconds))
            write_atomically(path, json.dumps({"steps": steps}) + "\n")
        crew.wait()
    with reading(path, "remove it, and the speed is measured again"):
        return int(json.loads(path.read_text(encoding="utf-8"))["steps"])
