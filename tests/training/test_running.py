"""A recipe file becomes a model that the editor loads; wrong ones are named; starts, time limits and folders hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from llada_edit.cli import cli
from llada_edit.editor import Editor
from llada_edit.errors import DocumentError, OptionError
from llada_edit.models.encoder import EncoderConfig
from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.training.corpus import Corpus
from llada_edit.training.own import Own
from llada_edit.training.plan import Plan
from llada_edit.training.running import run
from llada_edit.training.texts import read_texts

RecipeFile = Callable[..., Path]
RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.toml"))


def test_a_recipe_becomes_a_model_that_fills(recipe_file: RecipeFile, tmp_path: Path) -> None:
    outcome = run(Plan.read(recipe_file()))
    assert outcome.finished
    fill = Editor.load(outcome.folder).infill("The committee [?: 2 words] the proposal.")
    assert fill.text.startswith("The committee ")
    assert fill.text.endswith(" the proposal.")
    assert len(fill.holes[0].text.split()) == 2
    again = run(Plan.read(tmp_path / "tiny.toml", steps=3))
    assert (again.folder, again.step) == (outcome.folder, 3), "it goes on from the checkpoint"
    if (tmp_path / "out" / "loss.svg").exists():
        assert (tmp_path / "out" / "loss.svg").read_text().startswith("<?xml")


def test_a_run_in_chunks_ends_like_one_in_one_piece(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file(steps=3)
    whole = run(Plan.read(path))
    (tmp_path / "out").rename(tmp_path / "whole")
    for step in (1, 2):
        part = run(Plan.read(path, minutes=1e-9))
        assert (part.step, part.finished) == (step, False)
    last = run(Plan.read(path, minutes=1e-9))
    assert last.finished
    weights = [folder / "model.safetensors" for folder in (tmp_path / "whole" / whole.folder.name, last.folder)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


def test_the_command_says_where_the_model_is_and_whether_it_is_done(recipe_file: RecipeFile, tmp_path: Path) -> None:
    asked = ["train", "--config", str(recipe_file(steps=9)), "--steps", "2", "--minutes", "1e-9"]
    first, second = (CliRunner().invoke(cli, asked) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout == second.stdout == f"{tmp_path / 'out' / 'model'}\n"
    assert "stopped at step 1 of 2; run the same command to go on" in first.stderr
    assert "stopped" not in second.stderr


def test_training_goes_on_from_a_model_of_our_own(
    recipe_file: RecipeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(Plan.read(recipe_file(folder='"first"'))).folder
    path = recipe_file(start='"first/model"', steps=1)
    path.write_text(path.read_text().replace("width = 32", "width = 48"))  # the start's sizes win
    plan = Plan.read(path)
    tokenizer = Own(plan).tokenizer
    (tmp_path / "out").mkdir()
    network = Own(plan).network(tokenizer(), None)  # type: ignore[arg-type]  # only BERT weights need the corpus
    assert network.config.width == 32
    started = Editor.load(first).model.denoiser.network.embedding.weight  # type: ignore[attr-defined]  # all loaders make a NetworkDenoiser
    assert torch.equal(network.embedding.weight, started)
    assert (tmp_path / "out/tokenizer.json").read_bytes() == (first / "tokenizer.json").read_bytes()
    run(plan)

    def unread(*args: object) -> None:
        raise AssertionError("the start was read again")

    monkeypatch.setattr("llada_edit.training.own.load_network", unread)
    assert run(Plan.read(path, steps=2)).step == 2


def test_a_finished_run_counts_a_memory(recipe_file: RecipeFile) -> None:
    path = recipe_file("[memory]\nleast_pairs = 2\nleast_triples = 2\nplaces = 200\n")
    part = run(Plan.read(path, minutes=1e-9))
    assert not (part.folder / "memory.safetensors").exists(), "not before the end"
    folder = run(Plan.read(path)).folder
    assert (folder / "memory.safetensors").is_file()
    text = "The committee [?: exactly 2 tokens] the proposal. Nobody in the village painted the long winter."
    assert Editor.load(folder).infill(text).holes[0].text.strip()
    own = run(Plan.read(recipe_file(start='"out/model"', folder='"own"'))).folder
    assert (own / "memory.safetensors").read_bytes() == (folder / "memory.safetensors").read_bytes(), "it is kept"


def test_a_trial_sets_the_steps_once(recipe_file: RecipeFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llada_edit.training.running.TRIAL_SECONDS", 0.01)
    path = recipe_file()
    first = run(Plan.read(path, fit=0.002))
    assert first.steps == json.loads((tmp_path / "out/steps.json").read_text())["steps"]
    assert run(Plan.read(path, fit=100)).steps == first.steps


def test_a_folder_of_documents_is_enough(recipe_file: RecipeFile, tmp_path: Path) -> None:
    notes = tmp_path / "notes" / "deep"
    notes.mkdir(parents=True)
    for number, suffix in enumerate(["md", "txt", "tex", "md"] * 6):
        (notes / f"{number}.{suffix}").write_text(f"Note {number}: " + "the committee accepted the proposal. " * 20)
    (notes / "image.png").write_bytes(b"\x89PNG\0")
    (notes / ".hidden.md").write_text("never read")
    plan = Plan.read(recipe_file(train='["notes"]', valid="", steps=1))
    assert len(plan.train) == 24
    run(plan)
    sizes = {}
    for name in ("train", "valid"):
        sizes[name] = len(Corpus.load(tmp_path / "out" / name, Own(plan).tokenizer()).starts) - 1
    assert sizes == {"train": 22, "valid": 2}


def test_sources_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": s, "source": s}) + "\n" for s in ("a/b:1", "a/c:2", "d/e:3")))
    assert list(read_texts([path], ("a/b", "d/"))) == ["a/c:2"]


def test_text_never_becomes_a_control_token(corpus: Corpus, tokenizer, tmp_path: Path) -> None:
    Corpus.build(["<|mask|> and <|null|>"], tokenizer, tmp_path)
    tokens = Corpus.load(tmp_path, tokenizer).tokens
    assert tokens.min() >= 32
    assert tokenizer.decode(tokens.tolist()) == "<|mask|> and <|null|>"


@pytest.mark.parametrize(
    ("more", "message"),
    [("[mix]\nspeed = 1\n", "mix: 'speed' is no setting here"), ("[mix\n", "cannot be read as a recipe")],
)
def test_bad_recipes_say_what_is_wrong(recipe_file: RecipeFile, more: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Plan.read(recipe_file(more))


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"r\.toml cannot be read \(No such file or directory\); give a recipe"):
        Plan.read(tmp_path / "r.toml")


def test_missing_corpus_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('train = ["nothing-*.jsonl"]\nvalid = []\n[recipe]\nsteps = 1\n')
    with pytest.raises(OptionError, match="'train' names no text"):
        Plan.read(tmp_path / "r.toml")


def test_too_little_text_and_too_long_rows_are_refused(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file()
    (tmp_path / "valid.jsonl").write_text('{"text": "short"}\n')
    with pytest.raises(OptionError, match=r"'valid' has \d+ tokens"):
        run(Plan.read(path))
    with pytest.raises(OptionError, match="1024 tokens do not fit into 512"):
        run(Plan.read(recipe_file(folder='"other"'), lengths=(1024,), tokens_per_step=1024))


def test_lines_that_are_no_documents_are_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "good"}\n{"body": 1}\n')
    with pytest.raises(DocumentError, match=r"bad\.jsonl:2 is not a JSON object with a"):
        list(read_texts([path]))


@pytest.mark.parametrize("source", RECIPES, ids=[path.name for path in RECIPES])
def test_the_recipes_can_be_read(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llada_edit.training.plan.find_folder", Path)
    for name in ("corpus/train-00.jsonl.zst", "corpus/valid.jsonl", "corpus/pairs-train.jsonl.zst", "my-texts/a.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / source.name).write_bytes(source.read_bytes())
    plan = Plan.read(tmp_path / source.name)
    assert plan.recipe.rate(plan.recipe.steps // 2) == 1.0
    assert plan.network.width % plan.network.heads == 0
    assert max(plan.recipe.lengths) <= plan.network.max_positions


LLAMA = "[llama]\nvocab_size = 400\nwidth = 32\nlayers = 1\nheads = 2\nfeed_forward = 48\n"


def llama_file(recipe_file: RecipeFile, **lines: str) -> Path:
    """The tiny recipe with the other shape."""
    path = recipe_file(**lines)
    head, _, _ = path.read_text().partition("[encoder]")
    path.write_text(head + LLAMA)
    return path


def test_a_llama_is_trained_stopped_taken_up_and_started_from(recipe_file: RecipeFile, tmp_path: Path) -> None:
    whole = run(Plan.read(llama_file(recipe_file, folder='"whole"'))).folder
    path = llama_file(recipe_file)
    assert run(Plan.read(path, minutes=1e-9)).step == 1
    ended = run(Plan.read(path)).folder
    assert (ended / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    model = Editor.load(ended).model
    assert isinstance(model.denoiser.network, Llama)  # type: ignore[attr-defined]  # all loaders make a NetworkDenoiser
    assert model.card.max_length == 64, "the longest row of the training"
    assert Editor(model).infill("The committee [?] the proposal.").holes[0].text.strip()
    goes_on = Own(Plan.read(recipe_file(start='"whole/model"', folder='"on"')))
    (tmp_path / "on").mkdir()
    assert isinstance(goes_on.network(goes_on.tokenizer(), None), Llama), "the start's shape wins"  # type: ignore[arg-type]  # no corpus needed


def test_a_recipe_has_one_shape(recipe_file: RecipeFile, tmp_path: Path) -> None:
    path = recipe_file()
    path.write_text(path.read_text() + LLAMA)
    with pytest.raises(OptionError, match=r"encoder and llama: there must be one of .* keep \[llama\] to begin"):
        Plan.read(path)
    bare = recipe_file()
    bare.write_text(bare.read_text().partition("[encoder]")[0])
    assert isinstance(Plan.read(bare).network, LlamaConfig), "which begins with nothing"
    assert isinstance(Plan.read(bare, start="bert").network, EncoderConfig)
    with pytest.raises(OptionError, match="width is 32, heads are 3"):
        path.write_text(path.read_text().partition("[encoder]")[0] + LLAMA.replace("heads = 2", "heads = 3"))
        Plan.read(path)


def test_bert_weights_go_into_an_encoder_only(recipe_file: RecipeFile, tmp_path: Path) -> None:
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(OptionError, match=r"bert holds no model of our own; BERT weights go into \[encoder\] only"):
        run(Plan.read(llama_file(recipe_file, start='"bert"')))
