"""The start from published BERT weights takes the body over unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from llada_edit.models.encoder import Encoder, EncoderConfig
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


def test_a_start_from_nothing_knows_single_tokens_at_once(corpus: Corpus) -> None:
    torch.manual_seed(0)
    network = Encoder(EncoderConfig(400, width=64, layers=2, heads=4, feed_forward=128)).eval()
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
