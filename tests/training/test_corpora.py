"""Any folder of texts is read, divided and told of, or refused in one line that says how much was found."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from llada_edit.cli import cli
from llada_edit.errors import OptionError
from llada_edit.training.corpora import corpora, told
from llada_edit.training.corpus import Corpus
from llada_edit.training.own import Own
from llada_edit.training.plan import Plan
from llada_edit.training.texts import read_texts

RecipeFile = Callable[..., Path]
SENTENCE = "The committee accepted the proposal of the young teacher. "


def encoded(plan: Plan) -> tuple[Corpus, Corpus]:
    plan.folder.mkdir()
    return corpora(plan, Own(plan).tokenizer())


@pytest.fixture
def notes(recipe_file: RecipeFile, tmp_path: Path) -> Callable[[dict[str, str]], Plan]:
    """A plan for a folder with these files."""

    def write(files: dict[str, str]) -> Plan:
        for name, text in files.items():
            (tmp_path / "notes" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "notes" / name).write_bytes(text.encode())
        return Plan.read(recipe_file(train='["notes"]', valid="", steps=1))

    return write


@pytest.mark.parametrize(
    "texts",
    [
        [SENTENCE * 30] * 9,
        [SENTENCE * 60] * 5,
        [SENTENCE * 500],
        [SENTENCE * 60, ""] * 6,
        [f"Note {number}. {SENTENCE}" for number in range(60)],
        [SENTENCE * 30] * 9 + ["Short."],
    ],
    ids=["nine", "five", "huge line", "every other empty", "short notes", "a tenth one without text"],
)
def test_few_short_long_and_empty_texts_are_enough(notes, texts: list[str]) -> None:
    plan = notes({f"{number:02}.md": text for number, text in enumerate(texts)})
    train, valid = encoded(plan)
    assert 64 <= len(valid.tokens) <= len(train.tokens) / 3


def test_too_little_text_is_said_with_how_much_and_where(notes, recipe_file: RecipeFile, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"'train' names no text by 'notes' \(only a\.docx\); give JSONL, Markdown"):
        notes({"a.docx": ""})
    plan = notes({f"{number:02}.md": "A short note." for number in range(12)})
    (tmp_path / "empty.md").touch()
    found = (
        r"'train' has \d+ tokens of text in 12 files \(.*notes/00\.md, …\), of which \d+ would be held out; give about"
    )
    with pytest.raises(OptionError, match=found):
        encoded(plan)
    with pytest.raises(OptionError, match="'train' has 0 tokens"):
        encoded(Plan.read(recipe_file(train='["empty.md"]', valid="", folder='"none"')))


def test_the_command_says_what_it_read_and_what_not(notes, tmp_path: Path) -> None:
    others = {"x.markdown": SENTENCE, "photo.png": "", "y.docx": ""}
    plan = notes({f"{number:02}.MD": SENTENCE * 30 for number in range(20)} | others)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "notes/linked").symlink_to(tmp_path / "elsewhere")
    done = CliRunner().invoke(cli, ["train", "--config", str(tmp_path / "tiny.toml")])
    assert done.exit_code == 0, done.output
    lines = done.stderr.splitlines()
    train, valid = corpora(plan, Own(plan).tokenizer())
    assert lines[0] == (
        f"read 21 files ({tmp_path}/notes/00.MD, …): {len(train.tokens):,} tokens in 19 documents to train on, "
        f"{len(valid.tokens):,} tokens in 2 documents held out (long documents count as several)"
    )
    assert lines[1] == "left out 3 that are no text files, or links to folders: linked, photo.png, y.docx"
    assert "warning" not in done.stderr


def test_a_script_that_the_tokenizer_does_not_know_is_warned_of(notes, recipe_file: RecipeFile) -> None:
    plan = notes({"a.md": "\u6625\u7720\u4e0d\u89c9\u6653\uff0c" * 300})
    english = Own(Plan.read(recipe_file(folder='"english"'))).plan
    english.folder.mkdir()
    tokenizer = Own(english).tokenizer()
    plan.folder.mkdir()
    [_, warning] = told(plan, tokenizer, *corpora(plan, tokenizer))
    assert warning.startswith("warning: the tokenizer needs 3.0 tokens for a character of this text")


def test_line_ends_and_marks_are_not_learned(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    line = json.dumps({"text": "\ufefffour\r\nfive"})
    (tmp_path / "b.JSONL").write_bytes(b"\xef\xbb\xbf" + line.encode() + b"\r\n")
    assert list(read_texts([tmp_path / "a.md", tmp_path / "b.JSONL"])) == ["one\ntwo\nthree\n", "four\nfive"]


def test_the_card_of_its_own_model_is_no_text(notes, recipe_file: RecipeFile, tmp_path: Path) -> None:
    plan = notes({"a.md": SENTENCE, "out/model/README.md": "a card"})
    assert [file.name for file in plan.train] == ["a.md", "README.md"]
    plan = Plan.read(recipe_file(train='["notes"]', folder='"notes/out"'))
    assert [file.name for file in plan.train] == ["a.md"]
