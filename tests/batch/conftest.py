"""Runs with a scripted rewriter; worker processes find it because their search path is this process's."""

import sys
from pathlib import Path

import pytest

from llada_edit.batch.engines import Inside
from llada_edit.batch.find import find
from llada_edit.batch.model import fingerprint
from llada_edit.batch.run import Run, Settings
from llada_edit.batch.stored import Stored
from llada_edit.batch.worker import Recipe

# For the tests here, and for worker processes, which inherit the search path.
sys.path.append(str(Path(__file__).parent))

from scripted import TEXT


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A folder of Markdown files, and the working folder."""
    root = tmp_path / "corpus"
    (root / "deep").mkdir(parents=True)
    for number in range(8):
        folder = root / "deep" if number % 2 else root
        (folder / f"{number}.md").write_text(f"{TEXT}\nNumber {number}: purchase.\n" * (1 + number % 3))
    (root / "quiet.md").write_text("Nothing to do here.\n")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def settings_of():
    def make(root, target="rewrites", **options):
        known = {name: options.pop(name) for name in ("shard", "most", "limit") if name in options}
        recipe = Recipe(f"scripted:{target}", options)
        return Settings(root, recipe, fingerprint(Recipe("scripted", {})), **known)

    return make


@pytest.fixture
def run_of(tmp_path, settings_of):
    """Do a run over a folder; the stored run."""

    def make(root, folder="run", engine=None, again=False, **options):
        settings = settings_of(root, **options)
        run = Run.resume(tmp_path / folder, settings)
        found = find([str(root)])
        for _ in run.work(settings, engine or Inside(), found.paths, again):
            pass
        return Stored.open(tmp_path / folder)

    return make
