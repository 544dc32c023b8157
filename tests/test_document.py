"""Documents: hole markup, what it refuses, and that nothing outside the holes changes."""

from __future__ import annotations

import copy
import os
import pickle
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import (
    Document,
    Hole,
    LengthHint,
    MarkupError,
    Span,
    find_holes,
    splice,
    write_atomically,
)
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError, OptionError

timeless = settings(deadline=None)
NASTY = [
    *("\r\n", "\r", "\n", "\u2028", "\x85", "\x0b", "\x00", "\ufeff", "\t", " "),
    *("\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea", "e\u0301", "\u0928\u093e\u092e", "\ud83d", "\ude00"),
    *("\\", "[", "?", "]", ":", "{{", "}}", "[MASK]", "[?", "<|mdm_mask|>", "word", "3"),
]
texts = st.lists(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=())), max_size=12).map("".join)
markups = st.sampled_from(["[?]", "[MASK]", "[?: 3 words]", "[?: at most 9 chars]", "[? : 1-2 tokens ]"])


def escaped(text: str, marker: str) -> str:
    """The text with every marker made literal, as a writer would do it."""
    return re.sub(
        rf"(?<!\\)\\*(?=\[MASK\]|{re.escape(marker)})", lambda found: found[0] + "\\" * (1 - len(found[0]) % 2), text
    )


def literal(text: str) -> str:
    """A literal stretch that may stand before markup: no backslash at its end, no half of a marker."""
    return escaped(text, "[?") + "|"


# -- P1 ------------------------------------------------------------------------------------------------------------


@timeless
@given(st.lists(st.tuples(texts, markups, texts), max_size=4), texts)
def test_text_outside_the_holes_is_identical(parts: list[tuple[str, str, str]], last: str) -> None:
    source = "".join(literal(text) + markup for text, markup, _ in parts) + literal(last)
    document = Document.parse(source)
    assert document.text == source
    assert [hole.span.of(source) for hole in document.holes] == [markup for _, markup, _ in parts]
    assert document.segments == tuple(literal(text) for text in [*(text for text, _, _ in parts), last])
    edits = [Edit(hole.span, new) for hole, (_, _, new) in zip(document.holes, parts, strict=True)]
    assert document.apply(reversed(edits)) == "".join(literal(text) + new for text, _, new in parts) + literal(last)


@timeless
@given(texts, st.sampled_from(["[?", "{{", "<<"]))
def test_escaped_text_has_no_holes_and_is_not_changed(text: str, marker: str) -> None:
    document = Document.parse(escaped(text, marker), marker)
    assert document.holes == ()
    assert document.apply([]) == document.text == escaped(text, marker)


@timeless
@given(texts)
def test_any_text_is_a_document_or_a_document_error(text: str) -> None:
    try:
        document = Document.parse(text)
    except DocumentError:
        return
    assert document.text == text
    marked = [hole.span.of(text) for hole in document.holes]
    assert all(markup == "[MASK]" or (markup.startswith("[?") and markup.endswith("]")) for markup in marked)
    assert "".join(a + b for a, b in zip(document.segments, [*marked, ""], strict=True)) == text


@timeless
@given(texts, texts)
def test_between_reads_no_markup(left: str, right: str) -> None:
    document = Document.between(left, right)
    assert document.segments == (left, right)
    assert document.holes == (Hole(Span(len(left), len(left))),)
    assert document.apply([Edit(document.holes[0].span, "new")]) == left + "new" + right


@timeless
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_file_round_trip(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("round") / "a.md"
    path.write_bytes(text.encode())
    document = Document.read(path, marker=None)
    assert document.text == text
    assert document.encode(document.apply([])) == path.read_bytes()


# -- markup ----------------------------------------------------------------------------------------------------------


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


BAD = ("[?a b]", "[?n: 8-3 words]", "[?n:]", "[?n: regex [a\n", "[?!]", "[?\n")


@given(
    st.lists(st.tuples(st.sampled_from([*NASTY[:16], "word"]).map(literal), markups | st.sampled_from(BAD)), max_size=6)
)
def test_markup_that_is_wrong_spoils_no_other(parts: list[tuple[str, str]]) -> None:
    text = "".join(left + markup for left, markup in parts)
    holes, problems = find_holes(text)
    wrong = [markup for _, markup in parts if markup in BAD]
    assert [hole.span.of(text) for hole in holes] == [markup for _, markup in parts if markup not in BAD]
    assert len(problems) == len(wrong)
    assert all(problem.hole is None and text.startswith("[?", problem.span.start) for problem in problems)


def test_a_name_that_is_taken_leaves_a_hole_without_one() -> None:
    text = "[?n: 2 words] [?n: 3 words] [?m] [?n]"
    holes, problems = find_holes(text)
    assert [hole.name for hole in holes] == ["n", "m"]
    rest = [problem.hole for problem in problems]
    assert rest == [Hole(Span(14, 27), length=LengthHint("words", 3, 3)), Hole(Span(33, 37))]
    with pytest.raises(MarkupError, match="1:15"):
        Document.parse(text)


def test_malformed_markup_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"x\r\n[?")
    with pytest.raises(DocumentError, match=re.escape(f"{path}:2:1: ")):
        Document.read(path)


