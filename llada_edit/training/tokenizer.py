"""Train the byte-level BPE tokenizer of a model of our own, and keep it in the folder of a run.

Special tokens come first, so that their ids never depend on the corpus; no merge can produce them from text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from llada_edit.textfiles import write_atomically
from llada_edit.training.kept import reading

SPECIALS = ("<|mask|>", "<|null|>", "<|expand|>", "<|pad|>", "<|end|>", *(f"<|reserved_{i}|>" for i in range(27)))
"""Ids 0 to 31: mask, trailing null, expand, padding, document border, and reserved ones for later training."""


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Byte-level BPE with the GPT-2 split (quotes and spaces stay off the words); any text survives a round trip."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def kept_tokenizer(path: Path, made: Callable[[], str | bytes]) -> Tokenizer:
    """The tokenizer in the file `path`, which gets what `made` gives if it is not there.

    Raises:
        OptionError: a damaged file.
    """
    if not path.exists():
        write_atomically(path, made())
    with reading(path, f"put a copy back, or remove the folder {path.parent} to begin anew"):
        return Tokenizer.from_file(str(path))
