"""Turn documents into token arrays on disk, once, and hand out runs of tokens.

Knows documents and token ids; does not know holes, masks or networks.
"""

from __future__ import annotations

import io
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO, cast

import numpy as np
import zstandard
from tokenizers import Tokenizer

from llada_edit.errors import DocumentError


def read_texts(files: Sequence[Path]) -> Generator[str]:
    """The `text` field of every line of JSONL files, plain or ``.zst``."""
    for path in files:
        with _open(path) as lines:
            for number, line in enumerate(lines, 1):
                yield _text(line, f"{path}:{number}")


def _text(line: str, place: str) -> str:
    try:
        text = json.loads(line)["text"]
    except (ValueError, TypeError, KeyError):
        text = None
    if not isinstance(text, str):
        raise DocumentError(f'{place} is not a JSON object with a "text"; give JSONL files')
    return text


def _open(path: Path) -> TextIO:
    if path.suffix != ".zst":
        return path.open(encoding="utf-8")
    unpacker = zstandard.ZstdDecompressor(max_window_size=2**27)
    return cast(TextIO, zstandard.open(path, "rt", dctx=unpacker, encoding="utf-8"))


@dataclass(frozen=True)
class Corpus:
    """Token ids of all documents in one array.

    Attributes:
        tokens: (n,) uint16.
        starts: (documents + 1,) int64, borders of the documents in `tokens`.
        word_start: (vocab,) bool, True for tokens that begin a word, a line or a punctuation run.
        sentence_end: (vocab,) bool, True for tokens after which a sentence may end.
    """

    tokens: np.ndarray
    starts: np.ndarray
    word_start: np.ndarray
    sentence_end: np.ndarray

    @classmethod
    def build(cls, files: Sequence[Path], tokenizer: Tokenizer, folder: Path) -> None:
        """Encode `files` and save the arrays under `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        starts = [0]
        with (folder / "tokens.bin").open("wb") as out:
            batch: list[str] = []
            for text in read_texts(files):
                batch.append(text)
                if len(batch) == 512:
                    cls._write(tokenizer, batch, out, starts)
                    batch = []
            cls._write(tokenizer, batch, out, starts)
        np.save(folder / "starts.npy", np.array(starts, dtype=np.int64))

    @staticmethod
    def _write(tokenizer: Tokenizer, batch: list[str], out: io.BufferedWriter, starts: list[int]) -> None:
        for encoding in tokenizer.encode_batch_fast(batch, add_special_tokens=False):
            out.write(np.array(encoding.ids, dtype=np.uint16).tobytes())
            starts.append(starts[-1] + len(encoding.ids))

    @classmethod
    def load(cls, folder: Path, tokenizer: Tokenizer) -> Corpus:
        """Open what `build` wrote; tokens stay on disk (memory-mapped)."""
        pieces = [tokenizer.id_to_token(i) or "" for i in range(tokenizer.get_vocab_size())]
        return cls(
            tokens=np.memmap(folder / "tokens.bin", dtype=np.uint16, mode="r"),
            starts=np.load(folder / "starts.npy"),
            word_start=np.array([_begins_word(piece) for piece in pieces]),
            sentence_end=np.array([piece.strip("\"')Ġ”*_")[-1:] in {".", "!", "?", "Ċ"} for piece in pieces]),
        )

    def part(self, first: int, last: int) -> Corpus:
        """The documents from `first` up to `last`, which is not in it."""
        begin, end = int(self.starts[first]), int(self.starts[last])
        return replace(self, tokens=self.tokens[begin:end], starts=self.starts[first : last + 1] - begin)


def _begins_word(piece: str) -> bool:
    """Byte-level pieces write a space as "Ġ" and a line feed as "Ċ"; letters without one go on with a word."""
    return piece[:1] in ("Ġ", "Ċ") or not (piece[:1].isalnum() or piece[:1] in "'\u2019")
