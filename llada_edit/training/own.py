"""A model of our own as the subject of a training run: from nothing, from BERT weights, or from an earlier model."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import nn

from llada_edit.errors import OptionError
from llada_edit.models.bundled import OPERATIONS, load_memory, load_network, save_bundled
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.encoder import Encoder
from llada_edit.models.families import BUNDLED_TYPE, bundled_card, read_config
from llada_edit.models.shapes import make as make_network
from llada_edit.models.shapes import read
from llada_edit.models.transformer import Transformer
from llada_edit.training.batches import Controls
from llada_edit.training.corpus import Corpus
from llada_edit.training.distill import Distilled
from llada_edit.training.kept import reading
from llada_edit.training.memory import make
from llada_edit.training.plan import Plan
from llada_edit.training.start import log_unigrams, start_from_bert, start_from_nothing
from llada_edit.training.texts import first, read_texts
from llada_edit.training.tokenizer import kept_tokenizer, train_tokenizer


class Own:
    """See `llada_edit.training.running.Subject`."""

    controls = Controls()

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._goes_on = plan.start is not None and read_config(plan.start).get("model_type") == BUNDLED_TYPE

    def tokenizer(self) -> Tokenizer:
        """Kept from before, the start's, or made from the corpus."""
        return kept_tokenizer(self.plan.folder / "tokenizer.json", self._made_tokenizer)

    def _made_tokenizer(self) -> str | bytes:
        plan = self.plan
        if plan.start is not None and self._goes_on:
            return (plan.start / "tokenizer.json").read_bytes()
        with closing(read_texts(plan.train, plan.leave_out)) as texts:
            made = train_tokenizer(first(texts, plan.tokenizer_characters), plan.network.vocab_size)
        return made.to_str(pretty=True)

    def network(self, tokenizer: Tokenizer, corpus: Corpus) -> Transformer:
        """The network to train; with a checkpoint only its sizes matter, and the start is not read again."""
        network = self._network(tokenizer, corpus)
        if tokenizer.get_vocab_size() > network.config.vocab_size:
            raise OptionError(
                f"the tokenizer has {tokenizer.get_vocab_size()} tokens, more than the network's "
                f"{network.config.vocab_size}; raise vocab_size, or remove {self.plan.folder / 'tokenizer.json'}"
            )
        if self.plan.compile:
            for block in network.blocks:
                block.compile()
        return network

    def _network(self, tokenizer: Tokenizer, corpus: Corpus) -> Transformer:
        plan, checkpoint = self.plan, self.plan.folder / "checkpoint.pt"
        if checkpoint.exists():
            with reading(checkpoint, "put a copy back, or remove it to begin anew"):
                return make_network(read(torch.load(checkpoint, weights_only=True, mmap=True)))
        if plan.start is None:
            network = make_network(plan.network)
            start_from_nothing(network)
            with torch.no_grad():
                network.bias.copy_(log_unigrams(corpus, plan.network.vocab_size))
            return network
        if self._goes_on:
            return load_network(plan.start, plan.start.name, torch.device("cpu"))[1].train()
        network = make_network(plan.network)
        if not isinstance(network, Encoder):
            raise OptionError(f"{plan.start} holds no model of our own; BERT weights go into [encoder] only")
        start_from_bert(network, plan.start, tokenizer, corpus)
        return network

    def losses(self, network: Transformer) -> nn.Module | None:
        """What is learned instead of the text, if the plan says so: what the start says in several steps."""
        if not self.plan.distill:
            return None
        if self.plan.start is None or not self._goes_on:
            raise OptionError("to distill, start must be a model of our own, which teaches")
        teacher = load_network(self.plan.start, self.plan.start.name, next(network.parameters()).device)[1]
        return Distilled(network, teacher, self.controls.isolated, self.plan.distill)

    def positions(self, network: Transformer) -> int:
        """Longest row that the network takes."""
        return network.config.max_positions

    def save(self, network: Transformer, folder: Path, corpus: Corpus | None) -> None:
        """Write the folder that `load` reads.

        With a corpus the n-gram memory is counted, if the plan asks for one; else that of the start stays, as its
        calibration and its way of filling long holes always do.
        """
        card: dict[str, Any] = {"licence": self.plan.licence} | ({"operations": OPERATIONS} if self.plan.pairs else {})
        tokenizer, kept = self.plan.folder / "tokenizer.json", None
        if self.plan.start is not None and self._goes_on:
            config, kept = read_config(self.plan.start), load_memory(self.plan.start)
            learned = bundled_card(config, folder.name)
            card |= {name: getattr(learned, name) for name in ("calibration", "long_fills") if name in config}
        save_bundled(network, tokenizer, card, folder, None if kept is None else kept.tables)
        if self.plan.memory is not None and corpus is not None:
            # Fitted beside the weights as they are stored.
            denoiser = NetworkDenoiser(*load_network(folder, folder.name, torch.device("cpu")))
            save_bundled(network, tokenizer, card, folder, make(corpus, denoiser, self.plan.memory))
