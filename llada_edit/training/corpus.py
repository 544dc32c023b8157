"""Turn documents into token arrays on disk, once, and hand out runs of tokens.

Knows documents and token ids; does not know holes, masks or networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from llada_edit.models.tokenizer_files import plain_tokenizer
from llada_edit.textfiles import write_atomically
from llada_edit.training.kept import reading
from llada_edit.training.spans import signs_of
from llada_edit.training.texts import batched


@dataclass(frozen=True)
class Corpus:
    """Token ids of all documents in one array.

    Attributes:
        tokens: (n,) uint16, or uint32 for vocabularies beyond 65,536.
        starts: (documents + 1,) int64, borders of the documents in `tokens`.
        word_start: (vocab,) bool, True for tokens that begin a word, a line or a punctuation run.
        sentence_end: (vocab,) bool, True for tokens after which a sentence may end.
        signs: (vocab,) uint8, what tokens say of their place (`llada_edit.training.spans`).
    """

    tokens: np.ndarray
    starts: np.ndarray
    word_start: np.ndarray
    sentence_end: np.ndarray
    signs: np.ndarray

    @classmethod
    def build(cls, texts: Iterable[str], tokenizer: Tokenizer, folder: Path) -> None:
        """Encode `texts` and save the arrays under `folder`; text never becomes a control token, whatever it says."""
        folder.mkdir(parents=True, exist_ok=True)
        plain = plain_tokenizer(tokenizer, tokenizer.get_added_tokens_decoder())
        kind, starts = _number(tokenizer), [0]
        with (folder / "tokens.bin").open("wb") as out:
            for batch in batched(texts, 512):
                for encoding in plain.encode_batch_fast(batch, add_special_tokens=False):
                    out.write(np.array(encoding.ids, dtype=kind).tobytes())
                    starts.append(starts[-1] + len(encoding.ids))
        # Written last, and whole: without it there is no corpus yet.
        borders = BytesIO()
        np.save(borders, np.array(starts, dtype=np.int64))
        write_atomically(folder / "starts.npy", borders.getvalue())

    @classmethod
    def load(cls, folder: Path, tokenizer: Tokenizer) -> Corpus:
        """Open what `build` wrote; tokens stay on disk (memory-mapped).

        Raises:
            OptionError: damaged files.
        """
        kind = _number(tokenizer)
        with reading(folder, "remove it, and the text is encoded again"):
            starts = np.load(folder / "starts.npy")
            # An empty file cannot be mapped.
            tokens = np.memmap(folder / "tokens.bin", dtype=kind, mode="r") if starts[-1] else np.empty(0, kind)
            if len(tokens) != starts[-1]:
                raise ValueError(f"{len(tokens)} tokens instead of {starts[-1]}")
        pieces = [tokenizer.id_to_token(i) or "" for i in range(tokenizer.get_vocab_size())]
        return cls(
            tokens=tokens,
            starts=starts,
            word_start=np.array([_begins_word(piece) for piece in pieces]),
            sentence_end=np.array([piece.strip("\"')Ġ”*_")[-1:] in {".", "!", "?", "Ċ"} for piece in pieces]),
            signs=signs_of(tokenizer),
        )

    def part(self, first: int, last: int) -> Corpus:
        """The documents from `first` up to `last`, which is not in it."""
        begin, end = int(self.starts[first]), int(self.starts[last])
        return replace(self, tokens=self.tokens[begin:end], starts=self.starts[first : last + 1] - begin)


def _number(tokenizer: Tokenizer) -> type[np.unsignedinteger]:
    """The smallest number type that holds every id."""
    return np.uint16 if tokenizer.get_vocab_size() <= 2**16 else np.uint32


def _begins_word(piece: str) -> bool:
    """Byte-level pieces write a space as "Ġ" and a line feed as "Ċ"; letters without one go on with a word."""
    return piece[:1] in ("Ġ", "Ċ") or not (piece[:1].isalnum() or piece[:1] in "'\u2019")
