"""Initial weights: small random ones, or those of a published BERT encoder with another vocabulary.

The latter is all-MiniLM-L6-v2 (Apache-2.0). Its body is taken over; the embedding of each of our tokens is the mean of
the embeddings of its lower-cased pieces in the published vocabulary; the output bias is the log unigram probability of
the corpus.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from llada_edit.models.encoder import Block, Encoder
from llada_edit.models.llama import LlamaBlock
from llada_edit.training.corpus import Corpus

HEAD_SCALE = 0.2
SMALL = 0.02


def start_from_nothing(network: nn.Module) -> None:
    """Small random matrices, no biases, as BERT begins; torch's own start makes tied logits too large.

    What blocks add to the states that pass them is smaller the more of them there are (as GPT-2 begins), where those
    states are normed only on the way into a block.
    """
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.weight.normal_(0, SMALL)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.zero_()
        blocks = [module for module in network.modules() if isinstance(module, LlamaBlock)]
        for block in blocks:
            for adding in (block.out, block.down):
                adding.weight.div_((2 * len(blocks)) ** 0.5)


def log_unigrams(corpus: Corpus, vocab_size: int) -> Tensor:
    """(vocab_size,) log probabilities of single tokens: an output bias that spares a network from learning them."""
    counts = np.bincount(corpus.tokens[:20_000_000], minlength=vocab_size) + 0.5
    return torch.from_numpy(np.log(counts / counts.sum()))


def start_from_bert(network: Encoder, folder: Path, tokenizer: Tokenizer, corpus: Corpus) -> int:
    """Fill `network` from the BERT weights in `folder` (model.safetensors, tokenizer.json); returns tokens found."""
    source = load_file(folder / "model.safetensors")
    with torch.no_grad():
        found = _embeddings(network, source, Tokenizer.from_file(str(folder / "tokenizer.json")), tokenizer)
        network.position.weight.copy_(
            source["embeddings.position_embeddings.weight"] + source["embeddings.token_type_embeddings.weight"][0]
        )
        _copy(network.embedding_norm, source, "embeddings.LayerNorm")
        for index, block in enumerate(cast("list[Block]", list(network.blocks))):
            prefix = f"encoder.layer.{index}"
            for kind in ("weight", "bias"):
                parts = [source[f"{prefix}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
                getattr(block.qkv, kind).copy_(torch.cat(parts))
            _copy(block.out, source, f"{prefix}.attention.output.dense")
            _copy(block.attention_norm, source, f"{prefix}.attention.output.LayerNorm")
            _copy(block.up, source, f"{prefix}.intermediate.dense")
            _copy(block.down, source, f"{prefix}.output.dense")
            _copy(block.feed_forward_norm, source, f"{prefix}.output.LayerNorm")
        network.head.weight.copy_(torch.eye(network.config.width))
        network.head.bias.zero_()
        network.head_norm.weight.fill_(HEAD_SCALE)
        network.head_norm.bias.zero_()
        network.bias.copy_(log_unigrams(corpus, network.config.vocab_size))
    return found


def _copy(module: torch.nn.Module, source: dict[str, Tensor], name: str) -> None:
    module.load_state_dict({"weight": source[f"{name}.weight"], "bias": source[f"{name}.bias"]})


def _embeddings(network: Encoder, source: dict[str, Tensor], theirs: Tokenizer, ours: Tokenizer) -> int:
    table = source["embeddings.word_embeddings.weight"]
    vocabulary = theirs.get_vocab()
    mean = table.mean(dim=0)
    specials = {0: "[MASK]", 3: "[PAD]", 4: "[SEP]"}
    found = 0
    for index in range(network.config.vocab_size):
        text = ours.decode([index], skip_special_tokens=False)
        if index in specials:
            pieces = [vocabulary[specials[index]]]
        elif index < 32 or "\ufffd" in text:
            pieces = []
        elif not text.startswith((" ", "\n")) and f"##{text.lower()}" in vocabulary:
            pieces = [vocabulary[f"##{text.lower()}"]]
        else:
            pieces = [i for i in theirs.encode(text.strip(), add_special_tokens=False).ids if i != vocabulary["[UNK]"]]
        found += bool(pieces)
        network.embedding.weight[index] = table[pieces].mean(dim=0) if pieces else mean
    return found
