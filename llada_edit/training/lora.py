"""Low-rank adapters on LLaDA and its family as the subject of a training run (extra "lora").

The weights of the model stay as they are; what is written is a folder that `--model` takes, as long as the model it
stands on is on this disk too (LLaDA-8B at rank 16: 16.8 million numbers, 67 MB). Holes are as long as their text: these
models know no trailing nulls, nor the ids that our models have for rewriting operations.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor, nn

from llada_edit.errors import OptionError, UnsupportedModel
from llada_edit.models.adapters import without_notices
from llada_edit.models.base import KeyValue
from llada_edit.models.load import load_denoiser
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.batches import Controls
from llada_edit.training.corpus import Corpus
from llada_edit.training.plan import Lora, Plan


class AdaptedNetwork(nn.Module):
    """A `Network` of transformers with adapters, which alone need a gradient."""

    def __init__(self, network: object, lora: Lora) -> None:
        from peft import LoraConfig, get_peft_model

        from llada_edit.models.hf import TransformersNetwork

        super().__init__()
        assert isinstance(network, TransformersNetwork)
        config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.targets))
        try:
            with without_notices():
                self.adapted = get_peft_model(network.model, config)
        except ValueError as error:
            raise OptionError(f"no adapter fits {', '.join(lora.targets)}: {error}") from error
        self._network = network

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """See `Network.hidden`."""
        return self._network.hidden(tokens, positions, mask, past)

    def project(self, hidden: Tensor) -> Tensor:
        """See `Network.project`."""
        return self._network.project(hidden)


class Adapted:
    """See `llada_edit.training.running.Subject`."""

    def __init__(self, plan: Plan) -> None:
        if plan.start is None or plan.lora is None:
            raise OptionError("adapters need a model to stand on; give start, for instance GSAI-ML/LLaDA-8B-Base")
        _refuse_what_is_not_for_adapters(plan)
        if find_spec("peft") is None:
            raise OptionError('adapters need one more package: pip install "llada-edit[lora]"')
        self.plan, self.start, self.lora = plan, plan.start, plan.lora
        self._denoiser = load_denoiser(plan.start, device=plan.device)
        card = self._denoiser.card
        if card.logit_shift or card.delete_id is not None or card.attention == "uncached":
            raise UnsupportedModel(f"{plan.start} is of the family {card.family}; adapters are trained on LLaDA's only")
        self.controls = Controls.of(card)

    def tokenizer(self) -> Tokenizer:
        """The model's own."""
        return read_tokenizer(self.start)

    def network(self, tokenizer: Tokenizer, corpus: Corpus) -> AdaptedNetwork:
        """The model with fresh adapters, which change nothing yet."""
        return AdaptedNetwork(self._denoiser.network, self.lora)

    def losses(self, network: AdaptedNetwork) -> nn.Module | None:
        """The usual ones."""
        return None

    def positions(self, network: AdaptedNetwork) -> int:
        """Longest row that the model takes."""
        return self._denoiser.card.max_length

    def save(self, network: AdaptedNetwork, folder: Path, corpus: Corpus | None) -> None:
        """Write the adapters alone, with the place of the model they stand on."""
        network.adapted.peft_config["default"].base_model_name_or_path = str(self.start.resolve())
        network.adapted.save_pretrained(str(folder))


def _refuse_what_is_not_for_adapters(plan: Plan) -> None:
    """Settings of models of our own alone, each with its reason."""
    reasons = {
        "pairs": "the model has no ids for rewriting operations",
        "memory": "an n-gram memory stands beside models of our own only",
        "compile": "only the blocks of models of our own are compiled",
        "distill": "adapters are not distilled",
    }
    for name, reason in reasons.items():
        if getattr(plan, name):
            raise OptionError(f"{name} does not go with [lora]: {reason}; drop {name}, or [lora]")
