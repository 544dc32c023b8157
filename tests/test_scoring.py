"""Alternatives and scores against what the model says."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.models import denoiser
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.model import Model
from llada_edit.models.vocabulary import Vocabulary
from llada_edit.sampling.likelihood import token_log_probabilities
from llada_edit.scoring import alternatives, expected_words, score
from llada_edit.testing import PARAGRAPH, scripted_card, scripted_model, tiny_model, tiny_network, tiny_tokenizer

WORDS = tiny_model().vocabulary
MODELS = [tiny_model(), tiny_model(attention="full"), scripted_model(seed=2), scripted_model(seed=3, null_id=1)]


@pytest.mark.parametrize("model", MODELS, ids=["network", "full", "scripted", "null"])
@pytest.mark.parametrize(
    "text",
    ["The [?] sat.", "[?]", "I und[?] it", "I xyl[?] it", "(the [?])", "a-[?] b", "\u4eca[?]", "\ud800[?]\ud800"],
)
def test_alternatives_are_words_with_probabilities(model, text):
    found = alternatives(model, Document.parse(text), 20)
    assert found
    values = [word.probability for word in found]
    assert values == sorted(values, reverse=True)
    assert all(0 < value <= 1 for value in values)
    assert sum(values) <= 1 + 1e-4
    assert len({word.text for word in found}) == len(found)
    for word in found:
        assert word.text == word.text.strip()
        assert len(word.text.split()) == 1
        assert "<|" not in word.text
        word.text.encode()


@pytest.mark.parametrize("model", MODELS, ids=["network", "full", "scripted", "null"])
@pytest.mark.parametrize("text", ["The [?] sat.", "I und[?] it", "\u4eca[?]"])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_looking_for_fewer_words_finds_the_same_best_ones(model, text, k):
    """What is not followed because it cannot be among the best is not: with many words wanted, nothing is left out."""
    everything = {word.text: word.probability for word in alternatives(model, Document.parse(text), 10_000)}
    found = alternatives(model, Document.parse(text), k)
    best = sorted(everything.values(), reverse=True)[:k]
    assert [word.probability for word in found] == pytest.approx(best, rel=1e-4)
    assert all(word.probability == pytest.approx(everything[word.text], rel=1e-4) for word in found)


def test_the_best_alternative_is_what_the_model_wants():
    cat = WORDS.spelling(b" cat")[0]

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, WORDS.size)
        logits[..., cat] = 12
        logits[..., 1] = torch.where(layout.positions.gather(1, at) > 1, 14, 0)
        return logits

    found = alternatives(scripted_model(script, null_id=1), Document.parse("The [?] sat."), 3)
    assert found[0].text == "cat"
    assert found[0].probability > 0.5


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=12), st.sampled_from([0, 1, 2]))
def test_any_text_has_a_score(text, index):
    got = score(MODELS[index], text, samples=4)
    assert math.isfinite(got.bound)
    assert math.isfinite(got.per_token)
    assert got.count == len(WORDS.encode(text))
    assert got.exact == (got.count <= 10)
    assert all(0 <= token.probability <= 1 for token in got.tokens)
    got.to_json()


def other(name):
    """A random network over another kind of vocabulary."""
    words = Vocabulary(OTHERS[name](), {0})
    return Model(scripted_card(words.size), scripted_model(seed=5).denoiser, words, torch.device("cpu"))


def wordpiece():
    known = ["[UNK]", "the", "cat", "##s", "sat", ".", "caf", "##e", "a", "##a"]
    tokenizer = Tokenizer(models.WordPiece({word: i for i, word in enumerate(known)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def composed():
    """Bytes after NFC, so that the tokens stand for other code points than the text has."""
    tokenizer = Tokenizer.from_str(tiny_tokenizer().to_str())
    tokenizer.normalizer = normalizers.NFC()
    return tokenizer


OTHERS = {"wordpiece": wordpiece, "composed": composed}
SCORED = [MODELS[0], *map(other, OTHERS)]


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["The cats sat.", " ", "\U0001f469\u200d\U0001f52c", "cafe\u0301", "\ud800", "\u4eca", "\r\n", "<|mask|>"]
        )
        | st.text(st.characters(exclude_categories=()), max_size=4),
        min_size=1,
        max_size=5,
    ).map("".join),
    st.sampled_from(SCORED),
)
def test_the_pieces_of_a_score_are_the_text(text, model):
    assume(model.vocabulary.encode(text))
    got = score(model, text, samples=1)
    assert "".join(token.text for token in got.tokens) == text
    assert [i for i, _, _ in model.vocabulary.locate(text)] == model.vocabulary.encode(text)


def test_the_tokens_of_one_character_stand_together():
    got = score(MODELS[0], "a \U0001f469 b", samples=1)
    assert [token.text for token in got.tokens] == ["a", " \U0001f469", " ", "b"]
    ids = torch.tensor(WORDS.encode("a \U0001f469 b"))
    assert got.count == len(ids) > 4
    apart = token_log_probabilities(MODELS[0].denoiser, ids, torch.arange(len(ids)))
    assert got.per_token == pytest.approx(float(apart.mean()), rel=1e-4)


@pytest.mark.parametrize("attention", ["isolated", "full"])
def test_a_long_text_is_scored_in_chunks_of_the_vocabulary(monkeypatch, attention):
    """The head never gives more numbers than allowed, and they are the same as all at once."""
    network = tiny_network(max_positions=256)
    counting = Widths(network)
    card = tiny_model(attention=attention).card
    model = Model(card, NetworkDenoiser(card, counting), WORDS, torch.device("cpu"))
    whole = score(model, PARAGRAPH, samples=8)
    most = counting.most
    monkeypatch.setattr(denoiser, "LOGITS_AT_ONCE", 40 * card.vocab_size)
    counting.most = 0
    parts = score(model, PARAGRAPH, samples=8)
    assert counting.most == 40 * card.vocab_size < most
    assert parts.bound == pytest.approx(whole.bound, rel=1e-5)
    assert [t.probability for t in parts.tokens] == pytest.approx([t.probability for t in whole.tokens], rel=1e-4)


class Widths:
    """A network that notes how many logits were asked for at once."""

    def __init__(self, network):
        self.network, self.hidden, self.most = network, network.hidden, 0

    def project(self, hidden):
        logits = self.network.project(hidden)
        self.most = max(self.most, logits.numel())
        return logits


def test_a_model_that_knows_the_text_scores_it_higher():
    ids = WORDS.encode("The cat sat")

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, WORDS.size)
        for index, token in enumerate(ids):
            logits[..., token] += 9.0 * (at == index)
        return logits

    model = scripted_model(script)
    right, wrong = (score(model, text) for text in ("The cat sat", "The dog ran"))
    assert right.bound > wrong.bound
    assert right.per_token > wrong.per_token
    assert right.per_token * len(ids) == pytest.approx(right.bound, rel=1e-3), "without context they are the same"


def test_a_text_longer_than_the_window_is_scored_in_pieces():
    model = tiny_model(max_length=64, start_ids=(4,), end_ids=(4,))
    got = score(model, PARAGRAPH[:400], samples=2)
    assert got.count == len(WORDS.encode(PARAGRAPH[:400])) > 64
    assert not got.exact
    assert Editor(model).score("a").exact


@pytest.mark.parametrize("model", MODELS, ids=["network", "full", "scripted", "null"])
@pytest.mark.parametrize("text", ["The [?] sat.", "[?]", "Some words [?: 2-4 words] here"])
def test_the_expected_length_is_one_that_the_hole_may_have(model, text):
    document = Document.parse(text)
    words = expected_words(model, document)
    # Where nothing stands around, one token counts as one word.
    assert 0 < words <= 200 and math.isfinite(words)
    assert words == expected_words(model, document)
    assert Editor(model).expected_words(document) == pytest.approx(words)
