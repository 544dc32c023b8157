"""A calibration is fitted to what is true, stored beside the weights, and heeded by whoever loads them."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.canvas import Canvas
from llada_edit.cli import cli
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import UnsupportedModel
from llada_edit.holes import Hole, Span
from llada_edit.length_scores import FLOOR, SMOOTH, border, calibrated, length_features
from llada_edit.length_selectors import NullPosterior
from llada_edit.lengths import LEAST_ELASTIC, LONGEST, AllMasked, reserve
from llada_edit.models.base import Calibration, LengthScores, Logistic
from llada_edit.models.bundled import store_calibration
from llada_edit.models.load import load
from llada_edit.testing import tiny_model
from llada_edit.training.evaluation.calibration import calibration_error
from llada_edit.training.evaluation.cuts import FITTED, collection, cuts
from llada_edit.training.evaluation.fitting import Lengthy, Said, length_scores, logistic
from llada_edit.training.texts import read_documents

SCORES = LengthScores(0.7, 0.9, ((0.5, -0.2, -0.1), (0.1, 0.0, 0.3), (0.0, 0.4, -0.2), (-1.0, 1.5, -0.3)))
shares = st.floats(0, 1)


@given(st.lists(shares, min_size=1, max_size=8), st.floats(0.2, 3), st.floats(-1, 1), st.integers(1, 40))
def test_a_correction_keeps_the_order_and_what_is_certain(values, slope, bias, n):
    tensor = torch.tensor([0.0, *sorted(values), 1.0])
    assert torch.equal(Logistic()(tensor, n), tensor)
    found = Logistic(slope, -0.3, bias)(tensor, n)
    assert found[0] == 0 and found[-1] == 1
    assert bool((found.diff() >= 0).all())


def test_a_correction_by_hand() -> None:
    # odds 3 : 1, log odds 1.0986; halved, and 0.5 · log 4 taken off: 0.5493 - 0.6931
    assert float(Logistic(0.5, -0.5)(torch.tensor(0.75), 4)) == pytest.approx(1 / (1 + math.exp(0.1438)), abs=1e-4)


def test_a_fit_finds_the_correction() -> None:
    """A model that is too sure, the more so the more tokens there are."""
    truth, rng = Logistic(0.6, -0.4, -0.2), random.Random(0)
    said = []
    for _ in range(6000):
        shown, n = rng.random(), rng.choice((1, 4, 16))
        said.append(Said(shown, n, rng.random() < float(truth(torch.tensor(shown), n))))
    found = logistic(said)
    for one, other in zip((found.slope, found.size, found.bias), (truth.slope, truth.size, truth.bias), strict=True):
        assert one == pytest.approx(other, abs=0.12)
    before = calibration_error([(one.probability, one.right) for one in said])
    after = calibration_error([(float(found(torch.tensor(one.probability), one.n)), one.right) for one in said])
    assert after < 0.04 < before
    assert logistic(said[:6]) == Logistic(), "too few to learn from"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("He came. ", " Then he left.", 3),
        ("He came and ", " then.", 0),
        ("He came and ", " Then he left.", 1),
        ("", " then.", 2),
        ("A title\n\n", " goes on", 2),
        ("It was ", "\n\nthe end", 1),
        ('"Why?" ', "", 3),
    ],
)
def test_where_sentences_begin_and_end(left: str, right: str, expected: int) -> None:
    assert border(left, right) == expected


@pytest.mark.parametrize("extra", [0, 1])
def test_calibrated_lengths_are_their_definition(extra: int) -> None:
    exactly = torch.tensor([0.1, 0.2, 0.0, 0.3, 0.1, 0.3])
    kernel = [
        [math.exp(-0.5 * (math.log(a / b) / SMOOTH) ** 2) for b in range(1, 6 - extra)] for a in range(1, 6 - extra)
    ]
    bridges = [0.3, -0.5, 1.0]
    found = calibrated(length_features(exactly, bridges, extra), exactly, extra, SCORES, 2)
    for size in range(1, 6 - extra):
        spread = sum(
            kernel[size - 1][other] / sum(row[other] for row in kernel) * float(exactly[other + 1 + extra])
            for other in range(5 - extra)
        )
        wanted = 0.7 * math.log(spread + FLOOR) + 0.4 * math.log(size) - 0.2 * size / 10
        wanted += 0.9 * (bridges[size + extra - 1] if size + extra <= 3 else 0)
        assert float(found[size + extra]) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(("hint", "expected"), [("", None), ("", 3), (": 2-5 words", None)])
def test_only_open_holes_that_replace_nothing_are_calibrated(hint: str, expected: int | None) -> None:
    model = tiny_model()
    document = Document.parse(f"The cat [?{hint}] on the mat.")
    canvas = Canvas.build(document, [0], [16], model.card, model.vocabulary, 768)
    masked = AllMasked(model.denoiser, canvas, None)
    plain, scored = (
        NullPosterior(model.denoiser, expected, scores).log_weights(masked)[0] for scores in (None, SCORES)
    )
    assert torch.equal(plain, scored) == (expected is not None or bool(hint))


def test_a_calibrated_model_has_room_for_a_sentence_between_two() -> None:
    plain, hole = tiny_model().card, Hole(Span(0, 0))
    scored = replace(plain, calibration=Calibration(lengths=SCORES))
    for card, left, right, room in (
        (scored, "He came. ", " Then he left.", LONGEST),
        (scored, "He came ", " and left.", LEAST_ELASTIC),
        (plain, "He came. ", " Then he left.", LEAST_ELASTIC),
    ):
        assert reserve(hole, card, left, right) == room


def test_lengths_are_learned() -> None:
    """Nulls that know nothing: three tokens inside sentences, twelve between them."""
    flat = length_features(torch.full((17,), 1 / 17), [], 0)
    scores = length_scores([Lengthy(flat, 1, used, where) for used, where in ((3, 0), (12, 3), (1, 1))] * 20)
    for used, where in ((3, 0), (12, 3), (1, 1)):
        weights = flat[1:] @ torch.tensor([scores.trust, scores.bridge, *scores.borders[where]])
        assert abs(int(weights.argmax()) + 1 - used) <= 2


def test_holes_for_lengths(corpus_files: dict[str, Path]) -> None:
    texts = list(read_documents([corpus_files["valid"]]))
    for kind in FITTED:
        for cut in cuts(texts, kind, 10, 0):
            where = border(*cut.document.segments)
            assert cut.truth.strip() == cut.truth and cut.truth
            assert where >= 2 or kind not in ("sentence", "start")
            assert where % 2 or kind not in ("sentence", "end")


@pytest.mark.parametrize(
    ("source", "expected"),
    [("owner/name:docs/a.md#2", "owner/name"), ("/home/me/texts/b.md", "texts/b.md"), ("", "")],
)
def test_sources_are_collections(source: str, expected: str) -> None:
    assert collection(source) == expected


def test_one_command_fits_and_every_load_heeds_it(
    tiny_folder: Path, corpus_files: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    for path in tiny_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    before = load(folder)
    assert before.card.calibration == Calibration()
    done = CliRunner().invoke(
        cli, ["eval", str(corpus_files["valid"]), "--holes", "3", "--fit", "--model", str(folder)]
    )
    assert done.exit_code == 0, done.output
    assert load(folder).card.calibration.lengths is not None
    asked = "The committee [?: exactly 3 tokens] the proposal."
    plain = [token.probability for token in Editor(before).infill(asked).holes[0].tokens]
    half = Logistic(0.5, -0.1, -0.2)
    store_calibration(folder, Calibration(half, half, SCORES))
    after = load(folder)
    assert after.card.calibration == Calibration(half, half, SCORES)
    shown = [token.probability for token in Editor(after).infill(asked).holes[0].tokens]
    assert shown == pytest.approx(half(torch.tensor(plain), len(plain)).tolist(), rel=1e-4)
    words = [
        {word.text: word.probability for word in Editor(model).alternatives("The committee [?] the proposal.", k=3)}
        for model in (replace(after, card=replace(after.card, calibration=Calibration(lengths=SCORES))), after)
    ]
    assert list(words[1].values()) == pytest.approx(half(torch.tensor(list(words[0].values()))).tolist(), rel=1e-4)


def test_other_models_keep_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llada"}))
    with pytest.raises(UnsupportedModel, match="no model of our own"):
        store_calibration(tmp_path, Calibration())
