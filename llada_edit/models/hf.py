"""Checkpoints in transformers' own classes, attending in both directions, behind the `Network` protocol.

The config is translated as data and handed over as an object of a class chosen here: no ``auto_map``, no remote code,
no network, nothing on standard output.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from logging import CRITICAL
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers.cache_utils import Cache, DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask
from transformers.modeling_utils import AttentionInterface
from transformers.utils import logging

from llada_edit.errors import BrokenModel
from llada_edit.models.base import KeyValue
from llada_edit.models.devices import enough_memory
from llada_edit.models.head import to_vocabulary
from llada_edit.models.natives import Native
from llada_edit.models.placing import Placing

EXACT_ROPE = "sdpa_exact_rope"
LESS = "use another device, a smaller dtype, quantize, or a smaller model"
"""What to do where weights do not fit."""
_BODIES = {"Bert": "bert", "Roberta": "roberta", "DistilBert": "distilbert", "ModernBert": "model"}
_UNUSED_HEADS = ("pooler.", "cls.seq_relationship.", "position_ids", "rotary_emb.inv_freq")


class TransformersNetwork:
    """A `Network` over a native model.

    Args:
        model: of transformers, with its head.
        native: how it was described.
    """

    def __init__(self, model: Any, native: Native) -> None:
        self.model = model
        self._masked = native.masked
        self._body = getattr(model, _BODIES[native.architecture] if native.masked else "model")
        self._head: Callable[[Tensor], Tensor] = _masked_head(model, native) if native.masked else _head(model.lm_head)
        self._first_position = model.config.pad_token_id + 1 if native.architecture == "Roberta" else 0
        self._local: int | None = model.config.sliding_window if native.architecture == "ModernBert" else None

    @property
    def device(self) -> torch.device:
        """Where tokens go in; further layers may lie elsewhere."""
        embedding = self._body.get_input_embeddings()
        hook = getattr(embedding, "_hf_hook", None)  # of accelerate, where weights may lie on another device or disk
        place = embedding.weight.device if hook is None else hook.execution_device
        return torch.device(place)

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        """See `Network.hidden`; masked language models keep no keys and values: theirs come back as an empty list."""
        rows, queries = tokens.shape
        keys = queries if past is None else past[0][0].shape[2] + queries
        mask = None if mask is None else mask.expand(rows, 1, queries, keys)
        if self._masked:
            if past is not None:
                raise ValueError("this network keeps no keys and values; its card says attention='uncached'")
            attention = mask if self._local is None else _local_masks(positions, mask, self._local)
            place = positions + self._first_position
            output = self._body(input_ids=tokens, attention_mask=attention, position_ids=place)
            return output.last_hidden_state.to(tokens.device), []
        pairs: Sequence[KeyValue | None] = [None] * len(self._body.layers) if past is None else past
        layers = [_FrozenLayer(pair) for pair in pairs]
        output = self._body(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=Cache(layers=list(layers)),
            use_cache=True,
        )
        return output.last_hidden_state.to(tokens.device), [layer.new for layer in layers]

    def project(self, hidden: Tensor) -> Tensor:
        """Logits (…, vocab) of hidden states (…, width)."""
        return self._head(hidden).to(hidden.device)


class _FrozenLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # transformers has no types here
    """One layer of a cache that is read and never grows; it keeps the new keys and values apart."""

    def __init__(self, past: KeyValue | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # transformers has no types here
        self.new: KeyValue
        self.past = past
        if past is not None:
            self.lazy_initialization(*past)
            self.keys, self.values = past

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> KeyValue:
        self.new = new = (key_states.to(value_states.dtype), value_states)  # float32 keys after exact rotation
        if self.past is None:
            return new
        key, value = (part.expand(value_states.shape[0], -1, -1, -1) for part in self.past)
        return torch.cat((key, new[0]), dim=2), torch.cat((value, new[1]), dim=2)


def _local_masks(positions: Tensor, mask: Tensor | None, reach: int) -> dict[str, Tensor | None]:
    """ModernBERT's two masks: its local layers see as far as positions, not canvas columns, are near."""
    near = (positions[:, None, :, None] - positions[:, None, None, :]).abs() <= reach
    return {"full_attention": mask, "sliding_attention": near if mask is None else near & mask}


