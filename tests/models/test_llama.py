"""Our small Llama computes what transformers' Llama computes when it looks both ways, and its keys can be kept."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig as TheirConfig
from transformers import LlamaModel

from llada_edit.errors import OptionError
from llada_edit.models.llama import Llama, LlamaConfig

CONFIG = LlamaConfig(vocab_size=50, width=32, layers=2, heads=4, feed_forward=48, max_positions=64)


@pytest.fixture(scope="module")
def network() -> Llama:
    torch.manual_seed(0)
    network = Llama(CONFIG).eval().requires_grad_(False)
    for value in network.parameters():
        value.normal_(0, 0.3)
    return network


def theirs(network: Llama) -> LlamaModel:
    """The same weights in transformers' class."""
    settings = {
        "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
        "max_position_embeddings": 64, "rope_theta": 10000.0, "rms_norm_eps": 1e-6, "attn_implementation": "eager",
    }  # fmt: skip
    state = {"embed_tokens.weight": network.embedding.weight, "norm.weight": network.norm.weight}
    for index, block in enumerate(network.blocks):
        parts = dict(zip(("q_proj", "k_proj", "v_proj"), block.qkv.weight.chunk(3), strict=True))
        state |= {f"layers.{index}.self_attn.{name}.weight": part for name, part in parts.items()}
        state |= {
            f"layers.{index}.self_attn.o_proj.weight": block.out.weight,
            f"layers.{index}.mlp.gate_proj.weight": block.gate.weight,
            f"layers.{index}.mlp.up_proj.weight": block.up.weight,
            f"layers.{index}.mlp.down_proj.weight": block.down.weight,
            f"layers.{index}.input_layernorm.weight": block.attention_norm.weight,
            f"layers.{index}.post_attention_layernorm.weight": block.feed_forward_norm.weight,
        }
    model = LlamaModel(TheirConfig(**settings)).eval()
    model.load_state_dict(state)
    return model


def test_it_is_a_llama_that_looks_both_ways(network: Llama) -> None:
    tokens = torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1))
    positions = torch.tensor([[0, 1, 2, 5, 6, 7, 20, 21, 40], [3, 4, 5, 6, 7, 8, 9, 10, 11]])
    everybody = torch.zeros(2, 1, 9, 9)
    said = theirs(network)(input_ids=tokens, position_ids=positions, attention_mask=everybody, use_cache=False)
    ours, _ = network.hidden(tokens, positions)
    assert torch.allclose(ours, said.last_hidden_state, atol=1e-4)
    logits = ours @ network.embedding.weight.T + network.bias
    assert torch.allclose(network.project(ours), logits, atol=1e-4)


@settings(max_examples=25)
@given(st.lists(st.integers(1, 7), min_size=4, max_size=12), st.integers(1, 100), st.data())
def test_only_distances_count_and_kept_keys_are_turned(
    network: Llama, gaps: list[int], shift: int, data: st.DataObject
) -> None:
    """States do not change when all positions move together, nor when some of the keys are kept from before."""
    positions = torch.tensor([gaps]).cumsum(1)
    tokens = torch.randint(50, positions.shape, generator=torch.Generator().manual_seed(len(gaps)))
    size = len(gaps)
    frozen = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=size - 1)))
    active = [index for index in range(size) if index not in frozen]
    seen = torch.zeros(size, dtype=torch.bool)
    seen[active] = True
    isolated = seen[:, None] | ~seen[None, :]
    whole, _ = network.hidden(tokens, positions, isolated[None, None])
    moved, _ = network.hidden(tokens, positions + shift, isolated[None, None])
    assert torch.allclose(whole, moved, atol=1e-3)
    _, past = network.hidden(tokens[:, frozen], positions[:, frozen])
    cached, _ = network.hidden(tokens[:, active], positions[:, active], None, past)
    assert torch.allclose(cached, whole[:, active], atol=1e-4)


def test_gaps_are_seen(network: Llama) -> None:
    tokens = torch.tensor([[7, 8, 9]])
    near, far = (network.hidden(tokens, torch.tensor([at]))[0] for at in ([0, 1, 2], [0, 1, 9]))
    assert not torch.allclose(near, far, atol=1e-2)


def test_heads_must_be_of_pairs() -> None:
    with pytest.raises(OptionError, match="width is 30, heads are 4; give a multiple"):
        LlamaConfig(50, width=30, heads=4)
