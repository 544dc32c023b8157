"""Results that cannot be written, and options that a result has no place for."""

import os

import pytest
from scripted import REPORT

from llada_edit.cli.live import AROUND, _excerpt
from llada_edit.document import Document

FULL = "/dev/full"


@pytest.mark.skipif(not os.path.exists(FULL), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "arguments", [["--version"], ["models", "info", "--help"], ["rewrite"]], ids=lambda one: one[0]
)
def test_a_full_disk_behind_stdout_is_one_line(folder, tiny_folder, alone, arguments):
    """--json is written piece by piece: there, the disk is full only when the process ends."""
    if arguments == ["rewrite"]:
        arguments += ["docs", "--json", "--op", "simplify", "--model", str(tiny_folder)]
    with open(FULL, "w") as full:
        done = alone(*arguments, stdout=full)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert (
        last == "error: the result cannot be written (No space left on device); make room, or send it to another place"
    )
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(folder, tiny_folder, alone):
    (folder / "long.md").write_text(f"{REPORT}\n" * 300)  # more than a pipe holds
    ours, theirs = os.pipe()
    os.close(ours)
    done = alone("rewrite", "docs", "--json", "--op", "simplify", "--model", tiny_folder, stdout=theirs)
    os.close(theirs)
    assert not {"Traceback", "error:", "Exception"} & set(done.stderr.split()), done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["docs/a.md", "nochapter.md"], "there is no file or folder 'nochapter.md'; check its name"),
        (["docs/a.md", "dosc"], "there is no file or folder 'dosc'"),
        (["docs/a.md", "-"], "-, standard input, does not go with files"),
        (["docs/a.md", "--span", "1-2"], "--span 1-2 does not go with files"),
        (
            ["docs/a.md", "--op", "fill-holes"],
            "--op fill-holes is for one text; fill the holes of a text file with: llada",
        ),
        (["docs/a.md", "-n", "3"], "-n 3 is for a text; files get the best wording"),
        (["We utilize it.", "-n", "3", "--diff"], "--diff takes the best candidate alone, and -n asks for 3"),
    ],
)
def test_what_does_not_go_together_is_said(folder, llada_edit, refuses, arguments, message):
    refuses(llada_edit("rewrite", *arguments), message)


def test_a_file_that_was_named_and_skipped_counts_as_failed(folder, rewrite):
    (folder / "bin.md").write_bytes(b"a\0b")
    for option in ("--check", "--json"):
        done = rewrite("docs/b.md", "docs/bin.md", option)
        assert done.code == 3 and "1 skipped" in done.err
    for sources in (["docs"], ["docs/b*.md"]):
        done = rewrite(*sources)
        assert done.code == 0 and "1 skipped" in done.err, "nobody asked for this one"


@pytest.mark.parametrize("option", ["--diff", "--in-place"])
def test_one_candidate_where_several_were_asked_for(llada_edit, refuses, tmp_path, option):
    path = tmp_path / "a.md"
    path.write_text("The cat [?] mats.")
    refuses(llada_edit("infill", path, "-n", 3, option), f"{option} takes the best candidate alone, and -n asks for 3")


def test_steps_cut_no_word_in_two():
    words = " ".join(f"word{number}" for number in range(40))
    document = Document.parse(f"{words} [?] {words}")
    shown = _excerpt(document.text.replace("[?]", "░░"), document)
    left, _, right = shown.partition(" ░░ ")
    assert left.startswith("… word") and right.endswith(" …")
    assert words.endswith(left.removeprefix("… ")) and words.startswith(right.removesuffix(" …"))
    assert set(left.split()) - {"…"} <= set(words.split()) and set(right.split()) - {"…"} <= set(words.split())
    assert AROUND - 8 <= len(left) <= AROUND + 2
    short = Document.parse("He ate [?] then.")
    assert _excerpt(short.text, short) == short.text
    long = Document.parse(f"{'x' * 99}[?]{'y' * 99}")
    assert _excerpt(long.text, long) == "… [?] …"
