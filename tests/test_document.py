"""Documents: nothing outside the holes changes, and files are read as they are."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.document import Document, splice
from llada_edit.edits import Edit
from llada_edit.errors import DocumentError
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.markup import MarkupError, find_holes

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


@given(st.lists(st.tuples(texts, markups, texts), max_size=4), texts)
def test_text_outside_the_holes_is_identical(parts: list[tuple[str, str, str]], last: str) -> None:
    source = "".join(literal(text) + markup for text, markup, _ in parts) + literal(last)
    document = Document.parse(source)
    assert document.text == source
    assert [hole.span.of(source) for hole in document.holes] == [markup for _, markup, _ in parts]
    assert document.segments == tuple(literal(text) for text in [*(text for text, _, _ in parts), last])
    edits = [Edit(hole.span, new) for hole, (_, _, new) in zip(document.holes, parts, strict=True)]
    assert document.apply(reversed(edits)) == "".join(literal(text) + new for text, _, new in parts) + literal(last)


@given(texts, st.sampled_from(["[?", "{{", "<<"]))
def test_escaped_text_has_no_holes_and_is_not_changed(text: str, marker: str) -> None:
    document = Document.parse(escaped(text, marker), marker)
    assert document.holes == ()
    assert document.apply([]) == document.text == escaped(text, marker)


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


@given(texts, texts)
def test_between_reads_no_markup(left: str, right: str) -> None:
    document = Document.between(left, right)
    assert document.segments == (left, right)
    assert document.holes == (Hole(Span(len(left), len(left))),)
    assert document.apply([Edit(document.holes[0].span, "new")]) == left + "new" + right


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_file_round_trip(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("round") / "a.md"
    path.write_bytes(text.encode())
    document = Document.read(path, marker=None)
    assert document.text == text
    assert document.encode(document.apply([])) == path.read_bytes()


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


# -- values ----------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Document, "text is of type"),
        (Document.parse, "text is of type"),
        (lambda thing: Document.between(thing, ""), "left is of type"),
        (lambda thing: Document.between("", thing), "right is of type"),
        (Document.read, "path is of type"),
    ],
)
@pytest.mark.parametrize("thing", [None, 3.5, ["a [?]"]])
def test_what_is_no_text_is_no_document(make: Callable[[object], Document], message: str, thing: object) -> None:
    with pytest.raises(DocumentError, match=f"{message} {type(thing).__name__}; give a string"):
        make(thing)


def test_bytes_are_no_text() -> None:
    with pytest.raises(DocumentError, match="text is of type bytes; give a string"):
        Document.parse(b"a [?]")


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


def test_imports_no_torch() -> None:
    code = "import sys, llada_edit.document, llada_edit.edits; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
