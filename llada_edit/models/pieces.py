"""What a single token of a vocabulary stands for: its bytes in running text, and what kind of text that is."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Literal

from llada_edit.models.tokenizer_files import Json, parts

_CLOSING = frozenset(".,;:!?)]}%’”'…»")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_MODIFIERS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # skin tones
_INSIDE_WORD = frozenset("'’-_·")

Kind = Literal["bytes", "metaspace", "wordpiece", "plain"]


def kind_of(data: Json) -> Kind:
    """How the tokens of a tokenizer stand for text."""
    used = [part for name in ("normalizer", "pre_tokenizer", "decoder") for part in parts(data[name])]
    types = {part["type"] for part in used}
    if "ByteLevel" in types:
        return "bytes"
    if data["model"]["type"] == "WordPiece":
        return "wordpiece"
    return "metaspace" if "Metaspace" in types or any(part.get("content") == "▁" for part in used) else "plain"


def unknown_ids(model: Json) -> set[int]:
    """The id of "unknown", if the model has one."""
    if model["type"] == "Unigram":
        return set() if model["unk_id"] is None else {model["unk_id"]}
    unknown = model.get("unk_token")
    return {model["vocab"][unknown]} if unknown in model["vocab"] else set()


@lru_cache(maxsize=1)
def _byte_alphabet() -> dict[int, int]:
    """The characters that byte-level BPE writes for bytes, to those bytes (GPT-2's table)."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in set(shown)]
    return {byte: byte for byte in shown} | {256 + n: byte for n, byte in enumerate(hidden)}


def token_bytes(token: str, kind: Kind) -> bytes:
    """The bytes that a token adds to running text; WordPiece knows no blanks, so they are put before words."""
    if kind == "bytes":
        try:
            return token.translate(_byte_alphabet()).encode("latin-1")
        except UnicodeEncodeError:  # a token put in by hand, in plain letters
            return token.encode("utf-8")
    if kind == "metaspace":
        return token.replace("▁", " ").encode("utf-8")
    if kind == "wordpiece":
        continues = token.startswith("##") and len(token) > 2
        return (token[2:] if continues else token if token in _CLOSING else f" {token}").encode("utf-8")
    return token.encode("utf-8")


def text_of(piece: bytes) -> str | None:
    """The text of some bytes; None where they are no UTF-8 on their own."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError:
        return None


def hidden(character: str) -> bool:
    """Whether a character is invisible, steers the display, or is none: not to be written into somebody's text."""
    if character in "\n\t":
        return False
    category = unicodedata.category(character)
    return category[0] == "C" or category in ("Zl", "Zp") or character == "\ufffd" or character in _INVISIBLE


def joins(text: str) -> bool:
    """Whether a text begins with a character that changes the one before it."""
    return unicodedata.category(text[0])[0] == "M" or text[0] in _MODIFIERS


def is_word(text: str) -> bool:
    """Whether a text without blanks around it is a word or a part of one."""
    inside = all(c.isalnum() or c in _INSIDE_WORD or unicodedata.category(c)[0] == "M" for c in text)
    return inside and any(c.isalnum() for c in text)


def goes_on(text: str) -> bool:
    """Whether a text is all letters, marks, digits and what stands inside words: apostrophes, hyphens, underscores."""
    return bool(text) and all(c.isalnum() or c in "_'’-" or unicodedata.category(c)[0] == "M" for c in text)
