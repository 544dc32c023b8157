"""Text and tokens: nothing that is written in a text may become a control token (P2)."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from llada_edit.errors import BrokenModel
from llada_edit.models.tokenizer_files import QWEN2_SPLIT, plain_tokenizer
from llada_edit.models.vocabulary import Vocabulary

GOLDEN = Path(__file__).parent.parent / "golden" / "llada-tiny"
CORPUS = [
    "the cat sat on the mat, the dog didn't",
    "Über naïve façade: 3.14 (x) — end.",
    "a\n\nb\tc mask [MASK] unk",
] * 3
SPECIALS = ["<unk>", "[UNK]", "[PAD]", "[MASK]", "<|mask|>", "[CLS]", "<s>", "</s>", "the"]
"""The last one is also an ordinary word: an added token must not be reachable through the merges either."""


@cache
def byte_level() -> Vocabulary:
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=SPECIALS[:-1], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens(["the", "cat"])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 6), ("</s>", 7)])
    tokenizer.enable_truncation(4)
    return Vocabulary(tokenizer, [4], size=400)


@cache
def word_piece() -> Vocabulary:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=120, special_tokens=[*SPECIALS[:-1], "[unused1]"], show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return Vocabulary(tokenizer, [])


@cache
def unigram() -> Vocabulary:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=90, special_tokens=["<s>", "<unk>", "<mask>", "[MASK]"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return Vocabulary(tokenizer, [2])


@cache
def llama_style() -> Vocabulary:
    """BPE with blanks as ▁, put before every text by the normalizer, and bytes for unknown characters."""
    letters = sorted({*"".join(CORPUS)} - {" "} | {"▁"})
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    pieces = ["<unk>", "<s>", "</s>", "[MASK]", *bytes_, *letters, "▁t", "he", "▁the"]
    vocab = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = Tokenizer(
        models.BPE(vocab, [("▁", "t"), ("h", "e"), ("▁t", "he")], unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>", "[MASK]"])
    return Vocabulary(tokenizer)


@cache
def golden() -> Vocabulary:
    meta = json.loads((GOLDEN / "meta.json").read_text())
    return Vocabulary.from_folder(GOLDEN, [meta[key] for key in meta if key.endswith("_token_id")])


ALL = [golden, byte_level, word_piece, unigram, llama_style]
EXACT = [golden, byte_level, llama_style]
special_texts = st.sampled_from(
    [*SPECIALS, "<|mdm_mask|>", "<|endoftext|>", "<|eot_id|>", "<mask>", "[unused1]", "cat"]
)
any_text = st.text() | st.text(alphabet=st.characters(categories=["Cs", "L", "Zs", "So"]))
texts = st.lists(special_texts | any_text, max_size=6).map("".join)


@pytest.mark.parametrize("vocabulary", ALL)
@settings(max_examples=60)
@given(text=texts)
def test_no_special_token_comes_out_of_text(vocabulary, text):
    words = vocabulary()
    ids = words.encode(text)
    assert words.special_ids.isdisjoint(ids)
    assert all(0 <= i < words.size for i in ids)


@pytest.mark.parametrize("vocabulary", EXACT)
@settings(max_examples=60)
@given(text=texts)
def test_text_survives_a_round_trip(vocabulary, text):
    words = vocabulary()
    seen = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    if vocabulary is llama_style:
        seen = seen.replace("▁", " ")
    assert words.decode(words.encode(text)) == seen


@pytest.mark.parametrize("vocabulary", EXACT)
def test_no_space_is_added_before_or_removed_from_a_text(vocabulary):
    words = vocabulary()
    for text in ("the", " the", "  the  ", "\n the"):
        assert words.decode(words.encode(text)) == text


def test_unigram_keeps_the_space_that_is_there_and_adds_none():
    words = unigram()
    assert words.decode(words.encode("the cat")) == "the cat"
    assert words.decode(words.encode(" the cat")) == " the cat"


def test_added_tokens_are_spelled_out_even_if_the_merges_could_make_them():
    words = byte_level()
    ids = words.encode("the cat")
    assert len(ids) > 2 and words.decode(ids) == "the cat"


def test_word_piece_drops_unknown_characters_and_splits_words_that_are_too_long():
    words = word_piece()
    assert words.decode(words.encode("the ☃ cat")) == " the cat"
    long = "the" * 60
    assert words.decode(words.encode(long)).replace(" ", "") == long


def test_word_piece_bytes():
    words = word_piece()
    by_bytes = {words.token_bytes(i): i for i in range(words.size)}
    assert b" the" in by_bytes and b"," in by_bytes and b")" in by_bytes and b" (" in by_bytes
    assert any(piece and not piece.startswith(b" ") and piece[:1].isalpha() for piece in by_bytes)
    assert not any(b"##" in piece or b"unused" in piece for piece in by_bytes)
    assert not words.marks_spaces and byte_level().marks_spaces


@pytest.mark.parametrize("vocabulary", ALL)
def test_flags_agree_with_the_bytes(vocabulary):
    words = vocabulary()
    pieces = [words.token_bytes(i) for i in range(words.size)]
    for prefix in (b"", b" ", b" t", b"the", b"\xff", b"zzzz", b" the"):
        expected = [bool(piece) and piece.startswith(prefix) for piece in pieces]
        np.testing.assert_array_equal(words.starting_with(prefix), expected)
    np.testing.assert_array_equal(words.leads_with_space, [piece[:1] == b" " for piece in pieces])
    np.testing.assert_array_equal(
        words.has_newline, [piece in (b"\n", b"\r", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e") for piece in pieces]
    )
    for i in np.flatnonzero(words.writable):
        text = pieces[i].decode()
        assert text and i not in words.special_ids
        assert text in "\n\t" or text.isprintable()
    assert not words.writable[sorted(words.special_ids)].any()
    for i in np.flatnonzero(words.is_word):
        assert any(c.isalnum() for c in pieces[i].decode())


def test_spelling_and_spaces():
    words = golden()
    the = words.encode(" the")
    assert words.spelling(b" the") == the
    assert words.spelling(b" nothing like it") == words.spelling(b"") == []
    assert words.ends_in_space[words.encode(" ")[0]] and not words.ends_in_space[the[0]]


def test_ids_beyond_the_tokenizer_and_beyond_the_model():
    tokenizer = Tokenizer.from_file(str(GOLDEN / "tokenizer.json"))
    larger, smaller = Vocabulary(tokenizer, size=400), Vocabulary(tokenizer, size=270)
    assert {*range(320, 400)} <= larger.special_ids and len(larger.writable) == 400
    assert len(smaller.writable) == 270 and max(smaller.encode("the another of them")) < 270
    assert smaller.decode(smaller.encode("the another of them")) == "the another of them"


def test_older_tokenizer_files(tmp_path):
    data = json.loads((GOLDEN / "tokenizer.json").read_text())["model"]
    dream, bert = tmp_path / "dream", tmp_path / "bert"
    dream.mkdir(), bert.mkdir()
    vocab = {token: i for token, i in data["vocab"].items() if i < 300}
    (dream / "vocab.json").write_text(json.dumps(vocab))
    (dream / "merges.txt").write_text("\n".join(" ".join(pair) for pair in data["merges"]))
    added = {"300": {"content": "<|mask|>"}, "301": {"content": "<|im_end|>"}}
    (dream / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": added}))
    words = Vocabulary.from_folder(dream, size=310)
    assert {300, 301, 309} <= words.special_ids
    text = "<|mask|> I'll go: 2024\n\n  there"
    ids = words.encode(text)
    assert words.decode(ids) == text and words.special_ids.isdisjoint(ids)
    assert [words.decode([i]) for i in words.encode("12")] == ["1", "2"] and QWEN2_SPLIT.count(r"\p{N}|") == 1

    (bert / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nThe\nthe\n##re\n.\n")
    (bert / "special_tokens_map.json").write_text(
        json.dumps({"mask_token": "[MASK]", "cls_token": {"content": "[CLS]"}})
    )
    assert Vocabulary.from_folder(bert).decode(Vocabulary.from_folder(bert).encode("There.")) == " there."
    (bert / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": False}))
    cased = Vocabulary.from_folder(bert, [0, 3])
    assert cased.decode(cased.encode("There.")) == " There." and {0, 1, 2, 3, 4} == cased.special_ids


def test_a_folder_without_or_with_a_broken_tokenizer(tmp_path):
    with pytest.raises(BrokenModel, match="no tokenizer"):
        Vocabulary.from_folder(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(BrokenModel, match=r"tokenizer\.json"):
        Vocabulary.from_folder(tmp_path)


def test_the_vocabulary_needs_no_torch():
    code = "import sys, llada_edit.models.vocabulary; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_unreachable_tokens_are_out_of_the_tokenizer_itself():
    """Splitting is the second line of defence only; it would cut words that the model knows whole."""
    bpe = models.BPE({"t": 0, "h": 1, "th": 2, "the": 3, "e": 4}, [("t", "h"), ("th", "e")], ignore_merges=True)
    assert plain_tokenizer(Tokenizer(bpe), {3}).encode("the").ids == [2, 4]
    assert plain_tokenizer(Tokenizer(bpe), {2}).encode("th").ids == [0, 1]
    pieces = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0), ("b", -1.0), ("ab", -1.0)], unk_id=0))
    assert pieces.encode("ab").ids == [3] and plain_tokenizer(pieces, {0, 3}).encode("ab").ids == [1, 2]
    words = Tokenizer(models.WordPiece({"[UNK]": 0, "ab": 1, "a": 2, "##b": 3}, unk_token="[UNK]"))
    assert plain_tokenizer(words, {0, 1}).encode("ab").ids == [2, 3]
