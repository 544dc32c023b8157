"""Measures of seams, calibration and rewriting against values worked out by hand or published."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.training.evaluation.calibration import Bin, calibration_error, reliability
from llada_edit.training.evaluation.filling import wilson
from llada_edit.training.evaluation.rewriting import gleu, ibleu, kept, sari
from llada_edit.training.evaluation.sample import mistaken
from llada_edit.training.evaluation.seam import distinct, doubles, truncated
from llada_edit.training.evaluation.similarity import Similarity, matched
from llada_edit.training.evaluation.skill import best_length
from llada_edit.training.texts import Text

SOURCE = "About 95 species are currently accepted ."
REFERENCES = [
    "About 95 species are currently known .",
    "About 95 species are now accepted .",
    "95 species are now accepted .",
]


def test_doubled_words() -> None:
    assert doubles("He saw the ", "the dog", " bark.")
    assert doubles("He saw ", "the dog", " dog bark.")
    assert doubles("He saw the ", "The dog", " bark.")
    assert not doubles("He saw ", "the dog", " bark.")
    assert not doubles("", "", "")


@pytest.mark.parametrize(
    ("found", "after", "expected"),
    [
        ("went to the", ". Then", True),
        ("went to the", " of it", True),
        ("went to the", " house.", False),
        ("a lot of", ", and", True),
        ("in", " the house", False),
        ("house.", " The", False),
        ("the house", ". Then", False),
        ("and", "", True),
    ],
)
def test_truncation(found: str, after: str, expected: bool) -> None:
    assert truncated(found, after) == expected


@given(st.text(), st.text(), st.text())
def test_seams_of_any_text_can_be_looked_at(before: str, found: str, after: str) -> None:
    assert doubles(before, found, after) in (True, False)
    assert truncated(found, after) in (True, False)
    assert 0 <= distinct([before, found], 2) <= 1


def test_distinct() -> None:
    assert distinct(["a b a", "a b"], 1) == 2 / 5
    assert distinct(["a b a", "a b"], 2) == 2 / 3  # ab, ba, ab
    assert distinct([], 1) == 0


def test_calibration_by_hand() -> None:
    claims = [(0.95, True), (0.91, False), (0.15, False), (0.11, True), (0.13, False), (1.0, True)]
    assert reliability(claims) == [
        Bin(3, pytest.approx(0.13), pytest.approx(1 / 3)),
        Bin(3, pytest.approx(2.86 / 3), pytest.approx(2 / 3)),
    ]
    by_hand = 0.5 * (1 / 3 - 0.13) + 0.5 * (2.86 / 3 - 2 / 3)
    assert calibration_error(claims) == pytest.approx(by_hand)
    assert calibration_error([]) == 0
    assert calibration_error([(1.0, True), (0.0, False)]) == 0


def test_wilson_interval() -> None:
    low, high = wilson(5, 10)
    assert (low, high) == (pytest.approx(0.2366, abs=1e-3), pytest.approx(0.7634, abs=1e-3))
    assert wilson(0, 20)[0] == 0
    assert wilson(20, 20)[1] == pytest.approx(1)


def test_sari_is_that_of_the_published_script() -> None:
    """The example of the paper's script, with the value that its corrected version in common use gives."""
    assert sari(SOURCE, "About 95 you now get in .", REFERENCES) == pytest.approx(0.26953601953601954)


def test_sari_by_hand() -> None:
    # Unigrams only have a say: "a b" -> "a c", wanted "a c": everything right.
    assert sari("a b", "a c", ["a c"]) == pytest.approx(1)
    # Nothing was to change and nothing was changed.
    assert sari("a b c d e", "a b c d e", ["a b c d e"]) == pytest.approx(1)
    # The source "a b" copied, wanted "a c". n = 1: keep has precision 1/2 and recall 1, so 2/3; nothing deleted: 1;
    # added: precision 1 of nothing, recall 0: 0. n = 2: nothing kept is right: precision 0, so 0; 1; 0. n > 2: 1, 1, 1.
    assert sari("a b", "a b", ["a c"]) == pytest.approx(((2 / 3 + 1 + 0) / 3 + (0 + 1 + 0) / 3 + 1 + 1) / 4)


