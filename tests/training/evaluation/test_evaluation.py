"""Holes are cut and judged as they should be, and one command gives table, JSON, page and plot."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from llada_edit.canvas import Canvas
from llada_edit.cli import cli
from llada_edit.cli.eval import KINDS as COMMAND_KINDS
from llada_edit.editor import Editor
from llada_edit.errors import DocumentError, UnsupportedModel
from llada_edit.models.bundled import OPERATIONS as TRAINED
from llada_edit.models.model import Model
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.testing import tiny_model
from llada_edit.training.evaluation.cuts import KINDS, cuts
from llada_edit.training.evaluation.filling import figures, fill
from llada_edit.training.evaluation.likelihood import hole_likelihood, text_bound, truth_tokens
from llada_edit.training.evaluation.page import lines
from llada_edit.training.evaluation.part import Places
from llada_edit.training.evaluation.report import Request, evaluate
from llada_edit.training.pairs import Pair
from llada_edit.training.texts import Text, read_documents
from llada_edit.window import WINDOW


@pytest.fixture
def texts(corpus_files: dict[str, Path]) -> list[Text]:
    return list(read_documents([corpus_files["valid"]]))


@pytest.fixture(scope="module")
def model() -> Model:
    return tiny_model(max_length=512)


@pytest.mark.parametrize("kind", KINDS)
def test_cuts_are_whole_and_differ(texts: list[Text], kind: str) -> None:
    found = list(cuts(texts, kind, 20, 0))
    assert len({(cut.document.text, cut.document.holes[0].span.start) for cut in found}) == 20
    for cut in found:
        words = len(cut.truth.split())
        assert {"word": words == 1, "phrase": 3 <= words <= 8, "sentence": 4 <= words <= 30}[kind]
        assert cut.truth == cut.truth.strip()
        assert cut.document.segments[0].endswith(" ")
        assert cut.kind == kind
    assert [cut.truth for cut in cuts(texts, kind, 20, 0)] == [cut.truth for cut in found]
    assert [cut.truth for cut in cuts(texts, kind, 20, 1)] != [cut.truth for cut in found]


def test_texts_without_places_are_refused() -> None:
    with pytest.raises(DocumentError, match="only 0 places for a phrase"):
        list(cuts([Text("Too short.")], "phrase", 1, 0))


def test_likelihood_of_a_word_is_the_models_own(model: Model, texts: list[Text]) -> None:
    """Against all subsets in all orders, worked out here."""
    sizes = {len(truth_tokens(model, cut.document)): cut for cut in cuts(texts, "word", 60, 3)}
    for size in (2, 4):
        cut = sizes[size]
        truth = truth_tokens(model, cut.document)
        assert model.vocabulary.decode(truth) == " " + cut.truth
        canvas = Canvas.build(cut.document, [0], [16], model.card, model.vocabulary, WINDOW)
        tokens, layout = canvas.rows([[len(truth)]])
        columns = torch.arange(len(truth)) + canvas.slots[0].start
        total = 0.0
        for size in range(1, len(truth) + 1):
            subsets = list(combinations(range(len(truth)), size))
            for subset in subsets:
                row = tokens.clone()
                row[0, columns] = torch.tensor(truth)
                row[0, columns[list(subset)]] = model.card.mask_id
                logs = model.denoiser.logits(row, columns[None], layout).log_softmax(-1)[0]
                total += sum(float(logs[i, truth[i]]) for i in subset) / size / len(subsets)
        values = [hole_likelihood(model, cut.document, seed) for seed in range(12)]
        assert sum(value for value, _ in values) / 12 == pytest.approx(total, rel=0.03)
        assert all(length < 0 for _, length in values)


def test_a_fill_is_judged_by_what_stood_there(model: Model, texts: list[Text]) -> None:
    editor = Editor(model)
    found = [fill(editor, cut) for kind in KINDS for cut in cuts(texts, kind, 2, 0)]
    for one in found:
        assert len(one.claims) == one.tokens
        assert (one.top5 is not None) == (one.cut.kind == "word")
    table = figures(found)
    assert table.holes == 6
    assert table.nats > table.nats_given > 0
    low, high = table.nats_interval if table.nats_interval else (0, 0)
    assert low == high == 0, "six holes are too few for an interval"


def test_the_bound_of_text_is_over_other_places_of_other_texts(model: Model, texts: list[Text]) -> None:
    bound, around = text_bound(model, texts, 12, tokens=32)
    assert around is not None and 1 < around[0] < bound < around[1]
    assert text_bound(model, texts[:1], 3, tokens=32)[1] is None, "too few"
    assert text_bound(model, texts, 12, tokens=32) == (bound, around) != text_bound(model, texts, 12, tokens=32, seed=1)


def test_one_command(tiny_folder: Path, corpus_files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text('{"a": "It is not good.", "b": "It is bad.", "type": "simplify"}\n')
    base = ["eval", str(corpus_files["valid"]), "--holes", "2", "--model", str(tiny_folder)]
    done = CliRunner().invoke(
        cli, [*base, "--json", "--pairs", str(tmp_path / "pairs.jsonl"), "--report", str(tmp_path / "docs")]
    )
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert set(data["filling"]) == set(KINDS)
    assert data == json.loads((tmp_path / "docs/evaluation.json").read_text())
    assert data["rewriting"]["simplify"]["pairs"] == 1
    assert list(data["rewriting"]["simplify"]["ways"]) == ["copy", "editor"]
    assert (data["refused"], data["unseen"]) == ({}, None)
    page = (tmp_path / "docs/evaluation.md").read_text()
    assert "| word | 2 |" in page and "never trained on" not in page
    assert str(tmp_path) not in page.split("```")[0].replace(str(tiny_folder), "")
    assert (tmp_path / "docs/calibration.svg").read_text().startswith("<?xml")


@pytest.fixture
def unseen_file(corpus_files: dict[str, Path], tmp_path: Path) -> Path:
    """Held-out texts in two sources of their own, each with one word more."""
    lines = corpus_files["valid"].read_text().splitlines()
    entries = [
        {"text": f"Indeed, {json.loads(line)['text']}", "source": f"other/{'ab'[number % 2]}:{number}"}
        for number, line in enumerate(lines)
    ]
    path = tmp_path / "unseen.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


@pytest.mark.slow
def test_unseen_sources_are_measured_apart(
    tiny_folder: Path, corpus_files: dict[str, Path], unseen_file: Path, tmp_path: Path
) -> None:
    """The main part is what it is without them, and they are what they are by themselves."""

    def run(*arguments: str | Path) -> str:
        done = CliRunner().invoke(cli, ["eval", *map(str, arguments), "--holes", "3", "--model", str(tiny_folder)])
        assert done.exit_code == 0, done.output
        return done.stdout

    both = json.loads(run(corpus_files["valid"], "--unseen", unseen_file, "--report", tmp_path / "docs", "--json"))
    main, alone = (json.loads(run(path, "--json")) for path in (corpus_files["valid"], unseen_file))
    apart = both.pop("unseen")
    assert both == {name: value for name, value in main.items() if name != "unseen"}
    assert apart == {name: alone[name] for name in apart}
    assert set(apart) == {
        "bound", "bound_interval", "filling", "origins", "sources", "tokens", "words", "screened",
    } <= set(main)  # fmt: skip
    assert set(apart["sources"]) == {"other/a", "other/b"} and apart != {name: main[name] for name in apart}
    page = (tmp_path / "docs/evaluation.md").read_text()
    above, below = page.split("\n## Sources that the model was never trained on\n")
    assert "| word | 3 |" in above and "| valid.jsonl |" not in below and "other/a" not in above
    assert run(unseen_file).strip() in below
    for row in [f"| other/{name} | {apart['sources'][f'other/{name}']['holes']} |" for name in "ab"]:
        assert row in below
    assert json.loads((tmp_path / "docs/evaluation.json").read_text())["unseen"] == apart
    assert "unseen sources" in (tmp_path / "docs/calibration.svg").read_text()


def test_operations_that_a_model_cannot_do_are_named(
    model: Model, texts: list[Text], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Editor, text: str, *, op: str) -> None:
        raise UnsupportedModel(f"{op} needs a larger model")

    monkeypatch.setattr(Editor, "rewrite", refuse)
    pairs = [Pair("formal", "a b", "c d")]
    report = evaluate(Editor(model), Request(Places.of(texts, 1), pairs=pairs, windows=1))
    assert report.rewriting == {}
    assert "formal was not measured: formal needs a larger model." in "\n".join(lines(report))


def test_every_trained_operation_is_one_of_the_editors() -> None:
    assert set(TRAINED) <= set(OPERATIONS)


def test_kinds_without_places_are_left_out(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(" ".join(["word after word without any end"] * 12))
    base = ["eval", "--holes", "1", "--json", "--model", str(tiny_folder)]
    done = CliRunner().invoke(cli, [*base, str(tmp_path / "list.txt")])
    assert set(json.loads(done.stdout)["filling"]) == {"word", "phrase"}
    assert "only 0 places for a sentence" in done.stderr
    (tmp_path / "short.txt").write_text("too short")
    assert "too few places" in str(CliRunner().invoke(cli, [*base, str(tmp_path / "short.txt")]).exception)


def test_kinds_are_chosen_and_sources_stand_apart(tiny_folder: Path, tmp_path: Path) -> None:
    assert COMMAND_KINDS == KINDS
    entry = {"text": " ".join(["word after word without any end"] * 12)}
    sources = ["one/book:chapter", "one/book:preface", "two/notes:a"]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({**entry, "source": source}) + "\n" for source in sources))
    asked = ["eval", str(tmp_path / "t.jsonl"), "--holes", "6", "--kind", "word", "--model", str(tiny_folder)]
    done = CliRunner().invoke(cli, [*asked, "--json"])
    data = json.loads(done.stdout)
    assert set(data["filling"]) == {"word"}
    assert sum(row["holes"] for row in data["sources"].values()) == 6
    assert set(data["sources"]) <= {"one/book", "two/notes"}
    table = CliRunner().invoke(cli, asked).stdout
    assert all(f"| {source} | {row['holes']} |" in table for source, row in data["sources"].items())


def test_sources_that_do_not_exist_are_named(tiny_folder: Path, corpus_files: dict[str, Path]) -> None:
    done = CliRunner().invoke(
        cli, ["eval", str(corpus_files["valid"]), "--source", "nobody/", "--model", str(tiny_folder)]
    )
    assert isinstance(done.exception, DocumentError)
    assert "begins with nobody/" in str(done.exception)
