"""Text to token ids and back, and what each token may be used for.

Knows bytes and ids; it does not know tensors, hole markup, documents. Text never becomes a control token, whatever it
says; a document is never rebuilt from tokens, so what the model cannot see (unknown characters) is not lost.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from llada_edit.models.pieces import goes_on, hidden, is_word, joins, kind_of, text_of, token_bytes, unknown_ids
from llada_edit.models.tokenizer_files import Json, added_tokens, plain_tokenizer, read_tokenizer

_STOPS = frozenset(".,;:")

Flags = NDArray[np.bool_]
"""One truth value for each token, (size,)."""

KEPT = 256
"""Beginnings whose tokens are remembered."""

Located = tuple[int, int, int]
"""An id, and where what it stands for begins and ends in a text."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNUSED = re.compile(r"\[unused\d+\]|<unused\d+>")
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class Vocabulary:
    """The tokens of a model, over a tokenizer that is read as data.

    Args:
        tokenizer: as the model ships it; a copy without added tokens does the work.
        control_ids: ids that mean something to the sampler (`ModelCard.control_ids`).
        size: width of the model's logits; ids beyond the tokenizer are special. None takes the tokenizer's own size.
    """

    def __init__(self, tokenizer: Tokenizer, control_ids: Iterable[int] = (), *, size: int | None = None) -> None:
        data: Json = json.loads(tokenizer.to_str())
        tokens = tokenizer.get_vocab(with_added_tokens=False)
        added = {int(entry["id"]) for entry in data["added_tokens"]}
        added |= {i for token, i in tokens.items() if _UNUSED.fullmatch(token)}
        added |= set(control_ids) | unknown_ids(data["model"])
        self.size = max((*tokens.values(), *added), default=-1) + 1 if size is None else size
        unreachable = added | {i for i in tokens.values() if i >= self.size}
        self._texts = {i: token for token, i in tokens.items() if i not in unreachable}
        self._kind = kind_of(data)
        self._byte_fallback = bool(data["model"].get("byte_fallback"))
        self.special_ids = frozenset(i for i in range(self.size) if i not in self._texts)
        """Control, added and unknown tokens, and ids without a token: never in encoded text, never written."""
        self._tokenizer = plain_tokenizer(tokenizer, unreachable)
        self._unreachable = unreachable
        self._starting: dict[bytes, Flags] = {}

    @classmethod
    def from_folder(cls, path: str | Path, control_ids: Iterable[int] = (), *, size: int | None = None) -> Self:
        """Read ``tokenizer.json`` of a model folder, or its older forms; raises `BrokenModel` where there is none."""
        folder = Path(path)
        tokenizer = read_tokenizer(folder)
        return cls(tokenizer, {*control_ids, *added_tokens(folder).values()}, size=size)

    def encode(self, text: str) -> list[int]:
        """Ids of `text` and nothing around it.

        Lone surrogates are seen as U+FFFD. Characters that the vocabulary does not have at all are not seen.
        """
        ids = self._encoding(_SURROGATE.sub("\ufffd", text)).ids
        return ids if self._unreachable.isdisjoint(ids) else [i for i, _, _ in self.locate(text)]

    def locate(self, text: str) -> list[Located]:
        """As `encode`, with the code points of `text` that each id stands for; parts of one character share it."""
        text = _SURROGATE.sub("\ufffd", text)
        found = self._located(text)
        if all(i not in self._unreachable for i, _, _ in found):
            return found
        unknown = {c for c in set(text) if not self._unreachable.isdisjoint(self._encoding(c).ids)}
        places = [place for place, character in enumerate(text) if character not in unknown]
        seen = self._split("".join(text[place] for place in places))
        places.append(len(text))
        return [(i, places[start], places[end - 1] + 1 if start < end else places[start]) for i, start, end in seen]

    def token_bytes(self, i: int) -> bytes:
        """What token `i` adds to running text; empty for special tokens."""
        return self._bytes[i]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of `ids`; raises `UnicodeDecodeError` where their bytes are not UTF-8."""
        return b"".join(self._bytes[i] for i in ids).decode("utf-8")

    def starting_with(self, prefix: bytes) -> Flags:
        """Tokens whose bytes begin with `prefix`; all that are text where it is empty. Kept: do not change it."""
        flags = self._starting.get(prefix)
        if flags is None:
            order, pieces = self._sorted
            begin = bisect_left(pieces, prefix)
            end = bisect_left(pieces, True, lo=begin, key=lambda piece: not piece.startswith(prefix))
            flags = np.zeros(self.size, dtype=np.bool_)
            flags[order[begin:end]] = True
            while len(self._starting) >= KEPT:  # the oldest goes
                self._starting.pop(next(iter(self._starting)), None)
            self._starting[prefix] = flags
        return flags

    def spelling(self, piece: bytes) -> list[int]:
        """Writable tokens with exactly these bytes."""
        order, pieces = self._sorted
        same = order[bisect_left(pieces, piece) : bisect_right(pieces, piece)]
        return [int(i) for i in same if self.writable[i]]

    @cached_property
    def writable(self) -> Flags:
        """Tokens that may stand in a hole: whole visible characters, blanks, tabs and line feeds."""
        bad = {character for character in set("".join(filter(None, self._strings))) if hidden(character)}
        return self._flags(bool(text) and bad.isdisjoint(text or "") for text in self._strings)

    @cached_property
    def fragments(self) -> Flags:
        """Tokens whose bytes are no characters on their own: parts of characters, of use only among others."""
        return self._flags(text is None for text in self._strings)

    def only_unusual(self, extra: str) -> Flags:
        """Tokens that would be plain visible text on one line but for the characters in `extra`."""
        without = str.maketrans("", "", extra)
        rest = [None if text is None else text.translate(without) for text in self._strings]
        return self._flags(
            bool(text)
            and kept is not None
            and not any(hidden(character) for character in kept)
            and len(f"{kept}.".splitlines()) == 1
            for text, kept in zip(self._strings, rest, strict=True)
        )

    @cached_property
    def leads_with_space(self) -> Flags:
        """Tokens whose first byte is a blank."""
        return self._flags(piece.startswith(b" ") for piece in self._bytes)

    @cached_property
    def begins_blank(self) -> Flags:
        """Tokens that are white space, or have more of it at their beginning than the one blank before a word."""
        return self._flags(text is not None and not text.removeprefix(" ")[:1].strip() for text in self._strings)

    @cached_property
    def goes_on(self) -> Flags:
        """Tokens that may go on with a word: letters, marks, digits, apostrophes, hyphens; parts of characters."""
        return self._flags(text is None or goes_on(text) for text in self._strings)

    @property
    def marks_spaces(self) -> bool:
        """Whether a token says if a space stands before it; WordPiece puts one before every word."""
        return self._kind != "wordpiece"

    @cached_property
    def word_class(self) -> NDArray[np.int64]:
        """The same number for all spellings of a word or stop (case aside), -1 for tokens that are neither.

        Pieces that go on with a word are none: "ha" may well follow "ha".
        """
        numbers: dict[str, int] = {}
        found = np.full(self.size, -1, dtype=np.int64)
        for i, text in enumerate(self._strings):
            word = (text or "").strip()
            begins = self.is_word[i] and (text or "")[:1] in (" ", word[:1].upper())
            if word and (begins or word in _STOPS):
                found[i] = numbers.setdefault(word.casefold(), len(numbers))
        return found

    @cached_property
    def ends_in_space(self) -> Flags:
        """Tokens whose last character is white space."""
        return self._flags(text is not None and text[-1:].isspace() for text in self._strings)

    @cached_property
    def begins_with_mark(self) -> Flags:
        """Tokens whose first character would join the character before it: combining marks, modifiers."""
        return self._flags(bool(text) and joins(text or "") for text in self._strings)

    @cached_property
    def has_newline(self) -> Flags:
        """Tokens with a line break of any kind in them."""
        return self._flags(text is not None and len(f"{text}.".splitlines()) > 1 for text in self._strings)

    @cached_property
    def is_word(self) -> Flags:
        """Tokens that are a word, or begin, continue or end one: letters and digits, blanks around them aside."""
        return self._flags(text is not None and is_word(text.strip()) for text in self._strings)

    def _encoding(self, text: str) -> Encoding:
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _located(self, text: str, first: int = 0) -> list[Located]:
        encoding = self._encoding(text)
        return [(i, first + start, first + end) for i, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)]

    def _split(self, text: str, first: int = 0) -> list[Located]:
        """As `_located`, cut in two wherever a special id would come out (a word too long for WordPiece, say)."""
        found = self._located(text, first)
        if all(i not in self._unreachable for i, _, _ in found):
            return found
        middle = len(text) // 2
        return self._split(text[:middle], first) + self._split(text[middle:], first + middle) if middle else []

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], list[bytes]]:
        """Ids by their bytes, and those bytes; special tokens left out."""
        order = sorted(self._texts, key=self._bytes.__getitem__)
        return np.array(order, dtype=np.int64), [self._bytes[i] for i in order]

    @cached_property
    def _bytes(self) -> Sequence[bytes]:
        """Bytes of every token."""
        table = [b""] * self.size
        for i, token in self._texts.items():
            byte = _BYTE.fullmatch(token) if self._byte_fallback else None
            table[i] = bytes.fromhex(byte[1]) if byte else token_bytes(token, self._kind)
        return table

    @cached_property
    def _strings(self) -> Sequence[str | None]:
        """Text of every token; None where its bytes are no UTF-8 on their own."""
        return [text_of(piece) for piece in self._bytes]

    def _flags(self, values: Iterable[bool]) -> Flags:
        return np.fromiter(values, dtype=np.bool_, count=self.size)