def test_gleu_by_hand() -> None:
    right = gleu(["he go to the school ."], ["he goes to the school ."], ["he goes to the school ."])
    assert right.value == pytest.approx(1)
    # Left as it was. Of 6 words, 5 stand in the reference and "go" counts against: 4 / 6. Pairs: 3 of 5 right, 2 stale:
    # 1 / 5. Triples: 2 of 4, 2 stale: 0 -> no credit at all.
    assert gleu(["he go to the school ."], ["he go to the school ."], ["he goes to the school ."]).value == 0
    # Two words, one right, one new and wrong: 1 / 2; the pair is wrong.
    assert gleu(["a b"], ["a d"], ["a c"]).value == 0
    # Two sentences: words 2 of 2 and, "is" being stale, 0 of 2; pairs 1 of 1 and 0 of 1; no triples: (1/2 · 1/2) ^ 1/4.
    assert gleu(["he go", "it is"], ["he goes", "it is"], ["he goes", "it was"]).value == pytest.approx(0.25**0.25)
    # Shorter than the reference: brevity exp(1 - 6 / 5), with precisions 1.
    assert gleu(["x x x x x x"], ["a b c d e"], ["a b c d e f"]).value == pytest.approx(math.exp(1 - 6 / 5))


def test_ibleu_wants_new_words() -> None:
    source, reference = ["the cat sat on the mat today"], ["a cat was sitting on a mat this day"]
    assert ibleu(source, reference, reference).value > 0.7
    assert ibleu(source, source, reference).value < 0
    assert ibleu(source, reference, reference, alpha=1).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("On 12 May, the committee in Geneva did not agree.", True),
        ("The committee did not agree in Geneva on 12 May.", True),
        ("On 13 May, the committee in Geneva did not agree.", False),
        ("On 12 May, the committee in Geneva did agree.", False),
        ("On 12 May, the committee did not agree.", False),
        ("On 12 May, the committee in Geneva didn't agree.", True),
    ],
)
def test_facts_that_are_kept(found: str, expected: bool) -> None:
    assert kept("On 12 May, the committee in Geneva did not agree.", found) == expected


def test_similarity_hears_a_wrong_word() -> None:
    judge = Similarity()

    def alike(ones: list[str], others: list[str]) -> float:
        found = judge(ones, others)
        assert len(found) == len(ones)
        return sum(found) / len(found)

    texts = ["The committee accepted the proposal after a long debate.", "She opened the door and walked in."]
    close = ["The committee approved the proposal after a long debate.", "She opened the door and went in."]
    off = ["The committee accepted the harbour after a long winter.", "She painted the dog and slept in."]
    assert alike(texts, texts) == pytest.approx(1, abs=1e-3)
    assert 1 > alike(texts, close) > alike(texts, off) > alike(texts, texts[::-1])
    assert alike(texts, texts[::-1]) == pytest.approx(0, abs=0.3)
    assert alike(texts, close) == pytest.approx(alike(close, texts), abs=1e-4)
    assert alike([""], [texts[0]]) < alike(texts, texts[::-1]), "no text is like nothing"


def test_best_matches_by_hand() -> None:
    one, two = torch.eye(3)[:2], torch.eye(3)[1:]
    # Of each text, one of two tokens stands in the other.
    assert matched(one, two) == pytest.approx(0.5)
    # Two tokens against one of them: precision 1/2, recall 1.
    assert matched(one, one[:1]) == pytest.approx(2 / 3)


def test_mistakes_are_made_in_whole_sentences() -> None:
    sentence = "The committee accepted the proposal after a long debate."
    texts = [Text(" ".join([f"It was day {day}. {sentence}" for day in range(9)]) + " They left.")]
    found = mistaken(texts, 6, 0)
    assert len(found) == 6 and {pair.operation for pair in found} == {"proofread"}
    assert all(pair.target in texts[0].text and pair.target.endswith(".") for pair in found)
    assert all(pair.source != pair.target for pair in found), "what has no mistake has nothing to mend"
    assert found == mistaken(texts, 6, 0) != mistaken(texts, 6, 1)
    assert 0 < len(mistaken(texts, 500, 0)) < 50, "as many as there are"


@given(st.lists(st.floats(-9, -1e-3), min_size=1, max_size=7))
def test_the_best_length_is_that_of_all_lengths(nulls: list[float]) -> None:
    weights = [
        sum(math.log1p(-math.exp(null)) for null in nulls[:length]) + sum(nulls[length:])
        for length in range(1, len(nulls) + 1)
    ]
    assert weights[best_length(torch.tensor(nulls)) - 1] == pytest.approx(max(weights), abs=1e-4)
