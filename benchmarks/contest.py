"""Trains the two models that `fim` compares, on the same data, and asks them the same holes.

Everything is kept in one folder, so that a comparison that was killed goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict

import science
import torch
from autoregressive import Causal, FimSampler
from middles import KINDS, Autoregressive, Filler, Masked, Tried, figures, holes
from tokenizers import Tokenizer

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.models.bundled import load_network, save_bundled
from llada_edit.models.devices import choose_device
from llada_edit.models.llama import Llama
from llada_edit.models.model import Model
from llada_edit.training.batches import Controls
from llada_edit.training.corpus import Corpus
from llada_edit.training.evaluation.likelihood import truth_tokens
from llada_edit.training.holes import Mix, Sampler
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import log_unigrams, start_from_nothing
from llada_edit.training.tokenizer import train_tokenizer
from llada_edit.training.trainer import Data

OURS, THEIRS = "masked", "autoregressive"
MODELS: dict[str, type[Llama]] = {OURS: Llama, THEIRS: Causal}
Look = Callable[[Llama], dict[str, float]]


class Contest:
    """Data, sizes and folder that both models share."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        names = ("train", "valid", "kind", "vocabulary", "length", "width", "layers", "tokens", "bf16")
        self.chosen = chosen
        self.folder = science.kept("fim", {name: getattr(chosen, name) for name in names})
        self.held_out = science.documents([chosen.valid], chosen.kind)
        path = self.folder / "tokenizer.json"
        if not path.exists():
            texts = [document.text for document in science.documents(chosen.train, chosen.kind)]
            tokenizer = train_tokenizer(texts, chosen.vocabulary)
            Corpus.build(texts, tokenizer, self.folder / "train")
            tokenizer.save(str(path))
        self.tokenizer = Tokenizer.from_file(str(path))
        self.corpus = Corpus.load(self.folder / "train", self.tokenizer)

    def holes(self, kind: str, count: int, seed: int = 0) -> list[Document]:
        return list(holes(self.held_out, kind, count, self.chosen.context, seed))

    def as_model(self, network: Llama, name: str) -> Model:
        """Written and read again, so that its weights are rounded."""
        save_bundled(network, self.folder / "tokenizer.json", {}, self.folder / name)
        return Editor.load(self.folder / name, device="cpu").model

    def filler(self, network: Llama) -> Filler:
        model = self.as_model(network, type(network).__name__)
        if not isinstance(network, Causal):
            return Masked(model)
        _, rounded = load_network(self.folder / "Causal", "causal", torch.device("cpu"))
        network.load_state_dict(rounded.state_dict())
        return Autoregressive(network, model)

    def training(self, name: str, rate: float, steps: int, looks: int, look: Look) -> science.Watched:
        """Of one of the models, from its beginning."""
        chosen, longest = self.chosen, self.chosen.length + self.chosen.length // 4
        kind = MODELS[name]
        torch.manual_seed(0)
        network = kind(science.sizes(self.tokenizer.get_vocab_size(), chosen.width, chosen.layers, longest))
        start_from_nothing(network)
        with torch.no_grad():
            network.bias.copy_(log_unigrams(self.corpus, network.config.vocab_size))
        network.to(choose_device(chosen.device))
        text = Sampler(self.corpus, 0, Mix(), window=longest)
        data = Data(text, text)
        if kind is Causal:
            source = FimSampler(text)
            data = Data(source, source, Controls(null=None, isolated=False))  # type: ignore[arg-type]  # batches only
        recipe = Recipe(
            steps=steps, tokens_per_step=chosen.tokens, lengths=(chosen.length,), save_every=200,
            body_rate=rate, embedding_rate=rate, head_rate=rate, average=0.995,
            validate_every=max(1, steps // looks), bf16=chosen.bf16,
        )  # fmt: skip
        return science.Watched(network, recipe, data, self.folder / f"{name}-{rate:g}-{steps}-{looks}", look)

    def sweep(self, name: str) -> dict[float, dict[str, float]]:
        """Nats a token, by rate and kind of hole, after a short training; of holes that are asked for here alone."""
        asked = {kind: self.holes(kind, self.chosen.tried, seed=1) for kind in KINDS}

        def look(now: Llama) -> dict[str, float]:
            filler = self.filler(now)
            return {kind: figures([filler.likelihood(hole) for hole in some])["nats"] for kind, some in asked.items()}

        found = {}
        for rate in self.chosen.rates:
            row = self.training(name, rate, self.chosen.sweep, 1, look).finish()[-1]
            found[rate] = {kind: row[kind] for kind in KINDS}
            print(name, rate, found[rate], file=sys.stderr, flush=True)
        return found

    def train(self, name: str, rate: float) -> science.Watched:
        """The training that is measured, as far as it came in the time that there is."""
        few = {kind: self.holes(kind, self.chosen.few) for kind in KINDS}

        def look(now: Llama) -> dict[str, float]:
            filler, seen = self.filler(now), dict[str, float]()
            for kind, some in few.items():
                found = figures([filler.likelihood(hole) for hole in some])
                seen |= {f"{kind} {key}": value for key, value in found.items()}
            return seen

        trainer = self.training(name, rate, self.chosen.steps, self.chosen.looks, look)
        trainer.finish(self.chosen.minutes)
        trainer.network.cpu().eval()
        return trainer

    def tried(self, trainer: science.Watched, kind: str) -> list[Tried]:
        """What a model makes of all holes of one kind; kept, since that takes as long as some of the training."""
        path = trainer.folder / f"{kind}-{self.chosen.holes}-{self.chosen.context}-{trainer.step}.json"
        if not path.exists():
            filler = self.filler(trainer.network)
            found = [filler.tried(hole) for hole in self.holes(kind, self.chosen.holes)]
            path.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")
        return [Tried(**one) for one in json.loads(path.read_text(encoding="utf-8"))]

    def unigram(self, kind: str) -> float:
        """Nats a token of what stands in the holes, if nothing around them is looked at."""
        network = Llama(science.sizes(self.tokenizer.get_vocab_size(), 32, 1, self.chosen.length))
        model = self.as_model(network, "sizes")
        logs = log_unigrams(self.corpus, network.config.vocab_size)
        nats = [
            -float(logs[token]) for hole in self.holes(kind, self.chosen.holes) for token in truth_tokens(model, hole)
        ]
        return sum(nats) / len(nats)
