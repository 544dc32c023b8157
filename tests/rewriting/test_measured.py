"""What was measured of an operation is said wherever it is offered, and from one file."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from llada_edit.errors import BrokenModel, OptionError
from llada_edit.models.bundled import bundled_folder
from llada_edit.rewriting.measured import FILE, Measured, Read, measured, store
from llada_edit.testing import save_tiny_model
from llada_edit.training.evaluation.comparing import RewritingFigures, Scores, rewriting_figures
from llada_edit.training.evaluation.page import rewriting_lines
from llada_edit.training.pairs import Pair

ROOT = Path(__file__).parents[2]
BROKEN_GAINS = """{"read": {}, "pairs": {"simplify": {"pairs": 1, "gains": {"editor": {"sari": [0.1]}},
    "ways": {"copy": {"sari": 0.1}, "editor": {"sari": 0.2}}}}}"""
SCORES = {
    "copy": {"sari": 0.25, "gleu": 0.5, "ibleu": 0.4},
    "editor": {"sari": 0.3, "gleu": 0.6, "ibleu": 0.45, "exact": 0.25},
}


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (Measured("formal", read=Read(53, 41, 9, 3)), "Of 53 changes that were read, 77% were good and 6% wrong."),
        (Measured("simplify", 8, SCORES), "GLEU 0.600 on 8 pairs, 0.500 if nothing is changed."),
        (
            Measured("proofread", 8, SCORES),
            "Of 8 sentences with mistakes, 25% came out right. GLEU 0.600 on 8 pairs, 0.500 if nothing is changed.",
        ),
        (
            Measured("paraphrase", 9, SCORES, Read(4, 3, 0, 1)),
            "Of 4 changes that were read, 75% were good and 25% wrong. "
            "iBLEU 0.450 on 9 pairs, 0.400 if nothing is changed.",
        ),
        (
            Measured("simplify", 60, SCORES, gains={"editor": {"gleu": [0.01, 0.09], "sari": [-0.1, 0.3]}}),
            "GLEU 0.600 on 60 pairs, 0.500 if nothing is changed; better by 0.010 to 0.090.",
        ),
        (
            Measured("refine", 60, SCORES, gains={"editor": {"gleu": [-0.09, -0.0125]}}),
            "GLEU 0.600 on 60 pairs, 0.500 if nothing is changed; worse by 0.013 to 0.090.",
        ),
        (
            Measured("shorten", 60, SCORES, gains={"editor": {"gleu": [-0.01, 0.11]}, "trained": {"gleu": [1, 2]}}),
            "GLEU 0.600 on 60 pairs, 0.500 if nothing is changed; no clear difference.",
        ),
        (
            Measured("paraphrase", 60, SCORES, Read(4, 3, 0, 1), {"editor": {"ibleu": [0.0, 0.1], "sari": [0.1, 0.2]}}),
            "Of 4 changes that were read, 75% were good and 25% wrong. "
            "iBLEU 0.450 on 60 pairs, 0.400 if nothing is changed; no clear difference.",
        ),
    ],
)
def test_sentences(measured, said):
    assert measured.sentence == said


def test_new_scores_leave_what_a_person_read(tmp_path):
    folder = save_tiny_model(tmp_path / "model")
    assert measured(folder) == {}
    assert store(folder, {"refine": {"pairs": 8, "ways": SCORES}}, "llada-edit eval") == folder / FILE
    assert set(measured(folder)) == {"refine"}
    data = json.loads((folder / FILE).read_text())
    read = {"formal": {"changes": 4, "good": 2, "same": 1, "wrong": 1}}
    (folder / FILE).write_text(json.dumps({**data, "read": read}))
    store(folder, {"shorten": {"pairs": 1, "ways": SCORES}}, "again")
    assert set(measured(folder)) == {"shorten", "formal"}
    assert measured(folder)["formal"].read == Read(4, 2, 1, 1)
    assert json.loads((folder / FILE).read_text())["command"] == "again"


def test_what_is_stored_says_whether_the_difference_is_sure(tmp_path):
    """From the rewritings of pairs to what a user reads of them, through the file."""
    folder = save_tiny_model(tmp_path / "model")
    pairs = [Pair("refine", f"We utilize item {number} here", f"We use item {number} here") for number in range(20)]
    stored = {}
    for name, most in (("refine", 20), ("simplify", 1), ("shorten", 0)):

        def edited(text, operation, most=most):
            return text.replace("utilize", "use") if int(text.split()[3]) < most else text

        figures = rewriting_figures({"editor": edited}, pairs, lambda texts, others: [0.5] * len(texts))
        stored[name] = asdict(figures)
    store(folder, stored, "llada-edit eval")
    said = {name: one.sentence for name, one in measured(folder).items()}
    assert said["refine"].startswith("GLEU 1.000 on 20 pairs, ") and "; better by 1." in said["refine"]
    assert said["simplify"].endswith("; no clear difference.") and said["shorten"].endswith("; no clear difference.")


@pytest.mark.parametrize(
    "content", ["no JSON", "{}", '{"read": {"formal": {"good": 1}}, "pairs": {}}', "[]", BROKEN_GAINS]
)
def test_a_broken_file_is_named(tmp_path, content):
    folder = save_tiny_model(tmp_path / "model")
    (folder / FILE).write_text(content)
    with pytest.raises(BrokenModel, match=FILE):
        measured(folder)


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OptionError, match="cannot be written"):
        store(tmp_path / "missing", {}, "")


def test_a_model_that_is_no_folder_has_no_figures():
    assert measured("no such model anywhere") == {}


def test_the_pages_say_what_the_file_says():
    known = measured("bundled")
    page = (ROOT / "docs" / "rewriting.md").read_text(encoding="utf-8")
    for name, one in known.items():
        if one.read is not None:
            counts = (one.read.changes, one.read.good, one.read.same, one.read.wrong)
            assert f"| {name} | {' | '.join(map(str, counts))} |\n" in page
            assert sum(counts[1:]) == counts[0]
    scored = json.loads((bundled_folder() / FILE).read_text(encoding="utf-8"))["pairs"]
    figures = {
        name: RewritingFigures(**{**of, "ways": {way: Scores(**one) for way, one in of["ways"].items()}})
        for name, of in scored.items()
    }
    evaluation = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    assert "\n".join(rewriting_lines(figures)) in evaluation
    card = (bundled_folder() / "README.md").read_text(encoding="utf-8")
    assert [line for line in card.splitlines() if line.startswith(tuple(f"| {name} |" for name in known))] == [
        f"| {name} | {one.sentence} |" for name, one in known.items()
    ]


def test_every_operation_that_menus_offer_was_measured():
    from llada_lsp.rewriting import Engine

    from llada_edit.editor import Editor

    known = measured("bundled")
    for operation in Engine().offered(Editor.load()):
        assert operation.detail.endswith(known[operation.name].found) and known[operation.name].found
