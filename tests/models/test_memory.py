"""The n-gram memory: its distributions are distributions, see both sides alike, and leave the controls alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from corpora import corpus_of
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import BrokenModel
from llada_edit.models.bundled import END, SPECIALS, save_bundled
from llada_edit.models.load import load
from llada_edit.models.memory import BUCKETS, GAPS, NGramMemory, stored_count
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.testing import tiny_network, tiny_tokenizer
from llada_edit.training.memory import MemoryRecipe, count

SIZE = 60
TOKENS = st.integers(SPECIALS, SIZE - 1)
EVERYTHING = MemoryRecipe(least_pairs=1, least_triples=1)


def memory_of(tokens: list[int], size: int = SIZE, weights: torch.Tensor | None = None) -> NGramMemory:
    tables = count(corpus_of(tokens), size, EVERYTHING)
    return NGramMemory(tables if weights is None else {**tables, "weights": weights})


@given(st.lists(TOKENS, min_size=4, max_size=60), st.data())
def test_every_kind_of_evidence_is_a_distribution(tokens, data):
    memory = memory_of(tokens)
    sides = st.tuples(st.lists(TOKENS, max_size=2).map(tuple), st.integers(0, GAPS - 1))
    bucket, evidence = memory.features(data.draw(sides), data.draw(sides))
    assert 0 <= bucket < BUCKETS and evidence.shape == (4, SIZE)
    assert np.allclose(np.exp(evidence).sum(1), 1, atol=1e-4)


@given(st.lists(TOKENS, min_size=4, max_size=60), st.data())
def test_left_and_right_are_mirror_images(tokens, data):
    sides = st.tuples(st.lists(TOKENS, max_size=2).map(tuple), st.integers(0, GAPS - 1))
    left, right = data.draw(sides), data.draw(sides)
    _, (_, ahead, back, both) = memory_of(tokens).features(left, right)
    _, (_, mirrored_ahead, mirrored_back, mirrored) = memory_of(tokens[::-1]).features(right, left)
    for one, other in ((ahead, mirrored_back), (back, mirrored_ahead), (both, mirrored)):
        assert np.allclose(one, other, atol=1e-3)


def test_what_was_seen_is_expected():
    cat, sat, on, mat, dog = range(SPECIALS, SPECIALS + 5)
    memory = memory_of([cat, sat, on, mat, dog, on, cat] * 9)
    bucket, (_, ahead, back, both) = memory.features(((cat, sat), 0), ((mat,), 0))
    assert ahead.argmax() == back.argmax() == both.argmax() == on
    assert bucket == BUCKETS - 1, "sat on mat was seen as a whole"
    assert memory.features(((cat,), 0), ((mat,), 0))[0] == 0, "cat ? mat was not"
    farther = memory.features(((cat, sat), 1), ((), 0))[1][1]
    assert set(farther.argsort()[-2:].tolist()) == {mat, cat}, "what follows on"


def test_saved_with_a_model_checked_and_used(tmp_path):
    tokenizer = tmp_path / "tokenizer.json"
    tiny_tokenizer().save(str(tokenizer))
    ids = tiny_tokenizer().encode("The old dog sleeps. " * 40).ids
    network = tiny_network()
    tables = count(corpus_of(ids), network.config.vocab_size, EVERYTHING)
    tables["weights"] = torch.tensor([[0.0, 0, 0, 0, 1, 0, 0]] * BUCKETS)
    save_bundled(network, tokenizer, {}, tmp_path / "model", tables)
    model = load(tmp_path / "model", device="cpu")
    assert isinstance(model.denoiser, RemembersNGrams)
    size = len(tiny_tokenizer().encode(" dog").ids)
    text = f"The old dog sleeps. The old [?: exactly {size} tokens] sleeps. The old dog sleeps."
    fill = Editor(model).infill(Document.parse(text))
    assert fill.holes[0].text == "dog"
    whole = (tmp_path / "model/memory.safetensors").read_bytes()
    (tmp_path / "model/memory.safetensors").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BrokenModel, match=r"memory\.safetensors is not the file"):
        load(tmp_path / "model")


@given(st.lists(st.integers(1, 60_000), min_size=1))
def test_counts_are_stored_within_a_few_percent(counts):
    stored = np.exp2(stored_count(np.array(counts)) / 16.0)
    assert (np.abs(stored / counts - 1) < 0.023).all()


def test_borders_of_documents_are_counted():
    memory = memory_of([40, 41])
    _, (_, ahead, back, _) = memory.features(((END,), 0), ((END,), 0))
    assert ahead.argmax() == 40 and back.argmax() == 41


@given(st.lists(TOKENS, min_size=4, max_size=60), st.data())
def test_bridges_are_sums_over_all_texts_between(tokens, data):
    memory = memory_of(tokens)
    left, right = (data.draw(st.lists(TOKENS, min_size=1, max_size=2).map(tuple)) for _ in range(2))
    for slots, found in enumerate(memory.bridges(left, right), 1):
        near, far = slots // 2, (slots - 1) // 2
        _, (chance, ahead, back, _) = memory.features((left, near), (right, far))
        assert near + far == slots - 1
        assert found == pytest.approx(np.log(np.exp(ahead + back - chance).sum()), abs=1e-3)


def test_bridges_know_how_long_a_text_is():
    cat, sat, on, mat, dog, ran = range(SPECIALS, SPECIALS + 6)
    memory = memory_of([cat, sat, on, mat, dog, ran, ran, dog] * 9)
    one, two, _ = memory.bridges((cat,), (on,))
    assert one > 0 > two, "cat sat on"
    one, two, _ = memory.bridges((cat,), (mat,))
    assert two > 0 > one, "cat sat on mat"


def test_weights_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"weights of shape \(10, 5\), not \(10, 7\).* trained again"):
        memory_of([40, 41], weights=torch.zeros(BUCKETS, 5))
