"""What all commands share: the rule for what is a file and what is a text, missing extras, number formats."""

import subprocess
import sys

import pytest

TEXTS = ["and/or", "word", "1/2", "3.5", "...", "a. b", "either/or.", "note.md [?]", "see/[MASK].md", "~"]
FILES = ["missing/file.md", "data.jsonl", "./notes", "../x", "/nowhere/at-all", "~/notes", "paper.markdown", "C.R"]


def words(outcome):
    """What was scored, a line for each word, as a text again."""
    assert outcome.code == 0, outcome.err
    return " ".join(line.split("\t")[1] for line in outcome.out.splitlines())


@pytest.mark.parametrize("source", TEXTS)
def test_a_text_is_a_text_for_every_command(llada_edit, source):
    assert words(llada_edit("score", source)) == source
    filled = llada_edit("infill", source)
    assert "file" not in filled.err
    assert filled.code == (0 if "[" in source else 2)
    assert "file" not in llada_edit("alternatives", source, "--at", 0).err


@pytest.mark.parametrize("source", FILES)
def test_what_looks_like_a_file_and_is_none_is_refused_by_every_command(llada_edit, refuses, source):
    for command in (["score"], ["infill"], ["alternatives"], ["alternatives", "--at", "0"]):
        refuses(llada_edit(*command, source), f"there is no file {source!r}")
    assert words(llada_edit("score", "-", stdin=source.encode())) == source, "the way out that the message names"


def test_a_file_is_read_whatever_its_name(llada_edit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("and", "or", "data.jsonl"):
        (tmp_path / name).write_text("The cat sat.")
        assert words(llada_edit("score", name)) == "The cat sat."
    (tmp_path / "folder").mkdir()
    assert "directory" in llada_edit("score", "folder").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["infill", "no hole here"], '"[?]" or "[MASK]"'),
        (["infill", "no hole here", "--marker", "{{"], '"{{}}" or "[MASK]"'),
        (["alternatives", "no hole here"], '"[?]" or "[MASK]"'),
        (["infill", "a [?]", "--json", "--diff"], "--json and --diff contradict"),
        (["infill", "a [?]", "--dtype", "float16"], "drop dtype='float16'"),
        (["infill", "a [?]", "--quantize", "int8"], "drop quantize='int8'"),
        (["score", "a", "--quantize", "int8"], "drop quantize='int8'"),
        (["alternatives", "a", "--at", "0", "--dtype", "fp16"], "drop dtype='fp16'"),
    ],
)
def test_one_line_and_exit_code_2(llada_edit, refuses, arguments, message):
    refuses(llada_edit(*arguments), message)


def test_the_format_that_the_model_has_may_be_named(llada_edit):
    assert llada_edit("score", "a", "--dtype", "float32").code == 0


@pytest.mark.parametrize("command", [["eval", "texts.jsonl"], ["train", "--config", "recipe.toml"]])
def test_a_missing_extra_is_one_line(command, tmp_path):
    (tmp_path / "texts.jsonl").write_text('{"text": "a"}\n')
    code = f"""
import sys
sys.modules["zstandard"] = None  # as if it were not installed
from llada_edit.cli import main
sys.argv = ["llada-edit", *{command!r}]
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == 'error: this command needs zstandard; install it with: pip install "llada-edit[train]"\n'
