"""``llada-edit rewrite``."""

import json

import pytest

from llada_edit.rewriting.measured import measured

LINE = "We utilize it, and we don't wait."


def test_text(llada_edit):
    outcome = llada_edit("rewrite", LINE, "--op", "formal", "--strength", 1)
    assert outcome.code == 0
    assert outcome.out in (LINE + "\n", LINE.replace("don't", "do not") + "\n")
    assert llada_edit("rewrite", "-", "--op", "formal", "--strength", 1, stdin=LINE.encode()).out == outcome.out


def test_the_bundled_model_rewrites(llada_edit):
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--check", model="bundled")
    assert (outcome.code, outcome.out, outcome.err) == (1, "We use it, and we don't wait.\n", "")
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--keep", "utilize", "--diff", model="bundled")
    assert outcome.out == ""
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--span", "0-12", "--json", model="bundled")
    found = json.loads(outcome.out)
    assert (found["operation"], found["text"]) == ("simplify", "We use it, and we don't wait.")


def test_files_and_folders_print_a_diff_and_stay(llada_edit, tmp_path):
    text = f"# Title\r\n\r\n{LINE}\r\n\r\n`utilize`\r\n"
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("a.md", "inner/b.md", "c.unknown", ".git/d.md"):
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    outcome = llada_edit("rewrite", tmp_path, "--op", "simplify", "--check", model="bundled")
    assert outcome.code == 1
    assert outcome.out.count("+We use it, and we don't wait.") == 2
    assert (tmp_path / "a.md").read_bytes() == text.encode()
    found = json.loads(llada_edit("rewrite", tmp_path / "a.md", "--op", "simplify", "--json", model="bundled").out)
    assert [edit["new"] for edit in found["documents"][0]["edits"]] == ["use"]


def test_files_are_written(llada_edit, tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(f"\ufeff{LINE}\r\n".encode())
    outcome = llada_edit("rewrite", path, "--op", "simplify", "--write", "--allow-dirty", model="bundled")
    assert (outcome.code, outcome.out) == (0, "")
    assert path.read_bytes() == "\ufeffWe use it, and we don't wait.\r\n".encode()
    assert llada_edit("rewrite", path, "--op", "simplify", "--check", model="bundled").code == 0


def test_a_file_that_is_no_text_does_not_stop_the_others(llada_edit, tmp_path):
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    (tmp_path / "good.md").write_text("The cat sat.")
    outcome = llada_edit("rewrite", tmp_path, "--op", "simplify")
    assert outcome.code == 0
    assert "skipped: bad.md: the file is not UTF-8" in outcome.err
    assert "1 skipped" in outcome.err
    assert "Traceback" not in outcome.err


def test_what_is_known_about_the_model_is_told_once(llada_edit, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.md").write_text("The cat sat on the mat.")
    outcome = llada_edit("rewrite", tmp_path, "--op", "expand", model="bundled")
    assert outcome.err.count("note: the bundled model knows only a few longer wordings") == 1


def test_a_model_that_cannot_is_refused_once(llada_edit, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.md").write_text("The cat sat on the mat.")
    outcome = llada_edit("rewrite", tmp_path, "--op", "translate", "--instruction", "German")
    assert (outcome.code, outcome.err.count("follows instructions")) == (2, 1)


def test_list_of_operations(llada_edit):
    assert "were read" not in llada_edit("rewrite", "--op", "list").out
    outcome = llada_edit("rewrite", "--op", "list", model="bundled")
    assert "paraphrase" in outcome.out and "translate" in outcome.out
    for one in measured("bundled").values():
        assert f"            {one.sentence}" in outcome.out.splitlines()
    listed = json.loads(llada_edit("rewrite", "--op", "list", "--json", model="bundled").out)
    assert {one["name"]: one["measured"] for one in listed if one["measured"]} == {
        name: one.sentence for name, one in measured("bundled").items()
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to rewrite"),
        (["a text", "--op", "shout"], "'shout' is unknown"),
        (["a text", "--strength", "3"], "strength is 3"),
        (["a text", "--keep-pattern", "("], "no regular expression"),
        (["a text", "--keep-pattern", "(?<=a)b"], "syntax of RE2"),
        (["a text", "--span", "x"], "is no range"),
        (["a text", "--workers", "2"], "--workers is for files and folders"),
        (["a text", "--span", "0-99"], "ends outside"),
        (["a text", "another text"], "too many"),
        (["a text", "--op", "translate", "--instruction", "German"], "follows instructions"),
        (["no/such/file.md"], "no file"),
        (["dosc", "--check"], "no file or folder 'dosc'"),
        (["dosc/"], "no file or folder 'dosc/'"),
        (["dosc/**/*.md"], "no file or folder 'dosc/**/*.md'"),
    ],
)
def test_refused(llada_edit, refuses, arguments, message):
    refuses(llada_edit("rewrite", *arguments), message)
