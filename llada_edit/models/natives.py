"""How each family's config reads as one of transformers' own classes; data in, data out, nothing is imported.

LLaDA is a Llama, Dream a Qwen2, LLaDA-MoE a Qwen3-MoE, each with attention in both directions. What Llama has no word
for is refused rather than loaded wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from llada_edit.errors import UnsupportedModel
from llada_edit.models.tokenizer_files import Json


@dataclass(frozen=True, slots=True)
class Native:
    """A model of transformers.

    Attributes:
        architecture: its classes without their endings, e.g. ``Llama``.
        settings: of its config.
        renames: regular expressions on tensor names to the native names.
        masked: a masked language model with a head of several layers; else a decoder with ``lm_head``.
        exact_rope: rotate queries and keys in float32, whatever the weights are.
        head_bias: the head has a bias, which the native class lacks.
        output_bias: False where queries, keys and values have a bias and the attention's output has none.
    """

    architecture: str
    settings: Json
    renames: Mapping[str, str] = field(default_factory=dict)
    masked: bool = False
    exact_rope: bool = False
    head_bias: bool = False
    output_bias: bool = True


_LLADA_RENAMES = {
    r"^model\.transformer\.wte\.": "model.embed_tokens.",
    r"^model\.transformer\.ln_f\.": "model.norm.",
    r"^model\.transformer\.ff_out\.": "lm_head.",
    **{
        rf"^model\.transformer\.blocks\.(\d+)\.{ours}\.": rf"model.layers.\1.{native}."
        for ours, native in {
            "q_proj": "self_attn.q_proj",
            "k_proj": "self_attn.k_proj",
            "v_proj": "self_attn.v_proj",
            "attn_out": "self_attn.o_proj",
            "ff_proj": "mlp.gate_proj",
            "up_proj": "mlp.up_proj",
            "ff_out": "mlp.down_proj",
            "attn_norm": "input_layernorm",
            "ff_norm": "post_attention_layernorm",
        }.items()
    },
}

_LLADA_ONLY = {
    "alibi": (False, None),
    "rope": (True,),
    "scale_logits": (False, None),
    "layer_norm_type": ("rms",),
    "layer_norm_with_affine": (True, None),
    "input_emb_norm": (False, None),
    "block_type": ("llama",),
    "block_group_size": (1, None),
    "attention_layer_norm": (False, None),
    "clip_qkv": (None,),
    "activation_type": ("silu", "gelu", "relu"),
    "rope_scaling": (None,),
}
_MOE_ONLY = {
    "shared_expert_intermediate_size": (None, 0),
    "moe_router_enable_expert_bias": (False, None),
    "moe_router_score_function": ("softmax", None),
    "router_num_group": (None, 0, 1),
    "routed_scaling_factor": (1, None),
    "partial_rotary_factor": (1, None),
    "qk_layernorm": (True,),
    "clip_qkv": (None,),
}
_NOT_SETTINGS = ("auto_map", "architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "is_causal")


def native_of(family: str, config: Json, name: str) -> Native:
    """The native model for a config of a family; raises `UnsupportedModel` where there is none that is the same."""
    if family == "bundled":
        raise UnsupportedModel(f"{name} is no model of transformers; use llada_edit.models.bundled.load_folder")
    if "quantization_config" in config:
        raise UnsupportedModel(f"{name} has quantised weights; take the original weights and pass quantize='int8'")
    if family == "llada":
        return _llada(config, name)
    if family == "llada-moe":
        return _llada_moe(config, name)
    settings = {key: value for key, value in config.items() if key not in _NOT_SETTINGS}
    if family == "illada":
        _require({"layer_norm_eps": (None,), "rope_scaling": (None,)}, config, name)
        return Native("Llama", settings)
    if family in ("dream", "dreamon"):
        return Native("Qwen2", settings | {"use_sliding_window": False})
    if family == "a2d":
        kind = str(config["model_type"]).lower().removeprefix("a2d-")
        return Native({"llama": "Llama", "qwen2": "Qwen2", "qwen3": "Qwen3"}[kind], settings)
    classes = {"bert": "Bert", "roberta": "Roberta", "distilbert": "DistilBert", "modernbert": "ModernBert"}
    return Native(classes[family], settings, masked=True)


def _require(allowed: Mapping[str, tuple[object, ...]], config: Json, name: str) -> None:
    for key, values in allowed.items():
        value = config.get(key, values[0])
        if value not in values:
            raise UnsupportedModel(
                f"{name} has {key} = {value!r}, which no native class computes; expected {values[0]!r}"
            )


def _llada(config: Json, name: str) -> Native:
    """The dense LLaDA, whose config has OLMo's words."""
    _require(_LLADA_ONLY, config, name)
    bias = bool(config.get("include_bias"))
    norm_bias = config.get("bias_for_layer_norm")
    if bias if norm_bias is None else norm_bias:
        raise UnsupportedModel(f"{name} has biases in its layer norms, which no native class computes")
    heads = int(config["n_heads"])
    key_value_heads = config.get("n_kv_heads") or (1 if config.get("multi_query_attention") else heads)
    width = int(config["d_model"])
    tied = bool(config.get("weight_tying"))
    settings = {
        "vocab_size": config.get("embedding_size") or config["vocab_size"],
        "hidden_size": width,
        "intermediate_size": config.get("mlp_hidden_size") or int(config.get("mlp_ratio", 4) * width),
        "num_hidden_layers": config["n_layers"],
        "num_attention_heads": heads,
        "num_key_value_heads": key_value_heads,
        "hidden_act": config.get("activation_type", "silu"),
        "max_position_embeddings": config["max_sequence_length"],
        "rms_norm_eps": config.get("rms_norm_eps", 1e-5),
        "rope_theta": config.get("rope_theta", 10000.0),
        "attention_bias": bias or bool(config.get("include_qkv_bias")),
        "mlp_bias": bias,
        "tie_word_embeddings": tied,
    }
    return Native(
        "Llama",
        settings,
        _LLADA_RENAMES,
        exact_rope=bool(config.get("rope_full_precision", True)),
        head_bias=bias and not tied,
        output_bias=bias or not config.get("include_qkv_bias"),
    )


def _llada_moe(config: Json, name: str) -> Native:
    """LLaDA-MoE: queries and keys are normalised head by head, as in Qwen3 and unlike OLMoE."""
    _require(_MOE_ONLY, config, name)
    heads = config["num_attention_heads"]
    kept = (
        "vocab_size hidden_size num_hidden_layers num_attention_heads hidden_act max_position_embeddings rms_norm_eps "
        "rope_theta rope_scaling attention_bias tie_word_embeddings num_experts num_experts_per_tok"
    )
    settings = {key: config[key] for key in kept.split() if config.get(key) is not None}
    frequency = config.get("moe_layer_freq") or [1] * int(config["num_hidden_layers"])
    settings |= {
        "num_key_value_heads": config.get("num_key_value_heads") or heads,
        "head_dim": config.get("head_dim") or config["hidden_size"] // heads,
        "intermediate_size": config.get("dense_intermediate_size") or config["expert_intermediate_size"],
        "moe_intermediate_size": config["expert_intermediate_size"],
        "norm_topk_prob": bool(config.get("norm_topk_prob")),
        "mlp_only_layers": [layer for layer, experts in enumerate(frequency) if not experts],
    }
    return Native("Qwen3Moe", settings)
