"""Native classes against the logits of the reference implementations."""

import copy

import pytest
import torch

from llada_edit.models.base import Layout, ModelCard
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.hf import ExactRotary
from llada_edit.models.shapes import SHAPES


def everywhere(tokens):
    return torch.arange(tokens.shape[1]).expand_as(tokens)


def test_card_follows_the_files(golden):
    card = golden.denoiser.card
    assert card.mask_id == golden.meta["mask_token_id"]
    assert card.pad_id == golden.meta["pad_token_id"]
    assert golden.meta["eos_token_id"] in card.stop_ids
    assert golden.meta.get("eot_token_id", card.stop_ids[0]) in card.stop_ids
    assert (card.vocab_size, card.logit_shift) == (golden.meta["vocab_size"], golden.meta["logit_shift"])


def test_logits_are_those_of_the_reference(golden, tolerance):
    assert golden.inputs
    for case in golden.inputs:
        found = golden.denoiser.logits(case.tokens, everywhere(case.tokens), case.layout)
        assert case.compare.any()
        assert found.dtype == torch.float32
        assert (found - case.logits)[case.compare].abs().max() <= tolerance
        assert torch.equal(found.argmax(-1)[case.compare], case.logits.argmax(-1)[case.compare])


def test_asked_positions_alone_equal_all_positions(golden, tolerance):
    for case in golden.inputs:
        full = golden.denoiser.logits(case.tokens, everywhere(case.tokens), case.layout)
        at = torch.stack([torch.randperm(case.tokens.shape[1])[:3].sort().values for _ in case.tokens])
        some = golden.denoiser.logits(case.tokens, at, case.layout)
        assert some.shape[:2] == at.shape
        expected = full.gather(1, at[..., None].expand_as(some))
        where = case.compare.gather(1, at)
        assert ((some - expected)[where].abs() <= tolerance).all()


def test_a_change_to_the_right_is_seen(golden):
    """The control: an implementation with causal attention would pass nothing of this."""
    case = next(case for case in golden.inputs if case.tokens.shape[1] >= 16)
    other = case.tokens.clone()
    other[:, -1] = (other[:, -1] + 1) % golden.meta["text_vocab_size"]
    at = torch.zeros(len(other), 1, dtype=torch.int64) + 4
    before, after = (golden.denoiser.logits(tokens, at, case.layout) for tokens in (case.tokens, other))
    assert (before - after).abs().max() > 1e-2


def test_cached_context_is_the_same_while_nothing_changed(golden, tolerance):
    """With full attention the cache is exact for the canvas it was computed on."""
    for case in golden.inputs[:5]:
        seq = case.tokens.shape[1]
        if seq < 12:
            continue
        frozen = torch.tensor([i for i in range(seq) if not 4 <= i < 10])
        cache = golden.denoiser.prefill(case.tokens, case.layout, frozen)
        at = torch.arange(5, 10)[None]
        cached = golden.denoiser.logits(case.tokens, at, case.layout, cache)
        full = golden.denoiser.logits(case.tokens, at, case.layout)
        assert (cached - full).abs().max() <= 10 * tolerance
        assert torch.equal(cached.argmax(-1), full.argmax(-1))


def test_cached_context_serves_many_rows(golden, tolerance):
    """Keys and values of one row are shared by all, and each row gives what it gives alone."""
    network = golden.denoiser.network
    torch.manual_seed(0)
    left, tokens = torch.randint(0, golden.meta["text_vocab_size"], (1, 9)), torch.randint(0, 200, (3, 4))
    place = torch.arange(9)[None], torch.arange(9, 13).expand(3, 4)
    with torch.inference_mode():
        _, past = network.hidden(left, place[0])
        sizes = [key.shape for key, _ in past]
        together, new = network.hidden(tokens, place[1], None, past)
        masked, _ = network.hidden(tokens, place[1], torch.ones(1, 1, 1, 13, dtype=torch.bool), past)
        alone = torch.cat([network.hidden(tokens[i : i + 1], place[1][:1], None, past)[0] for i in range(3)])
        blind, _ = network.hidden(tokens, place[1], torch.arange(13)[None, None, None] >= 9, past)
        without, _ = network.hidden(tokens, place[1])
    assert [key.shape for key, _ in past] == sizes, "the cache grew"
    assert new[0][0].shape[2] == 4 and new[0][0].shape[0] == 3
    for other in (masked, alone):
        assert (together - other).abs().max() <= tolerance
    assert (blind - without).abs().max() <= tolerance
    assert (together - without).abs().max() > 1e-2