# -- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "low", "high", "canonical"),
    [
        ("3-8 words", "words", 3, 8, "3-8 words"),
        ("3 to 8 words", "words", 3, 8, "3-8 words"),
        (" 3 \u2013 8  Words ", "words", 3, 8, "3-8 words"),
        ("1-1 words", "words", 1, 1, "exactly 1 word"),
        ("0-5 words", "words", 0, 5, "at most 5 words"),
        ("5 words", "words", 5, 5, "exactly 5 words"),
        ("1 word", "words", 1, 1, "exactly 1 word"),
        ("4 tokens", "tokens", 4, 4, "exactly 4 tokens"),
        ("exactly 4 tokens", "tokens", 4, 4, "exactly 4 tokens"),
        ("at most 40 chars", "chars", 0, 40, "at most 40 chars"),
        ("AT  MOST 1 character", "chars", 0, 1, "at most 1 char"),
        ("at least 3 words", "words", 3, None, "at least 3 words"),
        ("at least 1 token", "tokens", 1, None, "at least 1 token"),
    ],
)
def test_length(text: str, unit: str, low: int, high: int | None, canonical: str) -> None:
    hint = LengthHint.parse(text)
    assert (hint.unit, hint.minimum, hint.maximum, str(hint)) == (unit, low, high, canonical)


@timeless
@given(st.sampled_from(["tokens", "words", "chars"]), st.integers(0, 99), st.none() | st.integers(1, 99))
def test_length_round_trip(unit: str, low: int, high: int | None) -> None:
    hint = LengthHint(unit, min(low, high or low), high)  # type: ignore[arg-type]
    assert LengthHint.parse(str(hint)) == hint


@pytest.mark.parametrize(
    "text",
    [
        *("", "words", "3", "3words", "-3 words", "3- words", "3-8-9 words", "at 3 words", "exactly 3-8 words"),
        *("3 wordss", "0 chars", "0-0 words", "at most 0 words", "8-3 words", "9" * 5000 + " words", "a few words"),
        "3 words please",
    ],
)
def test_what_is_not_a_length(text: str) -> None:
    with pytest.raises(DocumentError):
        LengthHint.parse(text)


def test_length_accepts() -> None:
    words = LengthHint.parse("2-3 words")
    assert [words.accepts(text, tokens=9) for text in ("", "a", "a b", "a\u2028b\r\nc", "a b c d")] == [
        *(False, False, True, True, False)
    ]
    assert LengthHint.parse("at most 2 chars").accepts("e\u0301", tokens=9)
    assert not LengthHint.parse("at most 1 char").accepts("e\u0301", tokens=1)
    assert LengthHint.parse("4 tokens").accepts("anything", tokens=4)
    assert not LengthHint.parse("4 tokens").accepts("a b c d", tokens=5)
    assert LengthHint.parse("at least 1 word").accepts("w " * 1000, tokens=1)


@pytest.mark.parametrize("values", [("lines", 1, 2), ("words", -1, 2), ("words", 0, 0), ("words", 3, 2)])
def test_length_out_of_range(values: tuple[str, int, int]) -> None:
    with pytest.raises(DocumentError):
        LengthHint(*values)  # type: ignore[arg-type]


def test_span() -> None:
    assert len(Span(2, 5)) == 3
    assert Span(2, 5).of("abcdef") == "cde"
    assert Span(1, 9) < Span(2, 3) < Span(2, 4)
    assert bool(Span(3, 3))
    for start, end in [(-1, 2), (3, 2), (-2, -1)]:
        with pytest.raises(DocumentError, match=f"{start}-{end}"):
            Span(start, end)


@pytest.mark.parametrize(
    ("left", "right", "overlap"),
    [
        ((0, 3), (3, 5), False),
        ((0, 3), (2, 5), True),
        ((0, 9), (2, 5), True),
        ((3, 3), (3, 5), False),
        ((3, 5), (5, 5), False),
        ((3, 5), (4, 4), True),
        ((3, 3), (3, 3), True),
        ((3, 3), (4, 4), False),
    ],
)
def test_overlap(left: tuple[int, int], right: tuple[int, int], overlap: bool) -> None:
    assert Span(*left).overlaps(Span(*right)) is overlap
    assert Span(*right).overlaps(Span(*left)) is overlap


@pytest.mark.parametrize("name", ["a b", "a:b", "a]", "a\n", "!", "\ud800"])
def test_hole_names(name: str) -> None:
    with pytest.raises(DocumentError, match="not a hole name"):
        Hole(Span(0, 0), name)


