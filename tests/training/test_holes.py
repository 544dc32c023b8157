"""Training canvases look like the canvases of the editor."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

import numpy as np
import pytest
from tokenizers import Tokenizer

from llada_edit.models.bundled import MASK, NULL, bundled_folder
from llada_edit.training.batches import Controls, stratified_rates
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import CANVAS_SHARES, CANVAS_SIZES, KIND_SHARES, KINDS, POSITIONS, Mix, Sampler


@pytest.mark.parametrize("length", [64, 512])
@pytest.mark.parametrize("mix", [Mix(), Mix(whole=0), Mix(whole=0, nulls_known=1), Mix(whole=1, whole_rate=0.4)])
def test_rows(corpus: Corpus, mix: Mix, length: int) -> None:
    for step in range(6):
        batch = Sampler(corpus, 3, mix).batch(step, 8, length)
        assert batch.tokens.shape == (8, length)
        assert not (batch.counted & ~batch.hole).any(), "only slots of holes are masked"
        assert (batch.tokens[batch.counted] == MASK).all()
        assert (batch.tokens[~batch.counted] == batch.targets[~batch.counted]).all()
        assert (batch.targets[~batch.hole] != NULL).all(), "nulls stand in holes only"
        assert batch.positions.max() < POSITIONS
        assert (np.diff(batch.positions) >= 0).all()
        trailing = (batch.targets[:, :-1] == NULL) & (batch.targets[:, 1:] != NULL)
        assert not (trailing & batch.hole[:, :-1] & batch.hole[:, 1:] & ~_new_hole(batch.targets)).any()


def _new_hole(targets: np.ndarray) -> np.ndarray:
    """Columns after which a second hole may begin at once: allowed only behind an empty or full one."""
    return targets[:, :-1] == NULL


def test_a_batch_depends_on_seed_and_step_only(corpus: Corpus) -> None:
    sampler = Sampler(corpus, 3)
    first = sampler.batch(7, 4, 64)
    sampler.batch(8, 4, 64)
    again = Sampler(corpus, 3).batch(7, 4, 64)
    assert all((getattr(first, name) == getattr(again, name)).all() for name in ("tokens", "targets", "counted"))
    assert (first.tokens != Sampler(corpus, 5).batch(7, 4, 64).tokens).any()


def test_low_rates_mask_little(corpus: Corpus) -> None:
    batches = [Sampler(corpus, 3, Mix(whole=1)).batch(step, 8, 64, highest_rate=0.3) for step in range(10)]
    assert 0.1 < np.mean([batch.counted.mean() for batch in batches]) < 0.2


def test_whole_batch_has_its_rates(corpus: Corpus) -> None:
    batch = Sampler(corpus, 3).whole_batch(0, 64, 128)
    assert batch.hole.all()
    assert np.abs(batch.counted.mean(1) - batch.rates).max() < 0.2


def test_one_batch_in_a_hundred_has_a_random_length(corpus: Corpus) -> None:
    lengths = [Sampler(corpus, 3, Mix(whole=1)).batch(step, 1, 16).tokens.shape[1] for step in range(1500)]
    assert 5 <= sum(length < 16 for length in lengths) <= 30
    assert len(set(lengths)) > 4
    always = Mix(whole=1, random_length=1)
    drawn = [Sampler(corpus, 3, always).batch(step, 1, 16).tokens.shape[1] for step in range(800)]
    assert set(drawn) == set(range(1, 17))
    assert np.mean(drawn) == pytest.approx(8.5, abs=0.7)


def test_stratified_rates_are_uniform_and_even(corpus: Corpus) -> None:
    rng = np.random.default_rng(0)
    draws = np.array([stratified_rates(rng, 8) for _ in range(2000)])
    assert ((draws * 8).astype(int) == np.arange(8)).all(), "one rate in every eighth"
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert draws.var() == pytest.approx(1 / 12, abs=0.002)


def test_models_without_nulls_get_holes_as_long_as_their_text(corpus: Corpus) -> None:
    controls = Controls(mask=301, null=None, end=302, pad=302, isolated=False)
    for step in range(8):
        batch = Sampler(corpus, 3, Mix(whole=0), controls).batch(step, 8, 64)
        assert (batch.tokens[batch.counted] == 301).all()
        assert (batch.targets[batch.hole] >= 5).all(), "text and borders only"
        assert (batch.targets != -1).all()
        assert (batch.positions[:, 1:] - batch.positions[:, :-1] == 1).all()


def test_longer_windows_are_used(corpus: Corpus) -> None:
    batch = Sampler(corpus, 3, window=1024).batch(0, 2, 1024)
    assert batch.tokens.shape == (2, 1024)


WORDS = [
    "captain",
    "harbour",
    "winter",
    "letter",
    "bridge",
    "village",
    "teacher",
    "morning",
    "quiet",
    "proposal",
    "river",
    "market",
    "window",
    "garden",
    "answer",
    "kitchen",
    "summer",
    "island",
    "engine",
    "paper",
    "doctor",
    "music",
    "ladder",
    "yellow",
    "corner",
    "silver",
    "basket",
    "history",
    "mountain",
    "question",
]


@dataclass(frozen=True)
class Pages:
    """Markdown as people write it, and what its sentences and lines are, white space made single."""

    corpus: Corpus
    tokenizer: Tokenizer
    sentences: frozenset[str]
    lines: frozenset[str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Headings, quotes, lists, hard-wrapped paragraphs, and sentences of 4 to 30 words."""
    rng, sentences, documents = random.Random(2), set(), []

    def sentence() -> str:
        words = [rng.choice(WORDS) for _ in range(min(30, 4 + int(rng.expovariate(1 / 9))))]
        if len(words) > 9:
            words[5] += rng.choice([",", " (e.g. here)", ";"])
        made = rng.choice(["{}.", "{}.", "{}?", "“{}.”", '"{}!"']).format(" ".join(words).capitalize())
        sentences.add(made)
        return made

    for _ in range(60):
        paragraphs = [" ".join(sentence() for _ in range(rng.randint(2, 5))) for _ in range(4)]
        items = [f"- {rng.choice(WORDS)} of the {rng.choice(WORDS)} and a {rng.choice(WORDS)}" for _ in range(4)]
        heading = f"## The {rng.choice(WORDS)} beyond every {rng.choice(WORDS)}"
        paragraphs[2] = fill(paragraphs[2], 70)
        documents.append("\n\n".join([heading, *paragraphs[:2], "\n".join(items), *paragraphs[2:]]))
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    folder = tmp_path_factory.mktemp("pages")
    Corpus.build(documents, tokenizer, folder)
    lines = frozenset(line for document in documents for line in document.split("\n") if line)
    return Pages(Corpus.load(folder, tokenizer), tokenizer, frozenset(sentences), lines)