@pytest.fixture(scope="module", params=SHAPES)
def isolated(request):
    torch.manual_seed(0)
    sizes, make = SHAPES[request.param]
    network = make(sizes(vocab_size=60, width=32, layers=3, heads=4, feed_forward=64, max_positions=64)).eval()
    card = ModelCard("tiny", "bundled", mask_id=0, pad_id=3, vocab_size=60, max_length=64, attention="isolated")
    return NetworkDenoiser(card, network)


def test_isolated_context_is_exact_however_the_holes_are_filled(isolated, tolerance):
    torch.manual_seed(1)
    tokens = torch.randint(5, 60, (3, 24))
    tokens[:] = tokens[:1]
    hole = torch.zeros(3, 24, dtype=torch.bool)
    hole[:, 6:10] = hole[:, 15:18] = True
    valid = torch.ones_like(hole)
    valid[1, 9] = valid[2, 16:18] = False
    tokens[hole] = 0
    layout = Layout.plain(tokens, hole, valid)
    cache = isolated.prefill(tokens, layout, (~hole[0]).nonzero()[:, 0])
    at = hole[0].nonzero()[:, 0].expand(3, -1)
    tokens[0, 6], tokens[1, 15], tokens[2, 8] = 11, 12, 13
    cached, full = isolated.logits(tokens, at, layout, cache), isolated.logits(tokens, at, layout)
    assert (cached - full)[valid.gather(1, at)].abs().max() <= tolerance
    assert cache.layers[0][0].shape[0] == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_exact_rope_rounds_once(golden, dtype):
    """LLaDA rotates in float32 and rounds once, whatever the weights are; checked against the formula written out."""
    model = golden.denoiser.network.model.model
    assert isinstance(model.rotary_emb, ExactRotary) == (golden.denoiser.card.family == "llada")
    if golden.denoiser.card.family != "llada":
        return  # rotates in the format of its weights
    attention = copy.deepcopy(model.layers[0].self_attn).to(dtype)
    torch.manual_seed(0)
    hidden, positions = torch.randn(2, 40, model.config.hidden_size).to(dtype), torch.arange(40).expand(2, -1)
    width = attention.head_dim
    frequency = 1.0 / model.config.rope_parameters["rope_theta"] ** (torch.arange(0, width, 2).float() / width)
    angle = positions[..., None].float() * frequency

    def rotated(states: torch.Tensor) -> torch.Tensor:
        left, right = states.view(2, 40, -1, width).transpose(1, 2).float().chunk(2, dim=-1)
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        return torch.cat((left * cos - right * sin, right * cos + left * sin), dim=-1).to(dtype)

    value = attention.v_proj(hidden).view(2, 40, -1, width).transpose(1, 2)
    query, key = rotated(attention.q_proj(hidden)), rotated(attention.k_proj(hidden))
    mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
    expected = attention.o_proj(mixed.transpose(1, 2).reshape(2, 40, -1))
    found, _ = attention(hidden, model.rotary_emb(hidden, position_ids=positions), None, is_causal=False)
    assert found.dtype == dtype
    assert (found - expected).abs().max() <= (1e-5 if dtype == torch.float32 else 0)
    rough, _ = attention(hidden, model.rotary_emb.rotary(hidden, position_ids=positions), None, is_causal=False)
    assert dtype == torch.float32 or (rough - expected).abs().max() > 0, "the test could not tell the difference"
