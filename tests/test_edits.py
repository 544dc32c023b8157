"""Edits: applying, undoing, diffs, and the fill that users hold."""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import pytest
from hard_texts import texts
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.edits import Candidate, Edit, Fill, TokenScore, apply, invert
from llada_edit.errors import DocumentError
from llada_edit.holes import Span


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text and disjoint edits in any order, touching ones and empty ones included."""
    text = draw(texts)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    spans = list(dict.fromkeys(Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False)))
    return text, draw(st.permutations([Edit(span, draw(texts)) for span in spans]))


@given(edited())
def test_only_the_spans_change(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    after = apply(text, edits)
    source = target = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        kept = edit.span.start - source
        assert after[target : target + kept] == text[source : edit.span.start]
        target += kept
        assert after[target : target + len(edit.text)] == edit.text
        source, target = edit.span.end, target + len(edit.text)
    assert after[target:] == text[source:]
    assert Document(text).apply(edits) == after


@given(edited())
def test_invert_undoes_and_redoes(case: tuple[str, list[Edit]]) -> None:
    text, edits = case
    after = apply(text, edits)
    undo = invert(text, edits)
    assert apply(after, undo) == text
    assert apply(text, invert(after, undo)) == after


def test_invert_joins_deletions_that_touch() -> None:
    edits = [Edit(Span(2, 4), "", "b"), Edit(Span(0, 2), "", "a"), Edit(Span(5, 5), "X", "c")]
    assert apply("abcdef", edits) == "eXf"
    assert invert("abcdef", edits) == (Edit(Span(0, 0), "abcd"), Edit(Span(1, 2), "", "c"))


def test_order_does_not_matter_and_borders_may_touch() -> None:
    edits = [Edit(Span(3, 3), "|"), Edit(Span(0, 0), "<"), Edit(Span(1, 3), "X"), Edit(Span(3, 4), ">")]
    assert apply("abcd", edits) == apply("abcd", edits[::-1]) == "<aX|>"


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([(0, 3), (2, 4)], "0-3 and 2-4 overlap"),
        ([(2, 4), (0, 3)], "0-3 and 2-4 overlap"),
        ([(2, 2), (2, 2)], "2-2 and 2-2 overlap"),
        ([(0, 4), (2, 2)], "0-4 and 2-2 overlap"),
        ([(5, 6)], "edits 5-6 ends outside the text of 5"),
        ([(9, 9)], "outside"),
    ],
)
def test_edits_that_cannot_be_applied(spans: list[tuple[int, int]], message: str) -> None:
    edits = tuple(Edit(Span(*span), "x") for span in spans)
    for act in (apply, invert):
        with pytest.raises(DocumentError, match=message):
            act("abcde", edits)
    with pytest.raises(DocumentError, match=message):
        Candidate(Document("abcde"), edits, 0.0)


def test_probability_is_the_geometric_mean() -> None:
    span = Span(0, 0)
    assert Edit(span, "x").probability is None
    assert Edit(span, "x", tokens=(TokenScore("x", 0.5),)).probability == pytest.approx(0.5)
    assert Edit(span, "xy", tokens=(TokenScore("x", 0.9), TokenScore("y", 0.4))).probability == pytest.approx(0.6)
    assert Edit(span, "xy", tokens=(TokenScore("x", 0.9), TokenScore("y", 0.0))).probability == 0.0


@pytest.fixture
def fill() -> Fill:
    document = Document.parse("Dear [?name],\r\n[?] thanks.", path=Path("letter.md"))
    first, second = (hole.span for hole in document.holes)
    good = (Edit(second, "many"), Edit(first, "Ada", "name", (TokenScore("Ada", 0.5),)))
    poor = (Edit(first, "Bob", "name"), Edit(second, "no"))
    return Fill(document, (Candidate(document, good, -0.5), Candidate(document, poor, -math.inf)))


def test_fill_is_its_best_candidate(fill: Fill) -> None:
    assert fill.text == "Dear Ada,\r\nmany thanks."
    assert [edit.text for edit in fill.holes] == ["Ada", "many"]
    assert fill.score == -0.5
    assert fill["name"].text == "Ada"
    assert fill.candidates[1]["name"].text == "Bob"
    assert fill.candidates[1].text == "Dear Bob,\r\nno thanks."


@pytest.mark.parametrize("name", ["who", ""])
def test_unknown_hole(fill: Fill, name: str) -> None:
    with pytest.raises(KeyError, match="the names are: name"):
        fill[name]


def test_a_fill_needs_a_candidate() -> None:
    with pytest.raises(DocumentError, match="at least one"):
        Fill(Document("x"), ())


def test_json(fill: Fill) -> None:
    data = json.loads(json.dumps(fill.to_json(), allow_nan=False))
    assert data["path"] == "letter.md"
    assert data["text"] == fill.text
    assert data["holes"][0] == {
        "name": "name",
        "start": 5,
        "end": 12,
        "text": "Ada",
        "probability": pytest.approx(0.5),
        "tokens": [{"text": "Ada", "probability": 0.5}],
    }
    assert [candidate["score"] for candidate in data["candidates"]] == [-0.5, None]
    assert data["candidates"][0] == {key: data[key] for key in ("text", "score", "holes")}


def test_diff(fill: Fill) -> None:
    assert fill.diff() == (
        "--- letter.md\n+++ letter.md\n@@ -1,2 +1,2 @@\n"
        "-Dear [?name],\r\n-[?] thanks.\n\\ No newline at end of file\n"
        "+Dear Ada,\r\n+many thanks.\n\\ No newline at end of file\n"
    )
    assert Fill(Document("x"), (Candidate(Document("x"), (), 0.0),)).diff() == ""


@pytest.mark.parametrize("before", ["a\r\nb [?]\rc\u2028d\n", "x\n" * 9 + "[?]", "[?]\n\x0c\x85\n", "[?]\n"])
@pytest.mark.parametrize("new", ["", "new", "two\nlines\n"])
def test_git_applies_the_diff(tmp_path: Path, before: str, new: str) -> None:
    document = Document.parse(before, path=Path("a.md"))
    fill = Fill(document, (Candidate(document, (Edit(document.holes[0].span, new),), 0.0),))
    (tmp_path / "a.md").write_bytes(before.encode())
    command = ["git", "apply", "-p0", "--whitespace=nowarn", "-"]
    subprocess.run(command, input=fill.diff().encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "a.md").read_bytes() == fill.text.encode()
