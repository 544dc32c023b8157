"""Measures of seams, calibration and rewriting against values worked out by hand or published."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.training.evaluation.calibration import Bin, calibration_error, reliability
from llada_edit.training.evaluation.filling import wilson
from llada_edit.training.evaluation.rewriting import gleu, ibleu, kept, rewriting_figures, sari
from llada_edit.training.evaluation.seam import distinct, doubles, truncated
from llada_edit.training.pairs import Pair

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
    assert gleu(["he go to the school ."], ["he goes to the school ."], ["he goes to the school ."]) == pytest.approx(1)
    # Left as it was. Of 6 words, 5 stand in the reference and "go" counts against: 4 / 6. Pairs: 3 of 5 right, 2 stale:
    # 1 / 5. Triples: 2 of 4, 2 stale: 0 -> no credit at all.
    assert gleu(["he go to the school ."], ["he go to the school ."], ["he goes to the school ."]) == 0
    # Two words, one right, one new and wrong: 1 / 2; the pair is wrong.
    assert gleu(["a b"], ["a d"], ["a c"]) == 0
    # Shorter than the reference: brevity exp(1 - 6 / 5), with precisions 1.
    assert gleu(["x x x x x x"], ["a b c d e"], ["a b c d e f"]) == pytest.approx(math.exp(1 - 6 / 5))


def test_ibleu_wants_new_words() -> None:
    source, reference = ["the cat sat on the mat today"], ["a cat was sitting on a mat this day"]
    assert ibleu(source, reference, reference) > 0.7
    assert ibleu(source, source, reference) < 0
    assert ibleu(source, reference, reference, alpha=1) == pytest.approx(1)


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


def test_figures_stand_beside_those_of_a_copy() -> None:
    pairs = [Pair("simplify", "She utilises 3 tools daily now.", "She uses 3 tools daily now.")] * 2
    good = rewriting_figures(lambda text, operation: text.replace("utilises", "uses"), pairs)
    assert (good.pairs, good.changed, good.kept) == (2, 1, 1)
    assert good.sari == good.gleu == pytest.approx(1)
    copy = rewriting_figures(lambda text, operation: text, pairs)
    assert (copy.sari, copy.gleu, copy.ibleu) == (good.copy_sari, good.copy_gleu, good.copy_ibleu)
    assert copy.changed == 0
    assert copy.sari < good.sari
