"""Whole documents: passages, protected strings, choices carried on, and results that do not depend on company."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import Document, splice
from llada_edit.editor import Editor
from llada_edit.errors import OptionError
from llada_edit.formats.markdown import Markdown
from llada_edit.formats.plain import Plain
from llada_edit.holes import Span
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.passage import Memory, outside
from llada_edit.rewriting.prose import gated, passages
from llada_edit.testing import scripted_model

EDITOR = Editor(scripted_model())
PARTS = [
    *(
        "# The old house\n\n",
        "The cat sat on the *old* mat, and `code` ran.\n\n",
        "- one cat\n- [links](https://a.b)\n\n",
    ),
    *(
        "> The dog didn't\r\n> come.\r\n\r\n",
        "| a cat | a dog |\n|---|---|\n| the mat | $x$ |\n\n",
        "```\ncode\n```\n\n",
    ),
    *("The committee accepted it.[^1]\n\n[^1]: After a debate.\n\n", "<b>bold</b> words &amp; more.\n\n"),
]
markdown = st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map("".join)


def wild(name):
    free = {"worth": 1e6, "overlap": 0.0, "checks": (), "burden": None, "repairs": False, "suspicious": 1.0}
    return replace(OPERATIONS[name], **free)


@settings(max_examples=12)
@given(markdown, st.sampled_from(["paraphrase", "shorten", "refine"]))
def test_structure_and_protected_strings_survive_any_model(text, name):
    form = Markdown()
    prose = form.read(text.encode())
    edits = EDITOR.rewrite_document(prose, op=wild(name), form=form)
    after = form.read(prose.splice(edits))
    assert after.skeleton == prose.skeleton
    assert after.protected == prose.protected
    assert edits == EDITOR.rewrite_document(prose, op=wild(name), form=form)


def test_something_changes_and_protected_text_is_never_masked():
    form = Markdown()
    prose = form.read("".join(PARTS).encode())
    found = list(passages(EDITOR.rewriter(wild("paraphrase")), prose))
    assert [one.index for one in found] == list(range(found[0].total)) == list(range(len(prose.passages)))
    edits = [edit for one in found for edit in one.edits]
    assert len(edits) > 3
    for one in found:
        for edit in one.edits:
            assert any(p.start <= edit.span.start and edit.span.end <= p.end for p in one.passage.editable)
    kept = gated(form, prose, edits)
    assert kept.data == prose.splice(kept.edits)


def test_a_document_does_not_depend_on_those_before_it():
    texts = ["The cat sat on the mat.\n\nThe dog ran.", "The committee accepted the old proposal."]
    alone = [Editor(scripted_model()).rewrite_document(Document(text), op=wild("paraphrase")) for text in texts]
    assert all(alone)
    rewriter = Editor(scripted_model()).rewriter(wild("paraphrase"))
    for text, edits in reversed(list(zip(texts, alone, strict=True))):
        prose = Plain().read(text.encode())
        found = [edit for one in passages(rewriter, prose) for edit in one.edits]
        assert list(gated(Plain(), prose, found).edits) == edits


def test_protected_spans_of_a_document_stay():
    text = "The cat sat on the mat."
    edits = EDITOR.rewrite_document(Document(text, protected=(Span(4, 11),)), op=wild("paraphrase"), strength=1.0)
    assert edits
    assert "cat sat" in splice(text, edits)


def test_the_seed_of_a_sentence_says_where_it_is():
    memory = Memory("digest", frozenset())
    assert len({memory.seed(p, s, u) for p in range(3) for s in range(3) for u in range(3)}) == 27


def test_choices_are_carried_on(bundled):
    text = "They begin to work today.\n\nThen they begin to work again.\n\nThey begin to sing."
    memory = Memory.of(text, [Span(0, len(text))])
    rewriter = bundled.rewriter(replace(OPERATIONS["paraphrase"], worth=20.0), strength=1.0)
    done = []
    for _ in rewriter.drafts(text, [Span(0, len(text))], memory, 0, done):
        pass
    assert memory.choices["begin"] == "start"
    assert splice(text, [e for place, found in done for e in moved(place, found[0].edits)]).count("start") == 3


def moved(place, edits):
    return [replace(e, span=Span(place.start + e.span.start, place.start + e.span.end)) for e in edits]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 6)), max_size=5),
)
def test_outside_is_what_is_left(first, second):
    def laid(pairs):
        spans, at = [], 0
        for gap, size in pairs:
            spans.append(Span(at + gap, at + gap + size))
            at += gap + size
        return spans

    spans, closed = laid(first), laid(second)
    left = outside(spans, closed)
    places = {p for s in spans for p in range(s.start, s.end)} - {p for s in closed for p in range(s.start, s.end)}
    assert sorted(p for s in left for p in range(s.start, s.end)) == sorted(places)
    assert all(len(s) for s in left)


def test_what_is_refused():
    with pytest.raises(OptionError, match="give it as form"):
        EDITOR.rewrite_document(Plain().read(b"a"))
    with pytest.raises(OptionError, match="use infill"):
        EDITOR.rewrite_document(Document("a [?]"), op="fill-holes")
