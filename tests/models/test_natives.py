"""Checkpoints in native classes, against the formulas written out and against transformers' own forward."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import save_file

from llada_edit.errors import UnsupportedModel
from llada_edit.models.base import Layout
from llada_edit.models.load import load_denoiser

GOLDEN = Path(__file__).parent.parent / "golden"


def write_llada(folder, **changes):
    """A tiny random LLaDA checkpoint, and the Llama with the same numbers."""
    config = json.loads((GOLDEN / "llada-tiny" / "config.json").read_text()) | changes
    heads = config["n_kv_heads"] or (1 if config["multi_query_attention"] else config["n_heads"])
    width, middle = config["d_model"], config["mlp_hidden_size"] or config["mlp_ratio"] * config["d_model"]
    head, rows = width // config["n_heads"], config["embedding_size"] or config["vocab_size"]
    bias, qkv = config["include_bias"], config["include_bias"] or config["include_qkv_bias"]
    shapes = {"wte": (rows, width, False)} | ({} if config["weight_tying"] else {"ff_out": (rows, width, bias)})
    for n in range(config["n_layers"]):
        layer = f"blocks.{n}."
        shapes |= {layer + "q_proj": (width, width, qkv), layer + "attn_out": (width, width, bias)}
        shapes |= {layer + name: (heads * head, width, qkv) for name in ("k_proj", "v_proj")}
        shapes |= {layer + name: (middle, width, bias) for name in ("ff_proj", "up_proj")}
        shapes |= {layer + "ff_out": (width, middle, bias)}
        shapes |= {layer + name: (width, 0, False) for name in ("attn_norm", "ff_norm")}
    shapes["ln_f"] = (width, 0, False)
    torch.manual_seed(0)
    tensors = {}
    for name, (out, into, with_bias) in shapes.items():
        tensors[f"model.transformer.{name}.weight"] = torch.randn(out, into) * 0.2 if into else torch.rand(out) + 0.5
        if with_bias:
            tensors[f"model.transformer.{name}.bias"] = torch.randn(out)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "model.safetensors")
    return config, {name.removeprefix("model.transformer."): tensor for name, tensor in tensors.items()}


def run_llada(config, tensors, tokens):
    """The reference written out: Llama without the causal mask."""

    def linear(name, x):
        return torch.nn.functional.linear(x, tensors[f"{name}.weight"], tensors.get(f"{name}.bias"))

    def norm(name, x):
        return torch.nn.functional.rms_norm(x, x.shape[-1:], tensors[f"{name}.weight"], config["rms_norm_eps"])

    def rotate(x):
        size = x.shape[-1]
        frequency = config["rope_theta"] ** (-torch.arange(0, size, 2) / size)
        angle = torch.cat([torch.arange(x.shape[2])[:, None] * frequency] * 2, dim=-1)
        left, right = x.chunk(2, dim=-1)
        return x * angle.cos() + torch.cat((-right, left), dim=-1) * angle.sin()

    x = tensors["wte.weight"][tokens]
    rows, seq, width = x.shape
    head = width // config["n_heads"]
    for n in range(config["n_layers"]):
        layer = f"blocks.{n}."
        y = norm(layer + "attn_norm", x)
        q, k, v = (linear(f"{layer}{p}_proj", y).view(rows, seq, -1, head).transpose(1, 2) for p in "qkv")
        repeat = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(repeat, dim=1), v.repeat_interleave(repeat, dim=1)
        weights = (rotate(q) @ rotate(k).transpose(2, 3) / head**0.5).softmax(-1)
        x = x + linear(layer + "attn_out", (weights @ v).transpose(1, 2).reshape(rows, seq, width))
        y = norm(layer + "ff_norm", x)
        gate = {"silu": torch.nn.functional.silu, "gelu": torch.nn.functional.gelu}[config["activation_type"]]
        x = x + linear(layer + "ff_out", gate(linear(layer + "ff_proj", y)) * linear(layer + "up_proj", y))
    x = norm("ln_f", x)
    return x @ tensors["wte.weight"].T if config["weight_tying"] else linear("ff_out", x)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"n_kv_heads": 2},
        {"n_kv_heads": None, "multi_query_attention": True},
        {"weight_tying": True},
        {"mlp_hidden_size": None, "mlp_ratio": 2},
        {"include_qkv_bias": True},
        {"include_bias": True, "bias_for_layer_norm": False},
        {"vocab_size": 310, "embedding_size": 320},
        {"activation_type": "gelu", "rope_full_precision": False},
    ],
    ids=str,
)
def test_llada_variants(tmp_path, changes, logits, sample):
    config, tensors = write_llada(tmp_path / "m", **changes)
    denoiser = load_denoiser(tmp_path / "m", device="cpu")
    tokens = sample(300)
    found, expected = logits(denoiser, tokens), run_llada(config, tensors, tokens)
    assert found.shape[-1] == denoiser.card.vocab_size == 320
    torch.testing.assert_close(found, expected, atol=2e-4, rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alibi": True}, "alibi"),
        ({"rope": False}, "rope"),
        ({"scale_logits": True}, "scale_logits"),
        ({"layer_norm_type": "default"}, "layer_norm_type"),
        ({"input_emb_norm": True}, "input_emb_norm"),
        ({"block_type": "sequential"}, "block_type"),
        ({"block_group_size": 4}, "block_group_size"),
        ({"attention_layer_norm": True}, "attention_layer_norm"),
        ({"include_bias": True, "bias_for_layer_norm": None}, "biases in its layer norms"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantised weights"),
    ],
    ids=str,
)
def test_llada_features_that_llama_has_not(copied, changes, said):
    with pytest.raises(UnsupportedModel, match=said):
        load_denoiser(copied(**changes))


@pytest.mark.parametrize(
    "changes",
    [{"shared_expert_intermediate_size": 32}, {"moe_router_enable_expert_bias": True}, {"qk_layernorm": False}],
    ids=str,
)
def test_llada_moe_features_that_qwen_has_not(copied, changes):
    with pytest.raises(UnsupportedModel, match=next(iter(changes))):
        load_denoiser(copied("llada-moe-tiny", **changes))


SMALL = {"vocab_size": 90, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4}
IDS = {"cls_token_id": 1, "sep_token_id": 2, "mask_token_id": 4, "pad_token_id": 0}
LENGTH = {"max_position_embeddings": 64}
MASKED = {
    "Bert": SMALL | {"max_position_embeddings": 64},
    "Roberta": SMALL | {"max_position_embeddings": 66, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2},
    "DistilBert": {"vocab_size": 90, "dim": 32, "hidden_dim": 48, "n_layers": 3, "n_heads": 4} | LENGTH,
    "ModernBert": SMALL | {"max_position_embeddings": 64, "local_attention": 8, "global_attn_every_n_layers": 2},
}


def save_native(folder, architecture, kind, settings, **changes):
    torch.manual_seed(0)
    config = getattr(transformers, f"{architecture}Config")(**settings)
    model = getattr(transformers, f"{architecture}For{kind}")(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(folder)
    written = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(written))
    return model


@pytest.mark.parametrize("architecture", MASKED)
def test_masked_language_models(tmp_path, architecture, capfd, logits, sample):
    ids = IDS | ({"cls_token_id": 0, "pad_token_id": 1} if architecture == "Roberta" else {})
    model = save_native(tmp_path, architecture, "MaskedLM", MASKED[architecture] | ids, **ids)
    capfd.readouterr()
    denoiser = load_denoiser(tmp_path, device="cpu")
    card = denoiser.card
    assert (card.attention, card.always_framed, card.max_length) == ("uncached", True, 64)
    assert (card.start_ids, card.end_ids, card.mask_id) == ((ids["cls_token_id"],), (2,), 4)
    tokens = sample(90, length=30)
    valid = torch.ones_like(tokens, dtype=torch.bool)
    with torch.no_grad():
        torch.testing.assert_close(logits(denoiser, tokens), model(tokens).logits, atol=1e-5, rtol=1e-4)
        valid[1, 22:] = False
        expected = model(tokens, attention_mask=valid.long()).logits
    torch.testing.assert_close(logits(denoiser, tokens, valid)[valid], expected[valid], atol=1e-5, rtol=1e-4)
    assert denoiser.prefill(tokens, Layout.plain(tokens, ~valid), torch.arange(3)) is None
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize(
    ("architecture", "more"),
    [
        ("Qwen2", {"num_key_value_heads": 2}),
        ("Qwen3", {"num_key_value_heads": 2, "head_dim": 16, "tie_word_embeddings": True}),
        ("Llama", {"num_key_value_heads": 4}),
    ],
)
def test_a2d_attends_in_both_directions(tmp_path, architecture, more, logits, sample):
    settings = SMALL | more | {"max_position_embeddings": 64, "eos_token_id": 2}
    changes = {"model_type": f"a2d-{architecture.lower()}", "mask_token_id": 4, "auto_map": {"A": "b.C"}}
    model = save_native(tmp_path, architecture, "CausalLM", settings, **changes)
    denoiser = load_denoiser(tmp_path, device="cpu")
    tokens = sample(90)
    allowed = torch.ones(2, 1, 20, 20, dtype=torch.bool)
    with torch.no_grad():
        both, causal = model(tokens, attention_mask=allowed).logits, model(tokens).logits
    found = logits(denoiser, tokens)
    torch.testing.assert_close(found, both, atol=1e-5, rtol=1e-4)
    assert (found - causal).abs().max() > 0.1


def test_illada_is_a_llama_with_its_own_words(tmp_path, logits, sample):
    settings = SMALL | {"num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": True}
    changes = {"model_type": "illada", "layer_norm_eps": None, "resid_pdrop": 0.0}
    model = save_native(tmp_path, "Llama", "CausalLM", settings, **changes)
    tokens = sample(90)
    with torch.no_grad():
        expected = model(tokens, attention_mask=torch.ones(2, 1, 20, 20, dtype=torch.bool)).logits
    denoiser = load_denoiser(tmp_path, device="cpu")
    assert (denoiser.card.mask_id, denoiser.card.family) == (5, "illada")
    torch.testing.assert_close(logits(denoiser, tokens), expected, atol=1e-5, rtol=1e-4)
