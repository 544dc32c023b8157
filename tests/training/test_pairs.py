"""Rows of rewriting pairs: the source is seen, the target alone is masked; a tiny model learns them by heart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from llada_edit.errors import DocumentError
from llada_edit.models.bundled import END, FIRST_OPERATION, MASK, NULL, OPERATIONS, SPECIALS
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.load import load
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Mix, Sampler
from llada_edit.training.mistakes import CONFUSED, with_mistakes
from llada_edit.training.objective import attention_mask
from llada_edit.training.pairs import MixedSampler, Pair, PairSampler, read_pairs
from llada_edit.training.plan import Plan
from llada_edit.training.recipe import Recipe
from llada_edit.training.running import run
from llada_edit.training.trainer import Data, Trainer

PAIRS = [
    Pair("proofread", "The commitee accepted the the proposal.", "The committee accepted the proposal."),
    Pair("simplify", "A young teacher described every word of the letter.", "She described the letter."),
    Pair("shorten", "My neighbour remembered the long winter.", "He remembered it."),
]


def sampler(corpus: Corpus, tokenizer: Tokenizer, pairs: list[Pair] = PAIRS, **mix: float) -> PairSampler:
    return PairSampler(pairs, Sampler(corpus, 3, Mix(**mix)), tokenizer)


@pytest.mark.parametrize("noised", [0.0, 1.0])
def test_only_the_target_is_masked(corpus: Corpus, tokenizer: Tokenizer, noised: float) -> None:
    for step in range(12):
        batch = sampler(corpus, tokenizer, noised=noised).batch(step, 6, 96)
        assert batch.tokens.shape[1] <= 96
        assert not (batch.counted & ~batch.hole).any()
        assert not (batch.hole & ~batch.valid).any()
        assert (batch.tokens[batch.counted] == MASK).all()
        for row in range(6):
            tokens, hole, valid = batch.targets[row], batch.hole[row], batch.valid[row]
            assert FIRST_OPERATION <= tokens[0] < FIRST_OPERATION + len(OPERATIONS)
            prompt = tokens[: int(np.flatnonzero(tokens == END)[0])]
            assert not hole[: len(prompt) + 1].any()
            assert tokens[valid][-1] == END
            target = tokens[hole & (tokens != NULL)].tolist()
            shown = tokens[hole].tolist()
            assert shown[: len(target)] == target, "nulls come last"
            if not noised:
                operation, source = OPERATIONS[prompt[0] - FIRST_OPERATION], tokenizer.decode(prompt[1:].tolist())
                assert Pair(operation, source, tokenizer.decode(target)) in PAIRS


def test_settled_lengths_hide_the_nulls_and_keep_positions(corpus: Corpus, tokenizer: Tokenizer) -> None:
    batch = sampler(corpus, tokenizer, noised=0, nulls_known=1, exact=0).batch(0, 8, 96)
    assert (batch.targets[batch.hole] != NULL).all()
    assert ((batch.targets == NULL) & ~batch.valid).any()
    assert (batch.positions == np.arange(batch.tokens.shape[1])).all()
    open_ = sampler(corpus, tokenizer, noised=0, nulls_known=0, exact=0).batch(0, 8, 96)
    assert (open_.targets[open_.hole] == NULL).any()


def test_mistakes_change_little_and_never_lose_the_text() -> None:
    clean = "The committee has accepted an old proposal, and their neighbours were not surprised by it at all."
    found = [with_mistakes(clean, np.random.default_rng(seed)) for seed in range(300)]
    assert 0.08 < np.mean([text == clean for text in found]) < 0.3, "some stay as they are"
    assert len(set(found)) > 150
    for text in found:
        assert abs(len(text.split()) - len(clean.split())) <= 6
        assert abs(len(text) - len(clean)) <= 40
    assert any(" a old" in text for text in found)
    assert any("their neighbours was" in text or "there neighbours" in text for text in found)
    assert with_mistakes("…", np.random.default_rng(1)) == "…"
    assert len({word for pair in CONFUSED for word in pair}) == 2 * len(CONFUSED), "no word is confused with two others"


def test_pairs_are_read_with_their_operations(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    lines = [
        {"a": "one two three four five", "b": "one five", "type": "split"},
        {"a": "red", "b": "rot", "type": "paraphrase"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert list(read_pairs([path])) == [
        Pair("simplify", "one two three four five", "one five"),
        Pair("shorten", "one two three four five", "one five"),
        Pair("expand", "one five", "one two three four five"),
        Pair("paraphrase", "red", "rot"),
        Pair("paraphrase", "rot", "red"),
    ]
    path.write_text('{"a": "x", "b": "y", "type": "rhyme"}\n')
    with pytest.raises(DocumentError, match=r"pairs\.jsonl:1 is no pair"):
        list(read_pairs([path]))


def test_a_tiny_model_learns_its_pairs(corpus: Corpus, tokenizer: Tokenizer, tmp_path: Path) -> None:
    """After an overfit, the masked target is found from operation and source alone, nulls included."""
    torch.manual_seed(0)
    network = Encoder(EncoderConfig(400, width=48, layers=2, heads=4, feed_forward=96))
    pairs = sampler(corpus, tokenizer, noised=0, exact=0, nulls_known=0, all_masked=0.9)
    recipe = Recipe(
        steps=220, tokens_per_step=64 * 8, lengths=(64,), rate_ramp=0.01, body_rate=3e-3, embedding_rate=3e-3,
        head_rate=3e-3, average=0.9, save_every=1000, validate_every=1000, validate_batches=1,
    )  # fmt: skip
    learner = Trainer(network, recipe, Data(pairs, Sampler(corpus, 1)), tmp_path)
    learner.run()
    learner.load(learner.average)
    batch = pairs.batch(9999, 12, 64)
    tokens = torch.from_numpy(np.where(batch.hole, MASK, batch.targets))
    mask = attention_mask(torch.from_numpy(batch.hole), torch.from_numpy(batch.valid), isolated=True)
    with torch.no_grad():
        hidden, _ = network.hidden(tokens, torch.from_numpy(batch.positions), mask)
        right = (network.project(hidden).argmax(-1).numpy() == batch.targets)[batch.hole]
    assert right.mean() > 0.9


def test_a_recipe_with_pairs_names_its_operations(recipe_file, tmp_path: Path, corpus_files) -> None:
    (tmp_path / "pairs.jsonl").write_text(
        "".join(json.dumps({"a": p.source, "b": p.target, "type": p.operation}) + "\n" for p in PAIRS)
    )
    trained = load(run(Plan.read(recipe_file(pairs='["pairs.jsonl"]', folder='"skilled"'))).folder)
    assert trained.card.operations == OPERATIONS
    assert not any(trained.vocabulary.writable[:SPECIALS]), "prompts are never written into a text"
    untrained = load(run(Plan.read(recipe_file(folder='"plain"'))).folder)
    assert untrained.card.operations == ()


def test_mixed_batches_have_their_share(corpus: Corpus, tokenizer: Tokenizer) -> None:
    text = Sampler(corpus, 3, Mix(pairs=0.25))
    mixed = MixedSampler(text, PairSampler(PAIRS, text, tokenizer))
    prompts = [mixed.batch(step, 1, 64).targets[0, 0] for step in range(160)]
    share = np.mean([FIRST_OPERATION <= prompt < FIRST_OPERATION + len(OPERATIONS) for prompt in prompts])
    assert 0.15 < share < 0.35
