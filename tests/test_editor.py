"""The one object that users meet: what it takes, what it refuses."""

import pytest

import llada_edit as le
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import DocumentError, OptionError
from llada_edit.options import InfillOptions
from llada_edit.sampling.choice import Independent
from llada_edit.sampling.presets import sampler_for
from llada_edit.testing import assert_untouched, save_tiny_model, scripted_model, tiny_model

EDITOR = Editor(tiny_model())
TEXT = "The cat sat on the mat."


def test_load_a_folder(tmp_path):
    editor = Editor.load(save_tiny_model(tmp_path / "model", licence="Apache-2.0"), device="cpu")
    assert editor.card.licence == "Apache-2.0"
    assert editor.infill("The cat [?] on the mat.").text.endswith(" on the mat.")
    again = Editor.load(str(tmp_path / "model"), device="cpu")
    assert again.infill("a [?] b").text == editor.infill("a [?] b").text


def test_load_what_is_not_there(tmp_path):
    with pytest.raises(le.UnknownModel, match="no model 'nobody/nothing'"):
        Editor.load("nobody/nothing")
    with pytest.raises(le.BrokenModel, match=r"no config\.json"):
        Editor.load(tmp_path)


def test_the_ways_to_say_where():
    by_markup = EDITOR.infill("The cat [?] on the mat.")
    by_sides = EDITOR.infill(left="The cat ", right=" on the mat.")
    assert by_markup.text == by_sides.text
    document = le.Document.between("The cat ", " on the mat.")
    assert EDITOR.infill(document).text == by_sides.text
    assert EDITOR.infill("The cat {{}} on the mat.", marker="{{").text == by_sides.text
    by_span = EDITOR.infill(TEXT, span=(8, 11))
    assert_untouched(TEXT, by_span.text, by_span.holes)
    assert by_span.holes[0].span == le.Span(8, 11)


def test_markup_in_text_with_a_span_or_sides_is_plain_text():
    assert EDITOR.infill("a [?] b", span=(0, 1)).text.endswith(" [?] b")
    assert EDITOR.infill(left="a [?] ", right=" b").text.startswith("a [?] ")


def test_only_one_side():
    assert EDITOR.infill(left="The cat ").text.startswith("The cat ")
    assert EDITOR.infill(right=" on the mat.").text.endswith(" on the mat.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((), {}), "nothing to fill"),
        (((TEXT,), {}), "no hole"),
        ((("",), {}), "no hole"),
        (((TEXT,), {"left": "a"}), "text excludes left and right"),
        ((("a [?",), {}), "not closed"),
        (((TEXT,), {"span": (5, 99)}), "outside the text"),
        (((TEXT,), {"span": (5, 3)}), "no range"),
        ((("a [?x] [?x]",), {}), "taken"),
    ],
)
def test_documents_that_are_refused(arguments, message):
    with pytest.raises(le.DocumentError, match=message):
        EDITOR.infill(*arguments[0], **arguments[1])


def test_a_note_that_is_no_constraint_is_refused():
    with pytest.raises(le.ConstraintError, match="hole 1: 'some words' is no constraint; write a count"):
        EDITOR.infill("a [?: some words]")


@pytest.mark.parametrize(
    ("choices", "message"),
    [({"n": 0}, "n is 0"), ({"stepz": 3}, "stepz: no such option; there are n, seed"), ({"policy": "x"}, "policy 'x'")],
)
def test_options_that_are_refused(choices, message):
    with pytest.raises(le.OptionError, match=message):
        EDITOR.infill("a [?]", **choices)


def test_errors_come_before_any_work():
    model = scripted_model()
    editor = Editor(model)
    for bad in ("no hole", "a [?"):
        with pytest.raises(le.DocumentError):
            editor.infill(bad)
    assert model.denoiser.calls == 0


def test_stream_is_infill():
    *frames, last = EDITOR.stream("The cat [?] on the mat.", seed=3)
    assert frames
    assert last.fill.to_json() == EDITOR.infill("The cat [?] on the mat.", seed=3).to_json()


def test_named_holes():
    fill = EDITOR.infill("Dear [?name], see [?what: 2 words].")
    assert fill["what"].text in fill.text
    assert len(fill["what"].text.split()) == 2
    with pytest.raises(KeyError, match="name, what"):
        fill["nobody"]


def test_remembered_contexts_change_nothing():
    editor = Editor(tiny_model(), remember=2)
    texts = ["The cat [?] on the mat.", "The dog [?: 2 words] in the garden.", "A [?] b"]
    first = [editor.infill(text, n=2).to_json() for text in texts]
    assert [editor.infill(text, n=2).to_json() for text in texts] == first
    assert [Editor(tiny_model(), remember=0).infill(text, n=2).to_json() for text in texts] == first


@pytest.mark.parametrize(("at", "span"), [(4, (4, 7)), (5, (4, 7)), (7, (4, 7)), (0, (0, 3)), (23, (23, 23))])
def test_alternatives_stand_for_the_word_at_the_offset(at, span):
    words = EDITOR.alternatives(TEXT, at=at, k=5)
    assert 1 <= len(words) <= 5
    assert all(len(word.text.split()) == 1 for word in words)
    left, right = TEXT[: span[0]], TEXT[span[1] :]
    same = EDITOR.alternatives(le.Document.between(left, right), k=5)
    assert [word.text for word in words] == [word.text for word in same]


@pytest.mark.parametrize("bad", [{"at": -1}, {"at": 99}, {}])
def test_alternatives_refuse_other_places(bad):
    with pytest.raises(le.DocumentError):
        EDITOR.alternatives(TEXT, **bad)
    with pytest.raises(le.DocumentError, match="2 holes"):
        EDITOR.alternatives("a [?] b [?]")


@pytest.mark.parametrize("k", [0, 65])
def test_alternatives_refuse_other_counts(k):
    with pytest.raises(le.OptionError, match=f"k is {k}"):
        EDITOR.alternatives(TEXT, at=4, k=k)


def test_score_refuses_nothing():
    with pytest.raises(le.DocumentError, match="empty"):
        EDITOR.score("")


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"n": "3"}, "n is '3'"),
        ({"n": None}, "n is None"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"temperature": "x"}, "temperature"),
        ({"speed": 1}, "speed: no such option"),
    ],
)
def test_choices_of_the_wrong_kind_are_named(choice, message):
    with pytest.raises(OptionError, match=message):
        Editor(tiny_model()).infill("A [?] b.", **choice)


def test_arguments_that_exclude_each_other_are_refused():
    editor, document = Editor(tiny_model()), Document.parse("A [?] b.")
    with pytest.raises(DocumentError, match="drop span"):
        editor.infill(document, span=(0, 1))
    with pytest.raises(DocumentError, match="span needs a text"):
        editor.infill(left="A ", right=" b.", span=(0, 1))
    with pytest.raises(DocumentError, match="drop at"):
        editor.alternatives(document, at=1)


def test_exact_guidance_is_the_reference_formula():
    sampler = sampler_for(InfillOptions(exact=True, guidance=1.5), Independent())
    assert (sampler.guidance.scale, sampler.guidance.ramp, sampler.guidance.plausibility) == (1.5, False, 0.0)