def holes_of(pages: Pages, **mix: float) -> Iterator[tuple[int, int, str]]:
    """Slots, tokens, and text of the holes of some rows that do not touch the end of their row."""
    sampler = Sampler(pages.corpus, 1, Mix(whole=0, nulls_known=0, **mix))
    for step in range(40):
        batch = sampler.batch(step, 4, 384)
        for targets, hole in zip(batch.targets, batch.hole, strict=True):
            borders = np.flatnonzero(np.diff(np.concatenate(([False], hole))))
            for begin, end in borders[: len(borders) // 2 * 2].reshape(-1, 2):
                text = targets[begin:end][targets[begin:end] != NULL].tolist()
                yield int(end - begin), len(text), " ".join(pages.tokenizer.decode(text).split())


def test_kinds_of_holes_have_their_shares(pages: Pages) -> None:
    found = list(holes_of(pages))
    assert len(found) > 2000
    shares = dict(zip(KINDS, KIND_SHARES, strict=True))
    texts = [text for _, _, text in found]
    sentences = [one for one in found if one[2] in pages.sentences]
    lines = [one for one in found if one[2] in pages.lines and one[2] not in pages.sentences]
    assert len(sentences) / len(found) == pytest.approx(shares["sentence"], abs=0.03)
    assert len(lines) / len(found) == pytest.approx(shares["line"], abs=0.02)
    assert texts.count("") / len(found) == pytest.approx(shares["nothing"], abs=0.015)
    assert sum(text.isalpha() for text in texts) / len(found) == pytest.approx(shares["word"], abs=0.07)
    lengths = [length for _, length, _ in sentences]
    assert np.mean(lengths) > 12
    assert np.mean([length >= 24 for length in lengths]) > 0.08, "long sentences are not left out"
    assert max(length for _, length, _ in found) <= max(slots for slots, _, _ in found) <= 48
    assert {one[0] for one in sentences} >= {16, 24, 32, 48}


def test_what_ends_like_a_sentence_is_a_whole_one_or_the_rest_of_one(pages: Pages) -> None:
    """Long holes that end at a stop end where a sentence ends; those that begin like one are that sentence."""
    long = [text for _, length, text in holes_of(pages) if length > 16 and "#" not in text]
    whole = [text for text in long if text in pages.sentences]
    begins = {sentence[:12] for sentence in pages.sentences}
    cut = [text for text in long if text not in pages.sentences | pages.lines and text[:12] in begins]
    assert len(whole) > 60
    assert len(cut) < 0.1 * len(whole), "phrases that happen to begin there"


def test_the_canvas_says_nothing_but_that_the_text_fits(pages: Pages) -> None:
    found = [(slots, length) for slots, length, _ in holes_of(pages, exact=0)]
    for least, most in ((0, 1), (2, 4), (5, 8), (9, 16), (17, 24)):
        sizes = [slots for slots, length in found if least <= length <= most]
        fitting = most <= CANVAS_SIZES
        for size, share in zip(
            CANVAS_SIZES[fitting], CANVAS_SHARES[fitting] / CANVAS_SHARES[fitting].sum(), strict=True
        ):
            tolerance = 0.02 + 3.5 * (share * (1 - share) / len(sizes)) ** 0.5
            assert sizes.count(size) / len(sizes) == pytest.approx(share, abs=tolerance), (size, least)
