"""What may be set, where, who wins, what is said about the rest, and what is made of it for others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.settings import Settings, generate, read_settings
from llada_lsp.settings.schema import options, problem
from llada_lsp.settings.session import SessionSettings

DOCS = Path(__file__).parents[2] / "docs" / "language-server.md"


def test_nothing_set() -> None:
    assert read_settings(None) == (Settings(), ())
    assert read_settings({}) == (Settings(), ())
    assert read_settings({"n": None}) == (Settings(), ())


def test_everything_set() -> None:
    good: dict[str, Any] = {"model": "GSAI-ML/LLaDA-8B-Base", "device": "cuda:1", "marker": "{{", "n": 8}
    assert read_settings(good) == (Settings(**good), ())
    assert read_settings({"lladaEdit": good, "other": {"n": 99}}) == (Settings(**good), ())
    assert read_settings({"keep": ["Acme", "x"]})[0].keep == ("Acme", "x")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n", 0, "give 1 to 8 (using 3)"),
        ("n", 9, "give 1 to 8 (using 3)"),
        ("n", "3", "give 1 to 8 (using 3)"),
        ("n", True, "give 1 to 8 (using 3)"),
        ("n", 2.0, "give 1 to 8 (using 3)"),
        ("model", "", "give a text (using 'bundled')"),
        ("model", 3, "give a text (using 'bundled')"),
        ("device", "gpu", "give auto, cpu, mps, cuda or cuda:0 (using 'auto')"),
        ("marker", "hole", "use punctuation with an opening bracket"),
        ("keep", "Acme", "give a list of texts (using [])"),
        ("keep", ["a", ""], "give a list of texts"),
        ("hover", 1, "give true or false (using True)"),
        ("unlikely", float("nan"), "give 0.0 to 1.0"),
        ("strength", "much", "give one of touch-up, rephrase, rewrite"),
        ("modle", "x", "there are model, device, "),
    ],
)
def test_a_wrong_value_is_named_and_its_default_used(name: str, value: Any, words: str) -> None:
    settings, wrong = read_settings({name: value, "seed": 7})
    assert len(wrong) == 1 and words in wrong[0]
    assert settings == Settings(seed=7)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
names = st.sampled_from([option.name for option in options()]) | st.text(max_size=5)


@given(values | st.dictionaries(names, values))
def test_whatever_is_sent_gives_settings_that_are_good(raw: Any) -> None:
    settings, wrong = read_settings(raw)
    assert all(problem(option, getattr(settings, option.name)) == "" for option in options())
    json.dumps(wrong)
    assert all(len(text) < 700 and "\n" not in text for text in wrong)


def test_no_object() -> None:
    settings, wrong = read_settings(["bundled"])
    assert settings == Settings() and "give an object" in wrong[0]


def session(root: Path | None = None, given: Any = None) -> SessionSettings:
    made = SessionSettings()
    made.begin(given, root)
    return made


def test_who_wins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.llada-edit]\nn = 1\nseed = 1\nmarker = "{{"\nmodel = "a"\n')
    inner = tmp_path / "in ner"
    inner.mkdir()
    choices = session(tmp_path, {"n": 2, "seed": 2})
    uri = (inner / "letter.md").as_uri()
    assert choices.session == Settings(n=2, seed=2, marker="{{", model="a")
    choices.answer({"n": 4})
    assert choices.of(uri) == Settings(n=4, seed=2, marker="{{", model="a")
    (inner / "llada-edit.toml").write_text("context = 64\nn = 8\n")
    assert choices.of(uri).context == 0  # not read again before somebody says so
    choices.forget_files()
    # The nearest file holds alone.
    assert choices.of(uri) == Settings(n=4, seed=2, context=64)
    assert choices.session.marker == "{{" and choices.of("untitled:new").marker == "{{"
    assert not choices.complaints


def test_the_user_comes_after_the_project(settings_folder: Path, tmp_path: Path) -> None:
    own = settings_folder / "llada-edit"
    own.mkdir(parents=True)
    (own / "config.toml").write_text("n = 5\nseed = 5\nmodel = 'mine'\nkeep = ['Acme']\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "llada-edit.toml").write_text("n = 6\n")
    choices = session(project, {"seed": 7})
    assert choices.session == Settings(n=6, seed=7, model="mine", keep=("Acme",))
    assert choices.of("untitled:new") == choices.session and choices.of((tmp_path / "a.md").as_uri()).n == 5
    assert session().session == Settings(n=5, seed=5, model="mine", keep=("Acme",))
    (own / "config.toml").write_text("n = 0\n")
    choices.answer(None)  # new settings in the editor: a moment to read the file again
    assert choices.of("untitled:new").n == 6
    assert choices.complaints == [f"{own / 'config.toml'}: n is 0; give 1 to 8 (using 3)"]


def test_a_relative_folder_of_settings_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("APPDATA", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "relative" / "llada-edit").mkdir(parents=True)
    (tmp_path / "relative" / "llada-edit" / "config.toml").write_text("n = 5\n")
    monkeypatch.chdir(tmp_path)
    assert session().session == Settings()


def test_a_wrong_file_is_one_complaint(tmp_path: Path) -> None:
    file = tmp_path / "llada-edit.toml"
    uri = (tmp_path / "a.md").as_uri()
    for text, words in (("n = ", "cannot be read"), ("n = 0", "give 1 to 8"), ("x" * (2 << 20), "longer than")):
        file.write_text(text)
        choices = session()
        assert choices.of(uri) == choices.of(uri) == Settings()
        assert len(choices.complaints) == 1 and words in choices.complaints[0] and str(file) in choices.complaints[0]
    file.unlink()
    (tmp_path / "pyproject.toml").write_text("[tool")  # the business of others
    choices = session()
    assert choices.of(uri) == Settings() and not choices.complaints


@pytest.mark.parametrize(
    "uri", ["", "a", "file:", "file:///", "file:///%00", "http://x/a", "file://host/a", "file:///%zz"]
)
def test_documents_that_are_no_files(uri: str) -> None:
    assert session(None, {"n": 5}).of(uri) == Settings(n=5)


def test_the_table_in_the_documentation_is_the_generated_one() -> None:
    assert generate.table() in DOCS.read_text("utf-8")


def test_the_contribution_for_vs_code() -> None:
    properties = generate.vscode()["properties"]
    assert set(properties) == {f"lladaEdit.{option.name}" for option in options()}
    assert properties["lladaEdit.n"] == {
        "type": "integer",
        "default": 3,
        "markdownDescription": "Proposals to choose from.",
        "scope": "resource",
        "minimum": 1,
        "maximum": 8,
    }
    # The defaults are settings themselves.
    assert read_settings({name.removeprefix("lladaEdit."): made["default"] for name, made in properties.items()}) == (
        Settings(),
        (),
    )


def test_the_generator_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["vscode"]) == 0
    assert json.loads(capsys.readouterr().out) == generate.vscode()
    assert generate.main(["table"]) == 0 and capsys.readouterr().out == generate.table()
    assert generate.main([]) == 2
