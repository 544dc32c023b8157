"""Turn documents into token arrays on disk, once, and hand out runs of tokens.

Knows documents and token ids; does not know holes, masks or networks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from llada_edit.models.tokenizer_files import plain_tokenizer
from llada_edit.textfiles import write_atomically
from llada_edit.training.kept import reading
from llada_edit.training.spans import BEGINS, ENDS, FEED, Numbers, Signs, having, signs_of
from llada_edit.training.texts import batched


@dataclass(frozen=True)
class Corpus:
    """Token ids of all documents in one array.

    Attributes:
        tokens: (n,) uint16, or uint32 for vocabularies beyond 65,536.
        starts: (documents + 1,) int64, borders of the documents in `tokens`.
        signs: (vocab,) what tokens say of their place (`llada_edit.training.spans`).
    """

    tokens: np.ndarray
    starts: np.ndarray
    signs: Signs

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
        return cls(tokens, starts, signs_of(tokenizer))

    def words(self, text: NDArray[np.integer]) -> Numbers:
        """Where a word, a line or a run of punctuation begins in `text` (seq,)."""
        return np.flatnonzero(having(text, self.signs, BEGINS))

    def breaks(self, text: NDArray[np.integer]) -> Numbers:
        """Behind which tokens of `text` (seq,) a sentence or a line may end, as single tokens look: the next index."""
        return np.flatnonzero(having(text, self.signs, ENDS | FEED)) + 1

    def part(self, first: int, last: int) -> Corpus:
        """The documents from `first` up to `last`, which is not in it."""
        begin, end = int(self.starts[first]), int(self.starts[last])
        return replace(self, tokens=self.tokens[begin:end], starts=self.starts[first : last + 1] - begin)


def _number(tokenizer: Tokenizer) -> type[np.unsignedinteger]:
    """The smallest number type that holds every id."""
    return np.uint16 if tokenizer.get_vocab_size() <= 2**16 else np.uint32
