"""``llada-edit infill``."""

import json
import subprocess
import sys
import zipfile

import pytest

from llada_edit.cli import infill
from llada_edit.edits import Edit
from llada_edit.holes import Span
from llada_edit.testing import assert_untouched

TEXT = "The cat [?] on the [?where: 2 words]."


def check(text, source="The cat [?] on the [?where: 2 words]."):
    """The text is the source with something in its holes."""
    left, middle, right = source.replace("[?where: 2 words]", "[?]").split("[?]")
    assert text.startswith(left)
    assert text.endswith(right)
    assert middle in text
    assert "[?" not in text


def test_text_argument(llada_edit):
    outcome = llada_edit("infill", TEXT)
    assert (outcome.code, outcome.err) == (0, "")
    check(outcome.out.removesuffix("\n"))
    assert outcome.out.count("\n") == 1
    assert llada_edit("infill", TEXT, "--seed", 0).out == outcome.out


def test_standard_input_and_file(llada_edit, tmp_path):
    path = tmp_path / "note.md"
    path.write_bytes(TEXT.encode() + b"\n")
    from_file = llada_edit("infill", path)
    assert from_file.code == 0
    assert from_file == llada_edit("infill", "-", stdin=path.read_bytes())
    check(from_file.out.removesuffix("\n"))
    assert path.read_bytes() == TEXT.encode() + b"\n", "only --in-place writes"


def test_left_and_right(llada_edit):
    outcome = llada_edit("infill", "--left", "The cat ", "--right", " on [?] mats.")
    assert outcome.code == 0
    assert outcome.out.startswith("The cat ")
    assert outcome.out.endswith(" on [?] mats.\n")


def test_several_candidates(llada_edit):
    outcome = llada_edit("infill", "The cat [?] mats.", "-n", 3)
    assert outcome.code == 0
    headers = [line for line in outcome.out.splitlines() if line.startswith("---")]
    assert [header.split(",")[0] for header in headers] == ["--- 1 of 3", "--- 2 of 3", "--- 3 of 3"]
    assert "\x1b" not in outcome.out, "no colours into a pipe"


def test_json(llada_edit):
    outcome = llada_edit("infill", TEXT, "-n", 2, "--json")
    data = json.loads(outcome.out)
    assert len(data["candidates"]) == 2
    for candidate in data["candidates"]:
        edits = [Edit(Span(hole["start"], hole["end"]), hole["text"]) for hole in candidate["holes"]]
        assert_untouched(TEXT, candidate["text"], edits)
        assert [hole["name"] for hole in candidate["holes"]] == ["", "where"]
    assert data["text"] == data["candidates"][0]["text"]


def test_diff(llada_edit, tmp_path):
    path = tmp_path / "note.md"
    path.write_text(f"First line.\n{TEXT}\nLast line.\n")
    outcome = llada_edit("infill", path, "--diff")
    lines = outcome.out.splitlines()
    assert lines[0].startswith("--- ")
    assert f"-{TEXT}" in lines
    assert " First line." in lines
    assert sum(line.startswith("+") for line in lines) == 2


def test_in_place_keeps_every_other_byte(llada_edit, tmp_path):
    path = tmp_path / "note.md"
    left, right = b"\xef\xbb\xbfFirst\r\nThe cat ", " on the mat\u2028 \U0001f600\r\nlast\t\r\n\r\n".encode()
    path.write_bytes(left + b"[?]" + right)
    path.chmod(0o640)
    outcome = llada_edit("infill", path, "--in-place")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"filled 1 of 1 holes in {path}\n"
    written = path.read_bytes()
    assert written.startswith(left)
    assert written.endswith(right)
    assert len(written) > len(left + right)
    assert b"[?]" not in written
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_show_steps_without_a_terminal(llada_edit):
    plain = llada_edit("infill", TEXT)
    outcome = llada_edit("infill", TEXT, "--show-steps")
    assert outcome.out == plain.out
    lines = outcome.err.splitlines()
    assert lines
    assert all(line.startswith("step ") for line in lines)
    assert "\u2591" in lines[0]
    assert "\x1b" not in outcome.err


