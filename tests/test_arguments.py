"""What is handed to an editor: odd documents work, wrong types are told in one line, before any work."""

import pytest

import llada_edit as le
from llada_edit.editor import Editor
from llada_edit.testing import scripted_model, tiny_model

EDITORS = {"network": Editor(tiny_model()), "full": Editor(tiny_model(0, "full"))}
TEXT = "The cat sat on the mat."


class Unhashable(le.Constraint):
    __hash__ = None


@pytest.mark.parametrize("value", [5, b"bytes", ["a"], 1.5])
def test_what_is_no_text(value):
    editor = EDITORS["network"]
    calls = [
        lambda: editor.infill(value),
        lambda: editor.infill(left=value),
        lambda: editor.infill(right=value),
        lambda: editor.infill(value, span=(0, 1)),
        lambda: editor.rewrite(value),
        lambda: editor.alternatives(value),
        lambda: editor.alternatives(value, at=0),
        lambda: editor.score(value),
    ]
    for call in calls:
        with pytest.raises(le.DocumentError, match=f"is of type {type(value).__name__}; give a string"):
            call()


@pytest.mark.parametrize("span", ["ab", (1,), (1, 2, 3), (0.0, 1.5), 3, (None, 2)])
def test_what_is_no_span(span):
    for act in (EDITORS["network"].infill, EDITORS["network"].rewrite):
        with pytest.raises(le.DocumentError, match=r"is no range; give \(start, end\) in code points"):
            act(TEXT, span=span)


def test_a_span_object_is_a_span():
    by_pair = EDITORS["network"].infill(TEXT, span=(8, 11))
    assert EDITORS["network"].infill(TEXT, span=le.Span(8, 11)).text == by_pair.text


@pytest.mark.parametrize("at", ["1", 1.5, None, -1, 24])
def test_what_is_no_offset(at):
    with pytest.raises(le.DocumentError, match=r"offset .* is outside|has 0 holes"):
        EDITORS["network"].alternatives(TEXT, at=at)


@pytest.mark.parametrize("k", ["3", 2.5, True, None, 0, 65])
def test_what_is_no_count_of_alternatives(k):
    with pytest.raises(le.OptionError, match=rf"k is {k!r}; give"):
        EDITORS["network"].alternatives(TEXT, at=4, k=k)


@pytest.mark.parametrize("remember", [-1, "4", None, 1.5])
def test_what_is_no_count_of_contexts(remember):
    with pytest.raises(le.OptionError, match=rf"remember is {remember!r}; give"):
        Editor(tiny_model(), remember=remember)


@pytest.mark.parametrize("marker", [None, 3, ""])
def test_what_is_no_marker(marker):
    with pytest.raises(le.OptionError, match="cannot open a hole"):
        EDITORS["network"].infill("a [?]", marker=marker)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"constraint": "x"}, "'x' is no constraint"),
        ({"constraints": "x"}, "constraints is of type str; give a dictionary"),
        ({"constraints": None}, "constraints is of type NoneType; give a dictionary"),
        ({"constraints": {"a": "x"}}, "'x' is no constraint"),
        ({"constraints": {"b": le.Words(1)}}, "no hole is named 'b'; the names are: a"),
        ({"constraint": Unhashable()}, "cannot be hashed"),
    ],
)
def test_what_is_no_constraint(given, message):
    model = scripted_model()
    with pytest.raises(le.ConstraintError, match=message):
        Editor(model).infill("See [?a].", **given)
    assert model.denoiser.calls == 0


def test_a_constraint_of_none_is_none():
    """As when a dictionary is put together by a program; what the markup asks for still holds."""
    fill = EDITORS["network"].infill("See [?a: choice red|green].", constraints={"a": None})
    assert fill["a"].text in ("red", "green")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"avoid": 3, "guidance": 1.0}, "avoid is 3; give a string"),
        ({"exact": "no"}, "exact is 'no'; give True or False"),
        ({"policy": 3}, "policy 3 is unknown"),
        ({"temperature": "warm"}, "temperature is 'warm'; give a number"),
        ({"n": 100}, "n is 100; give 1 to 32"),
    ],
)
def test_what_is_no_option(choice, message):
    with pytest.raises(le.OptionError, match=message):
        EDITORS["network"].infill("a [?]", **choice)


@pytest.mark.parametrize("reference", [None, 3])
def test_what_is_no_model(reference):
    with pytest.raises(le.UnknownModel, match=rf"{reference!r} is no model; give a name"):
        Editor.load(reference)


def test_a_plain_text_is_no_document_of_a_format():
    with pytest.raises(le.DocumentError, match=r"document is of type str; give a Document"):
        EDITORS["network"].rewrite_document("Some text.")


@pytest.mark.parametrize("kind", EDITORS)
@pytest.mark.parametrize("note", ["exactly 20 tokens", "at least 9 tokens", "5 words", "at most 2 tokens", "choice a"])
def test_alternatives_are_single_words_whatever_the_hole_asks_for(kind, note):
    """Lengths and constraints are for infills; here they led out of the canvas, or to probabilities that are none."""
    plain = EDITORS[kind].alternatives("The [?] sat.", k=5)
    assert EDITORS[kind].alternatives(f"The [?: {note}] sat.", k=5) == plain
    assert all(0 < word.probability <= 1 for word in plain)


def test_a_letter_keeps_its_marks():
    """With a mark left over behind the hole, it would stand on the last letter of every alternative."""
    text = "The cafe\u0301 sat on the mat."
    assert EDITORS["network"].alternatives(text, at=6, k=3) == EDITORS["network"].alternatives(text, at=4, k=3)
    assert EDITORS["network"].alternatives(text, at=6, k=3) == EDITORS["network"].alternatives(
        le.Document.between("The ", " sat on the mat."), k=3
    )