class ExactRotary(nn.Module):
    """Cosines and sines in float32: products with bfloat16 queries and keys then round once, as LLaDA was trained."""

    def __init__(self, rotary: nn.Module) -> None:
        super().__init__()
        self.rotary = rotary

    def forward(self, hidden: Tensor, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines, (rows, queries, head width)."""
        pair: tuple[Tensor, Tensor] = self.rotary(hidden.float(), position_ids=position_ids)
        return pair


def _exact_rope_attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    """Attention after `ExactRotary`: queries and keys go back to the format of the values."""
    pair: tuple[Tensor, None] = sdpa_attention_forward(
        module, query.to(value.dtype), key.to(value.dtype), value, attention_mask, **kwargs
    )
    return pair


AttentionInterface.register(EXACT_ROPE, _exact_rope_attention)
AttentionMaskInterface.register(EXACT_ROPE, sdpa_mask)


def load_network(folder: Path, native: Native, placing: Placing) -> TransformersNetwork:
    """Load a checkpoint into its native class; raises `BrokenModel` if tensors are missing, unexpected or misshapen."""
    config = getattr(transformers, f"{native.architecture}Config")(**native.settings)
    if not native.masked:
        config.is_causal = False
    choices = placing.choices()
    with _quiet():
        try:
            with enough_memory(f"loading {folder}", placing.device, LESS):
                model, info = _model_class(native).from_pretrained(
                    str(folder),
                    config=config,
                    key_mapping=dict(native.renames) or None,
                    use_safetensors=True,
                    dtype=placing.dtype,
                    **choices,
                    attn_implementation=EXACT_ROPE if native.exact_rope else "sdpa",
                    trust_remote_code=False,
                    local_files_only=True,
                    output_loading_info=True,
                )
                if placing.quantize is None and placing.device_map is None:
                    model = model.to(placing.device)
        except (RuntimeError, OSError, ValueError, KeyError, TypeError) as error:
            raise BrokenModel(f"{folder} does not load as {native.architecture}: {error}") from error
    _check(folder, native, info)
    if native.exact_rope:
        model.model.rotary_emb = ExactRotary(model.model.rotary_emb)
    if not native.output_bias:
        for layer in model.model.layers:
            layer.self_attn.o_proj.bias = None
    return TransformersNetwork(model.eval(), native)


def _model_class(native: Native) -> Any:
    """The native class; with a bias in its head where the checkpoint has one."""
    native_class = getattr(transformers, native.architecture + ("ForMaskedLM" if native.masked else "ForCausalLM"))
    if not native.head_bias:
        return native_class

    class WithHeadBias(native_class):  # type: ignore[misc, valid-type]  # a base known at run time
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.lm_head = nn.Linear(config.hidden_size, config.vocab_size)
            self.post_init()

    return WithHeadBias


def _check(folder: Path, native: Native, info: dict[str, Any]) -> None:
    missing = {name for name in info["missing_keys"] if native.output_bias or not name.endswith("o_proj.bias")}
    unexpected = {name for name in info["unexpected_keys"] if not any(part in name for part in _UNUSED_HEADS)}
    wrong = [
        f"{kind} {sorted(map(str, names))[0]}"
        for kind, names in (
            ("lacks", missing),
            ("has besides", unexpected),
            ("has in another shape", info.get("mismatched_keys") or ()),
            ("cannot convert", info.get("error_msgs") or ()),
        )
        if names
    ]
    if wrong:
        raise BrokenModel(f"{folder} is no {native.architecture} as its config says: it {' and '.join(wrong)}")


def _head(linear: nn.Module) -> Callable[[Tensor], Tensor]:
    """The last layer; as it is where it is quantised, or where accelerate brings its weights from elsewhere."""
    if type(linear) is not nn.Linear or hasattr(linear, "_hf_hook"):
        return linear
    return lambda hidden: to_vocabulary(hidden, linear.weight, linear.bias)


def _masked_head(model: Any, native: Native) -> Callable[[Tensor], Tensor]:
    """The layers between hidden states and logits."""
    if native.architecture == "Bert":
        return model.cls  # type: ignore[no-any-return]  # modules of an untyped model
    if native.architecture == "Roberta":
        return model.lm_head  # type: ignore[no-any-return]  # modules of an untyped model
    if native.architecture == "ModernBert":
        return nn.Sequential(model.head, model.decoder)
    return nn.Sequential(model.vocab_transform, model.activation, model.vocab_layer_norm, model.vocab_projector)


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars, no log lines, no warnings: standard output may be a protocol."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(CRITICAL)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has no types here
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has no types here
