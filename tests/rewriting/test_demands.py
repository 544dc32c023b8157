"""What operations ask of the words that come for masked ones, and that the constraint engine sees to it."""

import pytest

from llada_edit.editor import Editor
from llada_edit.rewriting import sentence
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.testing import tiny_model


@pytest.mark.parametrize(
    ("name", "masked", "good", "bad"),
    [
        ("paraphrase", "of the committee", "of a committee", "before of the house"),
        ("paraphrase", "cat", "dog", "cat"),
        ("paraphrase", "\u2014", "cat", None),
        ("shorten", "very old house", "old house", "big old house"),
        ("shorten", "house", "", "home"),
        ("expand", "old house", "very old house", "big house"),
    ],
)
def test_what_is_asked(name, masked, good, bad):
    demand = OPERATIONS[name].demand(masked)
    assert demand.accepts(good)
    assert bad is None or not demand.accepts(bad)


@pytest.mark.parametrize("name", ["paraphrase", "shorten", "expand"])
def test_every_filling_is_what_was_asked(name, monkeypatch):
    seen = []

    def recorded(fill, text, shift, whole):
        seen.append(fill)
        return original(fill, text, shift, whole)

    original = sentence.sources.from_fill
    monkeypatch.setattr(sentence.sources, "from_fill", recorded)
    text = "The cat sat on the mat, and the dog ran into the garden."
    Editor(tiny_model(attention="full")).rewrite(text, op=name, trust="model", strength=0.4)
    holes = [(edit, fill.document) for fill in seen for candidate in fill.candidates for edit in candidate.holes]
    assert holes
    for edit, document in holes:
        assert OPERATIONS[name].demand(edit.span.of(document.text)).accepts(edit.text.strip()), edit
