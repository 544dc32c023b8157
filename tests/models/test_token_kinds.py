"""What single tokens may be used for, token by token."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from llada_edit.models.vocabulary import KEPT, Vocabulary
from llada_edit.testing import tiny_model

pieces = st.lists(st.text("ab9_'\u2019- .,\u0301\u0928\u0947", min_size=1, max_size=4), min_size=1, unique=True)


def of_pieces(texts):
    """A vocabulary whose tokens are these texts."""
    tokenizer = Tokenizer(models.Unigram([(text, -1.0) for text in texts], None, False))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "removed")
    tokenizer.decoder = decoders.Fuse()
    return Vocabulary(tokenizer)


@settings(max_examples=50)
@given(pieces)
def test_tokens_that_go_on_with_a_word(texts):
    found = of_pieces(texts).goes_on
    for token, text in enumerate(texts):
        letters = (c.isalnum() or c in "_'\u2019-" or unicodedata.category(c)[0] == "M" for c in text)
        assert found[token] == all(letters), text


def test_a_mark_of_its_own_goes_on_with_a_word():
    vocabulary = of_pieces(["\u0928", "\u092e\u094d", "\u0947", " \u0928", "."])
    assert vocabulary.goes_on.tolist() == [True, True, True, False, False]


def test_beginnings_are_remembered_within_bounds():
    """A server that runs for days meets ever new words; each answer is as long as the vocabulary."""
    vocabulary = tiny_model().vocabulary
    first = vocabulary.starting_with(b" ")
    for number in range(3 * KEPT):
        flags = vocabulary.starting_with(f" {number}".encode())
        assert flags.sum() == sum(
            vocabulary.token_bytes(token).startswith(f" {number}".encode()) for token in range(vocabulary.size)
        )
        assert len(vocabulary._starting) <= KEPT
    assert (vocabulary.starting_with(b" ") == first).all()


def test_what_may_not_be_written():
    pieces = [
        "a",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\ufffd",
        "\ue000",
        "\u0378",
        "\r",
        "\x00",
        "\u2028",
        "\n",
        "\t",
        "é",
        "e\u0301",
        "\u0301",
        "🎉",
        "\xad",
    ]
    words = Vocabulary(
        Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token="a")), size=20
    )
    allowed = {pieces[i] for i in range(len(pieces)) if words.writable[i]}
    assert allowed == {"\n", "\t", "é", "e\u0301", "\u0301", "🎉"}  # "a" plays the unknown token
    assert words.begins_with_mark.nonzero()[0].tolist() == [pieces.index("\u0301")]
    assert words.special_ids == {0, 17, 18, 19}