@pytest.mark.parametrize(
    ("holes", "message"),
    [
        ([Hole(Span(0, 3)), Hole(Span(2, 4))], "0-3 and 2-4 overlap"),
        ([Hole(Span(2, 2)), Hole(Span(2, 2))], "2-2 and 2-2 overlap"),
        ([Hole(Span(3, 4)), Hole(Span(0, 1))], "out of order"),
        ([Hole(Span(0, 1), "a"), Hole(Span(2, 3), "a")], "'a'"),
        ([Hole(Span(4, 6))], "outside the text of 5"),
    ],
)
def test_document_checks_its_holes(holes: list[Hole], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        Document("abcde", tuple(holes))


def test_document_checks_its_protected_spans() -> None:
    assert Document("abcde", protected=(Span(3, 5), Span(0, 1))).protected
    with pytest.raises(DocumentError, match="protected span 3-6"):
        Document("abcde", protected=(Span(3, 6),))


def test_holes_at_the_borders() -> None:
    document = Document("ab", (Hole(Span(0, 0)), Hole(Span(0, 1)), Hole(Span(1, 1)), Hole(Span(2, 2))))
    assert document.segments == ("", "", "", "b", "")
    assert document.apply([Edit(hole.span, str(i)) for i, hole in enumerate(document.holes)]) == "012b3"


def test_apply_some_of_the_holes() -> None:
    document = Document.parse("Dear [?name], [?what].")
    assert document.apply([Edit(document.holes[1].span, "hi")]) == "Dear [?name], hi."
    assert splice("abc", []) == "abc"


def test_values_copy_and_pickle() -> None:
    document = Document.parse("a [?x: 3 words] b", path=Path("a.md"))
    assert pickle.loads(pickle.dumps(document)) == copy.deepcopy(document) == document
    assert hash(document) == hash(copy.copy(document))


# -- files -----------------------------------------------------------------------------------------------------------


def test_read_keeps_every_byte(tmp_path: Path) -> None:
    data = "\ufeffone\r\ntwo\rthree\u2028four [?x] \x85 \U0001f600 e\u0301  \n\n".encode()
    path = tmp_path / "a.md"
    path.write_bytes(data)
    document = Document.read(str(path))
    assert document.path == path
    assert document.text.startswith("\ufeff")
    assert document.encode(document.text) == data
    filled = document.encode(document.apply([Edit(document.holes[0].span, "\u00fc")]))
    assert filled == data.replace(b"[?x]", b"\xc3\xbc")


def test_read_with_another_marker_or_none(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("{{x}} [?!]")
    assert len(Document.read(path, "{{").holes) == 1
    assert Document.read(path, None).holes == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04\x00\x00", "looks binary .byte 0x00 at offset 4."),
        ("text".encode("utf-16"), "looks binary"),
        (b"caf\xe9 x", "not UTF-8 .byte 0xe9 at offset 3.*iconv"),
        (b"ok \xed\xa0\x80", "byte 0xed at offset 3"),
        (b"\xff", "byte 0xff at offset 0"),
        (b"cut \xc3", "byte 0xc3 at offset 4"),
    ],
)
def test_read_refuses_what_is_not_utf8(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    with pytest.raises(DocumentError, match=message):
        Document.read(path)


def test_read_refuses_what_is_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.md", tmp_path, Path("nul\0byte")):
        with pytest.raises(DocumentError, match="cannot be read"):
            Document.read(path)


def test_encode_refuses_lone_surrogates() -> None:
    with pytest.raises(DocumentError, match=r"U\+D83D at code point 2"):
        Document("x").encode("ab\ud83d")


def test_write_replaces_the_file_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    path.chmod(0o640)
    before = path.stat().st_ino
    write_atomically(path, "\ufeffnew\r\n\u2028")
    assert path.read_bytes() == "\ufeffnew\r\n\u2028".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.stat().st_ino != before
    assert os.listdir(tmp_path) == ["a.md"]


def test_write_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new.md", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new.md").stat().st_mode) == 0o640


def test_write_follows_links(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to("real.md")
    write_atomically(tmp_path / "link.md", "new")
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text() == "new"


@pytest.mark.parametrize("failing", ["fsync", "chmod", "replace"])
def test_a_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a.md"
    path.write_text("old")
    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(DocumentError, match="No space left"):
        write_atomically(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.md"]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.md", "new")
    assert os.listdir(tmp_path) == []


def test_write_refuses_before_it_touches(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")
    with pytest.raises(DocumentError, match="lone surrogate"):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    for place in (tmp_path / "none" / "a.md", tmp_path):
        with pytest.raises(DocumentError, match="cannot be written"):
            write_atomically(place, "x")
    assert os.listdir(tmp_path) == ["a.md"]


def test_imports_no_torch() -> None:
    code = "import sys, llada_edit.document, llada_edit.edits; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
