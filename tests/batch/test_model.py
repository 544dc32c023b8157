"""The model in runs: the same bytes whatever the number of workers, their order, and what else they did."""

import json
from shutil import copytree

import pytest

from llada_edit.batch.apply import apply
from llada_edit.batch.engines import Inside
from llada_edit.batch.find import find
from llada_edit.batch.model import fingerprint, model_hash, recipe
from llada_edit.batch.pool import Pool
from llada_edit.batch.run import Run
from llada_edit.batch.settings import Settings
from llada_edit.batch.stored import Stored
from llada_edit.models.base import Calibration, Logistic
from llada_edit.models.bundled import store_calibration
from llada_edit.rewriting.measured import store

LINES = (
    "We utilize the facility in order to commence it.",
    "The committee will purchase a new one, and nobody was surprised.",
    "It was about time; we shall endeavour to ascertain the facts.",
)


class Backwards:
    """The tasks in the other order, all in one process."""

    notes = ()

    def run(self, order, tasks, index):
        yield from Inside().run(order, reversed(list(tasks)), index)


@pytest.fixture
def said(tmp_path, tiny_folder):
    root = tmp_path / "docs"
    root.mkdir()
    for number in range(6):
        (root / f"{number}.md").write_text("\n\n".join(LINES[: 1 + number % 3]) + f"\n\nNumber {number}.\n")

    def run(name, engine, seed=0):
        work = recipe(str(tiny_folder), "cpu", 1, "paraphrase", {"seed": seed, "trust": "model"})
        folder = tmp_path / name
        settings = Settings(root, work, fingerprint(work, model_hash(str(tiny_folder))))
        for _ in Run.resume(folder, settings).work(settings, engine, find([str(root)]).paths):
            pass
        return json.dumps([document.to_json() for document in Stored.open(folder).documents()])

    return run


@pytest.mark.slow
def test_the_same_bytes_from_every_engine_and_in_every_order(said):
    calm = said("calm", Inside())
    assert '"edited"' in calm
    assert said("back", Backwards()) == calm
    assert said("pool", Pool(2)) == calm
    assert said("seed", Inside(), seed=1) != calm


def test_the_fingerprint_knows_what_matters(tiny_folder, tmp_path):
    def mark(threads=1, op="plain", **choices):
        return fingerprint(recipe("m", "cpu", threads, op, choices), model_hash(str(tiny_folder)))

    assert mark() == mark()
    assert len({mark(), mark(threads=2), mark(op="formal"), mark(seed=1), mark(keep=("x",))}) == 5
    other = tmp_path / "other"
    other.mkdir()
    for path in tiny_folder.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    assert model_hash(str(other)) == model_hash(str(tiny_folder))
    with (other / "config.json").open("a") as file:
        file.write(" ")
    assert model_hash(str(other)) != model_hash(str(tiny_folder))


def test_measuring_a_model_leaves_its_fingerprint(tiny_folder, tmp_path):
    """A run goes on after its model was measured again, as what is said about a model changes none of its edits."""
    folder = tmp_path / "model"
    copytree(tiny_folder, folder)
    before = model_hash(str(folder))
    for sari in (0.25, 0.5):
        ways = {way: {"sari": sari} for way in ("copy", "editor")}
        assert store(folder, {"simplify": {"pairs": 4, "ways": ways}}, "llada-edit eval").parent == folder
        assert model_hash(str(folder)) == before
    (folder / "README.md").write_text("# A model\n")
    assert model_hash(str(folder)) == before
    store_calibration(folder, Calibration(tokens=Logistic(0.5)))
    assert model_hash(str(folder)) != before


@pytest.mark.slow  # the bundled model
def test_rewriting_what_was_rewritten_comes_to_an_end(tmp_path):
    """No edit is taken back by a later one, and a text without findings stays without."""
    (tmp_path / "a.md").write_text("\n\n".join(LINES) + "\n\nPrior to the meeting, a large number of people left.\n")
    work, seen = recipe("bundled", "cpu", 1, "simplify", {"seed": 3}), []
    for number in range(5):
        seen.append((tmp_path / "a.md").read_bytes())
        settings = Settings(tmp_path, work, fingerprint(work))
        folder = tmp_path / f"run{number}"
        for _ in Run.resume(folder, settings).work(settings, Inside(), ["a.md"]):
            pass
        if not [done.edits for done in apply(Stored.open(folder)) if done.edits]:
            break
    assert 2 <= len(seen) < 5
    assert len(set(seen)) == len(seen)
    assert (tmp_path / "a.md").read_bytes() == seen[-1]
