"""The start from published BERT weights takes the body over unchanged; that from nothing can be learned from."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.models.shapes import SHAPES
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.objective import token_losses
from llada_edit.training.start import log_unigrams, start_from_bert, start_from_nothing
from llada_edit.training.texts import read_texts
from llada_edit.training.tokenizer import train_tokenizer


def test_body_equals_bert(corpus: Corpus, corpus_files: dict[str, Path], tmp_path: Path) -> None:
    ours = train_tokenizer(read_texts([corpus_files["train"]]), 400)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "committee", "accepted", "proposal", "##s", "."]
    theirs = Tokenizer.from_str(
        '{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"Lowercase"},'
        '"pre_tokenizer":{"type":"BertPreTokenizer"},"post_processor":null,"decoder":{"type":"WordPiece","prefix":"##",'
        '"cleanup":true},"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",'
        '"max_input_chars_per_word":100,"vocab":{'
        + ",".join(f'"{word}":{index}' for index, word in enumerate(words))
        + "}}}"
    )
    theirs.save(str(tmp_path / "tokenizer.json"))
    torch.manual_seed(0)
    bert = BertModel(
        BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                   intermediate_size=32, max_position_embeddings=64)
    ).eval()  # fmt: skip
    bert.save_pretrained(tmp_path)
    network = Encoder(EncoderConfig(400, width=16, layers=2, heads=2, feed_forward=32, max_positions=64)).eval()
    found = start_from_bert(network, tmp_path, ours, corpus)
    assert found >= 4
    ids = torch.tensor([[5, 6, 7, 5, 8]])
    state = network.embedding_norm(bert.embeddings.word_embeddings(ids) + network.position(torch.arange(5)[None]))
    for block in network.blocks:
        state, _ = block(state, None, None)
    assert torch.allclose(state, bert(ids).last_hidden_state, atol=1e-5)
    committee = ours.token_to_id("Ġcommittee")
    assert torch.allclose(network.embedding.weight[committee], bert.embeddings.word_embeddings.weight[6])


@pytest.mark.parametrize("shape", SHAPES)
def test_a_start_from_nothing_knows_single_tokens_at_once(shape: str, corpus: Corpus) -> None:
    torch.manual_seed(0)
    sizes, make = SHAPES[shape]
    network = make(sizes(400, width=64, layers=2, heads=4, feed_forward=128)).eval()
    start_from_nothing(network)
    bias = log_unigrams(corpus, 400)
    assert float(bias.exp().sum()) == pytest.approx(1)
    with torch.no_grad():
        network.bias.copy_(bias)
        batch = Sampler(corpus, 0).whole_batch(0, 8, 64)
        tokens, positions, targets, counted = (
            torch.from_numpy(getattr(batch, name)) for name in ("tokens", "positions", "targets", "counted")
        )
        loss = token_losses(network, tokens, positions, targets, counted, None).mean()
    assert float(loss) < float(-bias[targets].mean()) + 0.3


WORDS = [[0, *random.Random(word).choices(range(1, 12), k=3 + word % 4)] for word in range(8)]
"""A language of eight words, whose letters are common to all of them; 0 stands before each."""


def late_loss(shape: str) -> tuple[float, float]:
    """Nats of masked letters at the end of a short training from nothing, and those of letters one by one."""
    text = torch.tensor([letter for word in random.Random(0).choices(WORDS, k=4000) for letter in word])
    shares = torch.bincount(text) / len(text)
    torch.manual_seed(0)
    sizes, make = SHAPES[shape]
    network = make(sizes(13, width=32, layers=2, heads=2, feed_forward=64, max_positions=32))
    start_from_nothing(network)
    optimizer, losses = torch.optim.AdamW(network.parameters(), 6e-3, betas=(0.9, 0.98)), list[float]()
    for _ in range(250):
        rows = text[torch.randint(len(text) - 32, (16, 1)) + torch.arange(32)]
        counted = torch.rand(rows.shape) < 0.6 * (torch.arange(16)[:, None] + torch.rand(1)) / 16
        positions = torch.arange(32).expand_as(rows)
        loss = token_losses(network, rows.masked_fill(counted, 12), positions, rows, counted, None).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1)
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-30:]) / 30, -float((shares * shares.log()).sum())


def test_the_llama_learns_from_nothing_where_the_encoder_says_single_letters() -> None:
    learned, letters = late_loss("llama")
    assert learned < letters - 0.2
    stuck, _ = late_loss("encoder")
    assert abs(stuck - letters) < 0.05


def test_deep_networks_add_less_in_each_block() -> None:
    torch.manual_seed(0)
    network = Llama(LlamaConfig(60, width=64, layers=8, heads=4, feed_forward=128))
    start_from_nothing(network)
    scales = [getattr(network.blocks[3], name).weight.std().item() for name in ("qkv", "up", "out", "down")]
    assert scales == pytest.approx([0.02, 0.02, 0.005, 0.005], rel=0.1)