def test_options_reach_the_engine(llada_edit):
    every = "--steps 4 --policy margin --temperature 1.5 --top-k 5 --top-p 0.5 --polish 1 --guidance 1"
    every += " --avoid dogs --context 32"
    assert llada_edit("infill", TEXT, *every.split(), "-n", 2).code == 0
    assert llada_edit("infill", TEXT, "--exact").code == 0
    assert llada_edit("infill", "a {{}} b", "--marker", "{{").out.startswith("a ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["The cat sat."], "has no hole"),
        (["The cat [? sat."], "is not closed"),
        (["a [?: two words]"], "is no constraint"),
        (["a [?x] [?x]"], "taken"),
        ([""], "empty"),
        (["  "], "empty"),
        ([], "nothing to fill"),
        (["missing/file.md"], "there is no file"),
        (["a [?]", "--left", "b"], "SOURCE excludes"),
        (["a [?]", "--in-place"], "--in-place needs a file"),
        (["a [?]", "-n", "0"], "n is 0"),
        (["a [?]", "-n", "x"], "'x' is not a valid integer"),
        (["a [?]", "--temperature", "nan"], "temperature is nan"),
        (["a [?]", "--policy", "best"], "'best' is not one of"),
        (["a [?]", "--stepz", "3"], "No such option"),
        (["a [?]", "b"], "unexpected extra argument"),
        (["a [?]", "--marker", "x"], "cannot open a hole"),
        (["a [?]", "--device", "abacus"], "abacus"),
        (
            ["a [?: exactly 2000 tokens]"],
            "text between them, need 2000 tokens, and this model takes 256 with the text around them; fill fewer",
        ),
    ],
)
def test_one_line_and_exit_code_2(llada_edit, refuses, arguments, message):
    refuses(llada_edit("infill", *arguments), message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"a\x00b [?]", "looks binary"),
        (b"caf\xe9 [?]", "is not UTF-8"),
        (b"no hole", "no hole"),
        (b"a [?", "not closed"),
    ],
)
def test_bad_input_in_a_file_or_on_stdin(llada_edit, refuses, tmp_path, data, message):
    path = tmp_path / "note.md"
    path.write_bytes(data)
    refuses(llada_edit("infill", path, "--in-place"), message)
    assert path.read_bytes() == data
    refuses(llada_edit("infill", "-", stdin=data), message)


@pytest.mark.parametrize("command", ["infill", "score", "alternatives"])
def test_a_word_file_is_refused_with_a_way_out(llada_edit, refuses, tmp_path, command):
    """And not with "binary, convert it to UTF-8", which sends people in a circle."""
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a>[?]</a>")
    outcome = llada_edit(command, path)
    refuses(outcome, f"{path} is a file of the kind docx, and this command takes text files alone; copy the paragraph")
    path.rename(tmp_path / "a.zip")
    refuses(llada_edit(command, tmp_path / "a.zip"), "is a packed file, and this command takes text files alone; copy")


@pytest.mark.parametrize("name", ["a.tex", "a.html", "a.txt", "a"])
def test_text_files_of_any_kind_are_filled(llada_edit, tmp_path, name):
    path = tmp_path / name
    path.write_text("The cat [?] mats.\n")
    assert llada_edit("infill", path, "--in-place").code == 0
    assert "[?" not in path.read_text()


def test_a_folder_is_no_text(llada_edit, refuses, tmp_path):
    refuses(llada_edit("infill", tmp_path), str(tmp_path))


def test_unknown_and_broken_models(llada_edit, refuses, tmp_path):
    refuses(llada_edit("infill", "a [?]", model="no-such-model"), "no model 'no-such-model'")
    refuses(llada_edit("infill", "a [?]", model=tmp_path), "no config.json")


def test_as_a_process(tiny_folder):
    """What only a real process shows: its exit codes, and bytes on the command line that are no text."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "llada_edit", "infill", *arguments, "--model", tiny_folder], capture_output=True
        )

    good = run("The cat [?] mats.")
    assert (good.returncode, good.stderr) == (0, b"")
    assert good.stdout.startswith(b"The cat ")
    for argument in ("no hole", b"caf\xe9 [?]", "a [?"):
        bad = run(argument)
        assert (bad.returncode, bad.stdout) == (2, b"")
        assert bad.stderr.count(b"\n") == 1
        assert bad.stderr.startswith(b"error: ")


def test_a_file_that_changes_meanwhile_is_left_alone(llada_edit, refuses, tmp_path, monkeypatch):
    """A fill takes seconds, in which somebody may save the file in an editor."""
    path = tmp_path / "note.md"
    path.write_text(TEXT, encoding="utf-8")
    load = infill.load_editor

    def slowly(*arguments):
        path.write_text(f"{TEXT} And more.", encoding="utf-8")
        return load(*arguments)

    monkeypatch.setattr(infill, "load_editor", slowly)
    refuses(llada_edit("infill", path, "--in-place"), "was changed while it was being filled")
    assert path.read_text(encoding="utf-8") == f"{TEXT} And more."
