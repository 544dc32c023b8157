"""Hole markup: what is read, and what is refused with which advice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llada_edit.document import Document
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError, OptionError
from llada_edit.holes import Hole, LengthHint, Span


@pytest.mark.parametrize(
    ("markup", "name", "length"),
    [
        ("[?]", "", None),
        ("[MASK]", "", None),
        ("[?name]", "name", None),
        ("[? name ]", "name", None),
        ("[?a-b_3]", "a-b_3", None),
        ("[?größe]", "größe", None),
        ("[?\u0928\u093e\u092e]", "\u0928\u093e\u092e", None),
        ("[?名前]", "名前", None),
        ("[?name: 3-8 words]", "name", LengthHint("words", 3, 8)),
        ("[?name:3\u20138 words]", "name", LengthHint("words", 3, 8)),
        ("[?: exactly 4 tokens]", "", LengthHint("tokens", 4, 4)),
        ("[?: at most 40 characters]", "", LengthHint("chars", 0, 40)),
    ],
)
@pytest.mark.parametrize(("left", "right"), [("", ""), ("a ", " b"), ("\ufeff", "\r\n"), ("]", "]"), ("[", "]")])
def test_markup(left: str, right: str, markup: str, name: str, length: LengthHint | None) -> None:
    document = Document.parse(left + markup + right)
    assert document.holes == (Hole(Span(len(left), len(left + markup)), name, length),)
    assert document.segments == (left, right)


@pytest.mark.parametrize(
    ("markup", "note"),
    [
        ("[?n: warmly]", "warmly"),
        ("[?n: 3 apples ]", "3 apples"),
        ("[?n: 5-9 words, forbid very]", "5-9 words, forbid very"),
        (r"[?n: regex \d+\.\d\d]", r"regex \d+\.\d\d"),
        (r"[?n: regex [a-z]{3}[^\]]:]", r"regex [a-z]{3}[^\]]:"),
        (r"[?n: regex \[x\]]", r"regex \[x\]"),
        (r"[?n: regex \\[x]]", r"regex \\[x]"),
        ("[?n: choice [MASK]|x]", "choice [MASK]|x"),
        (r"[?n: include \[?]", r"include \[?"),
    ],
)
def test_notes_are_kept(markup: str, note: str) -> None:
    document = Document.parse(f"a ] {markup} b]")
    assert document.holes == (Hole(Span(4, 4 + len(markup)), "n", note=note),)
    assert document.segments == ("a ] ", " b]")


def test_notes_in_other_markers() -> None:
    assert Document.parse("{{n: regex a{2}}}", "{{").holes[0].note == "regex a{2}"
    assert Document.parse("<<n: regex (?<a>x)>>", "<<").holes[0].note == "regex (?<a>x)"


def test_no_holes() -> None:
    assert Document.parse("").segments == ("",)
    assert Document.parse("no [holes] here?").holes == ()
    assert Document.parse("[mask] [MASKS] [MASK ]").holes == ()


def test_adjacent_holes() -> None:
    document = Document.parse("[?a][?][MASK][?b]")
    assert [hole.name for hole in document.holes] == ["a", "", "", "b"]
    assert document.segments == ("",) * 5
    assert document.apply(Edit(hole.span, str(i)) for i, hole in enumerate(document.holes)) == "0123"


@pytest.mark.parametrize("text", [r"\[?]", r"\[?name", r"\[MASK]", r"a\\\[?b", r"\[?\[?", r"\[?x\[MASK]"])
def test_a_backslash_makes_it_text_and_stays(text: str) -> None:
    document = Document.parse(text)
    assert (document.holes, document.text) == ((), text)


def test_an_even_run_of_backslashes_is_no_escape() -> None:
    assert Document.parse(r"x \\[?] y").segments == (r"x \\", " y")


@pytest.mark.parametrize(
    ("marker", "markup", "text"),
    [
        ("{{", "{{who: 2 words}}", "[?] {a}"),
        ("<<", "<<who>>", "<b> [?]"),
        ("${", "${who}", "{x} $3"),
        ("[[?", "[[?who]]", "[?]"),
    ],
)
def test_configured_marker(marker: str, markup: str, text: str) -> None:
    document = Document.parse(f"{text} {markup} {text} \\{markup}", marker)
    assert [hole.name for hole in document.holes] == ["who"]
    assert document.segments == (f"{text} ", f" {text} \\{markup}")
    assert len(Document.parse("[MASK]", marker).holes) == 1


@pytest.mark.parametrize("marker", ["", "?", "ab[", "[ ", "[]", "]", "\\[", "[\n", "[\x1b"])
def test_marker_that_cannot_open_a_hole(marker: str) -> None:
    with pytest.raises(OptionError, match="cannot open a hole"):
        Document.parse("text", marker)


@pytest.mark.parametrize(
    ("text", "place", "offending", "advice"),
    [
        ("ab [?name", "1:4", "'[?name'", 'write "[?name]"'),
        ("[?name\n]", "1:1", "'[?name'", "not closed"),
        ("[?name\r]", "1:1", "'[?name'", "not closed"),
        ("[?a [?b]", "1:1", "'[?a '", "not closed"),
        ("a\r\nb\rc\nd [?", "4:3", "'[?'", "not closed"),
        ("\ufeff[?", "1:1", "'[?'", "not closed"),
        ("\u2028x [?", "1:4", "'[?'", "not closed"),
        ("[?two words]", "1:1", "'two words'", r"\[?"),
        ("[?!]", "1:1", "'!'", "letters, digits"),
        ("x\n [?n: regex [a]", "2:2", "'[?n: regex [a]'", "in pairs or after a backslash"),
        ("[?n: a [?b]]", "1:1", "'[?n: a '", "not closed"),
        ("[?n:]", "1:1", "nothing follows", "3-8 words"),
        ("[?n: 8-3 words]", "1:1", "8-3 words", "3-8 words"),
        ("[?n: 0 words]", "1:1", "0 words", "1 or more"),
        ("[?n] and\n[?n]", "2:1", "'[?n]'", "taken at 1:1"),
        ("[?" + "x y" * 99 + "]", "1:1", "\u2026", "letters"),
    ],
)
def test_malformed_markup(text: str, place: str, offending: str, advice: str) -> None:
    with pytest.raises(DocumentError) as error:
        Document.parse(text)
    message = str(error.value)
    assert message.startswith(f"{place}: ")
    assert offending in message
    assert advice in message
    assert len(message) < 250


def test_malformed_markup_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x\r\n[?")
    with pytest.raises(DocumentError, match=re.escape(f"{path}:2:1: ")):
        Document.read(path)
