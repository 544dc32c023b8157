"""``llada-edit rewrite``."""

import json

import pytest

from llada_edit.formats import registry
from llada_edit.formats.markdown import Markdown

LINE = "In order to utilize it, we don't wait."


@pytest.fixture(autouse=True)
def markdown(monkeypatch):
    """The one format that these tests need, whatever is installed."""
    monkeypatch.setattr(registry, "format_of", lambda path: Markdown() if str(path).endswith(".md") else None)


def test_text(llada_edit):
    outcome = llada_edit("rewrite", LINE, "--op", "formal", "--strength", 1)
    assert outcome.code == 0
    assert outcome.out in (LINE + "\n", LINE.replace("don't", "do not") + "\n")
    assert llada_edit("rewrite", "-", "--op", "formal", "--strength", 1, stdin=LINE.encode()).out == outcome.out


def test_the_bundled_model_rewrites(llada_edit):
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--check", model="bundled")
    assert (outcome.code, outcome.out, outcome.err) == (1, "To use it, we don't wait.\n", "")
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--keep", "utilize", "--diff", model="bundled")
    assert "+To utilize it" in outcome.out
    outcome = llada_edit("rewrite", LINE, "--op", "simplify", "--span", "0-12", "--json", model="bundled")
    found = json.loads(outcome.out)
    assert (found["operation"], found["text"]) == ("simplify", "To utilize it, we don't wait.")


def test_files_and_folders_print_a_diff_and_stay(llada_edit, tmp_path):
    text = f"# Title\r\n\r\n{LINE}\r\n\r\n`utilize`\r\n"
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("a.md", "inner/b.md", "c.unknown", ".git/d.md"):
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    outcome = llada_edit("rewrite", tmp_path, "--op", "simplify", "--check", model="bundled")
    assert outcome.code == 1
    assert outcome.out.count("+To use it, we don't wait.") == 2
    assert outcome.err.count("0 refused by the gate") == 2
    assert (tmp_path / "a.md").read_bytes() == text.encode()
    found = json.loads(llada_edit("rewrite", tmp_path / "a.md", "--op", "simplify", "--json", model="bundled").out)
    assert [edit["text"] for edit in found[0]["edits"]] == ["To", "use"]


def test_in_place(llada_edit, tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(f"\ufeff{LINE}\r\n".encode())
    outcome = llada_edit("rewrite", path, "--op", "simplify", "--in-place", model="bundled")
    assert (outcome.code, outcome.out) == (0, "")
    assert path.read_bytes() == "\ufeffTo use it, we don't wait.\r\n".encode()
    assert llada_edit("rewrite", path, "--op", "simplify", "--check", model="bundled").code == 0


def test_a_file_that_fails_does_not_stop_the_others(llada_edit, tmp_path):
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    (tmp_path / "good.md").write_text("The cat sat.")
    outcome = llada_edit("rewrite", tmp_path, "--op", "simplify")
    assert outcome.code == 3
    assert "bad.md" in outcome.err and "good.md: 0 edits" in outcome.err
    assert "Traceback" not in outcome.err


def test_list_of_operations(llada_edit):
    outcome = llada_edit("rewrite", "--op", "list")
    assert "paraphrase" in outcome.out and "translate" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to rewrite"),
        (["a text", "--op", "shout"], "'shout' is unknown"),
        (["a text", "--strength", "3"], "strength is 3"),
        (["a text", "--keep-pattern", "("], "no regular expression"),
        (["a text", "--keep-pattern", "(?<=a)b"], "syntax of RE2"),
        (["a text", "--span", "x"], "is no range"),
        (["a text", "--span", "0-99"], "ends outside"),
        (["a text", "another text"], "too many"),
        (["a text", "--in-place"], "needs one file"),
        (["a text", "--op", "translate", "--instruction", "German"], "follows instructions"),
        (["no/such/file.md"], "neither a file"),
    ],
)
def test_refused(llada_edit, refuses, arguments, message):
    refuses(llada_edit("rewrite", *arguments), message)
