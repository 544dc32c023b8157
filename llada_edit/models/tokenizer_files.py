"""Tokenizers as data: read from a model folder, and stripped of every way in which text could become a control token.

No class is looked up by a name in a config: ``auto_map`` is not read, so no remote code can run and nobody is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from llada_edit.errors import BrokenModel

QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Qwen2 (and with it Dream) cuts text before merging."""

Json = dict[str, Any]


def read_json(path: Path) -> Json:
    """The object in a JSON file; an empty one where there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenModel(f"{path} is not JSON ({error}); fetch the model again") from error
    if not isinstance(value, dict):
        raise BrokenModel(f"{path} holds a {type(value).__name__} where an object was expected; fetch the model again")
    return value


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a folder: ``tokenizer.json``, or ``vocab.json`` and ``merges.txt``, or ``vocab.txt``."""
    readers: tuple[tuple[tuple[str, ...], Callable[[Path], Tokenizer]], ...] = (
        (("tokenizer.json",), lambda path: Tokenizer.from_file(str(path / "tokenizer.json"))),
        (("vocab.json", "merges.txt"), _byte_level),
        (("vocab.txt",), _word_piece),
    )
    for names, read in readers:
        if all((folder / name).is_file() for name in names):
            try:
                return read(folder)
            except Exception as error:  # the Rust library raises bare exceptions
                raise BrokenModel(f"{folder / names[0]} cannot be read ({error}); fetch the model again") from error
    raise BrokenModel(f"{folder} has no tokenizer: expected tokenizer.json, vocab.json with merges.txt, or vocab.txt")


def added_tokens(folder: Path) -> dict[str, int]:
    """Added and special tokens by their text, from all files that may name them."""
    found: dict[str, int] = {}
    for content, index in read_json(folder / "added_tokens.json").items():
        found[content] = int(index)
    settings = read_json(folder / "tokenizer_config.json")
    for index, entry in settings.get("added_tokens_decoder", {}).items():
        found[entry["content"]] = int(index)
    for entry in read_json(folder / "tokenizer.json").get("added_tokens") or ():
        found[entry["content"]] = int(entry["id"])
    missing = [name for name in special_names(folder).values() if name not in found]
    if missing and any((folder / name).is_file() for name in ("tokenizer.json", "vocab.json", "vocab.txt")):
        vocabulary = read_tokenizer(folder).get_vocab()
        found.update((name, vocabulary[name]) for name in missing if name in vocabulary)
    return found


def special_names(folder: Path) -> dict[str, str]:
    """Roles (``mask_token``, ``cls_token``, …) and the texts of their tokens."""
    named = read_json(folder / "tokenizer_config.json") | read_json(folder / "special_tokens_map.json")
    roles = {role: entry for role, entry in named.items() if role.endswith("_token")}
    texts = {role: entry["content"] if isinstance(entry, dict) else entry for role, entry in roles.items()}
    return {role: text for role, text in texts.items() if isinstance(text, str)}


def plain_tokenizer(tokenizer: Tokenizer, unreachable: Collection[int]) -> Tokenizer:
    """A copy that reads text as text: no added tokens, nothing put around it, and `unreachable` ids out of reach."""
    data: Json = json.loads(tokenizer.to_str())
    data.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
    for part in ("normalizer", "pre_tokenizer"):
        data[part] = _without_prefix_space(data[part])
    _hide(data["model"], frozenset(unreachable))
    return Tokenizer.from_str(json.dumps(data))


def parts(component: Json | None) -> list[Json]:
    """The members of a normalizer, pre-tokenizer or decoder, sequences flattened."""
    if component is None:
        return []
    for members in ("normalizers", "pretokenizers", "decoders"):
        if members in component:
            return [part for member in component[members] for part in parts(member)]
    return [component]


def _without_prefix_space(component: Json | None) -> Json | None:
    """The same without what adds or removes space at the edges of a text: texts here are parts of a document."""
    if component is None or component["type"] in ("Prepend", "Strip"):
        return None
    changed = dict(component)
    for members in ("normalizers", "pretokenizers"):
        if members in changed:
            kept = (_without_prefix_space(member) for member in changed[members])
            changed[members] = [member for member in kept if member is not None]
    if "add_prefix_space" in changed:
        changed["add_prefix_space"] = False
    if changed["type"] == "Metaspace":
        changed["prepend_scheme"] = "never"
    return changed


def _hide(model: Json, unreachable: frozenset[int]) -> None:
    """Take tokens out of a model's vocabulary; the unknown token stays, because models insist on it."""
    if model["type"] == "Unigram":
        # Ids are places in the list: the entry stays, under a name of non-characters that no text has.
        for index in unreachable - {model.get("unk_id")}:
            if index < len(model["vocab"]):
                model["vocab"][index] = [f"\uffff\ufffe{index}\uffff", model["vocab"][index][1]]
        return
    unknown = model.get("unk_token")
    kept = {token: i for token, i in model["vocab"].items() if i not in unreachable or token == unknown}
    model["vocab"] = kept
    if model["type"] == "BPE":
        skip = len(model.get("continuing_subword_prefix") or "")
        pairs = (pair.split(" ") if isinstance(pair, str) else pair for pair in model["merges"])
        model["merges"] = [(a, b) for a, b in pairs if a in kept and b in kept and a + b[skip:] in kept]


def _byte_level(folder: Path) -> Tokenizer:
    """Byte-level BPE from two files; split as Qwen2 does unless the tokenizer's class is of the GPT-2 line."""
    tokenizer = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    named = read_json(folder / "tokenizer_config.json").get("tokenizer_class") or ""
    if named.startswith(("GPT2", "Roberta")):
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    else:
        tokenizer.normalizer = normalizers.NFC()
        split = pre_tokenizers.Split(Regex(QWEN2_SPLIT), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _word_piece(folder: Path) -> Tokenizer:
    """BERT's WordPiece from its word list; lower case unless the settings say otherwise."""
    settings = read_json(folder / "tokenizer_config.json")
    tokenizer = Tokenizer(models.WordPiece.from_file(str(folder / "vocab.txt"), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=bool(settings.get("do_lower_case", True)))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer
