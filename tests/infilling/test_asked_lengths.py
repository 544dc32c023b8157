"""Lengths that are asked for hold, on models that say anything; those that cannot are refused with the reason."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.canvas import Canvas
from llada_edit.conditions import NOTHING
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import Unsatisfiable
from llada_edit.hints import Hinted
from llada_edit.holes import Hole, LengthHint, Span, count_words
from llada_edit.lengths import LONGEST
from llada_edit.testing import scripted_model, tiny_model

units = st.sampled_from(["tokens", "words", "chars"])


@settings(max_examples=60)
@given(
    st.sampled_from(["", "See ", "und", "a (", "\n", "\u4eca"]),
    st.sampled_from(["", " cat", "cat", ".", "erstand"]),
    units,
    st.integers(0, 4),
    st.none() | st.integers(0, 3),
    st.sampled_from(["network", "full", "scripted", "elastic", "null"]),
    st.integers(0, 5),
    st.sampled_from(
        [{}, {"temperature": 5.0, "n": 3}, {"block": 1}, {"polish": 2}, {"guidance": 2.0}, {"exact": True}]
    ),
)
def test_length_hints_always_hold(editor, check, left, right, unit, low, more, kind, seed, choices):
    hint = LengthHint(unit, low, None if more is None else max(1, low + more))
    document = Document(left + right, (Hole(Span(len(left), len(left)), length=hint),))
    fill = editor(kind, seed).infill(document, seed=seed, **choices)
    check(document, fill)
    for candidate in fill.candidates:
        (edit,) = candidate.edits
        text = edit.text
        if right[:1].isalpha() and text.endswith(" "):
            text = text[:-1]  # the space before a word that follows directly is none of the filling's
        repeated = int(left[-1:].isalpha() and left != "\u4eca" and len(edit.tokens) > 0)
        assert hint.accepts(text, len(edit.tokens)) or (
            unit == "tokens" and hint.accepts(text, len(edit.tokens) - repeated)
        )


def test_exact_lengths(editor):
    text = "See [?a: exactly 3 tokens] and [?b: 2 words], [?c: exactly 7 chars]."
    fill = editor("network").infill(text, n=2)
    for candidate in fill.candidates:
        assert len(candidate["a"].tokens) == 3
        assert len(candidate["b"].text.split()) == 2
        assert len(candidate["c"].text) == 7


@pytest.mark.parametrize("kind", ["network", "full", "null"])
def test_tokens_are_counted_without_the_word_start_that_is_repeated(editor, kind):
    for count in (1, 2, 4):
        fill = editor(kind).infill(f"I und[?: exactly {count} tokens] it", n=2)
        assert {len(candidate.holes[0].tokens) for candidate in fill.candidates} == {count + 1}


def hinted(canvas):
    return Hinted.of(canvas, [(condition, condition.holes) for condition in NOTHING.conditions(canvas.document)])


def test_unsatisfiable_says_which_hole_and_what_to_do():
    model = tiny_model()
    document = Document.parse("See [?b: exactly 30 chars].")
    canvas = Canvas.build(document, [0], [2], model.card, model.vocabulary, 768)
    with pytest.raises(Unsatisfiable, match=r"hole b asks for exactly 30 chars.* widen the range"):
        hinted(canvas).restrict([torch.zeros(3)])  # two tokens of this model have 22 characters at most


def test_a_length_that_no_token_count_could_meet_is_left_out():
    model = tiny_model()
    canvas = Canvas.build(Document.parse("See [?: exactly 30 chars]."), [0], [6], model.card, model.vocabulary, 768)
    (weights,) = hinted(canvas).restrict([torch.zeros(7)]).tables
    assert not weights[:3].isfinite().any()  # a token of this model has 11 characters at most
    assert weights[4:].isfinite().all()


@pytest.mark.parametrize("words", [1, 2, 3])
@pytest.mark.parametrize("kind", ["network", "scripted", "null"])
def test_words_are_counted_from_where_the_word_so_far_ends(editor, kind, words):
    """The only token that begins with "und" is "und": what comes next, with a space or without, begins the filling."""
    for seed in range(6):
        fill = editor(kind, seed).infill(f"(und[?: exactly {words} words])", n=3, seed=seed)
        assert [count_words(candidate.holes[0].text) for candidate in fill.candidates] == [words] * 3


@pytest.mark.parametrize("unit", ["tokens", "words", "chars"])
def test_a_hint_with_room_for_nothing_may_leave_a_word_as_it_is(editor, check, unit):
    """No longer token begins with "und", so that one slot can hold the word so far and no more."""
    document = Document("und", (Hole(Span(3, 3), length=LengthHint(unit, 0, 1)),))
    for seed in range(4):
        fill = editor("network", seed).infill(document, n=3, temperature=5.0)
        check(document, fill)


def insists(token):
    """A model that wants one token everywhere."""
    table = torch.zeros(1, scripted_model().card.vocab_size)
    table[0, token] = 30.0
    return scripted_model(lambda tokens, at, layout: table.expand(*at.shape, -1), null_id=1)


def test_replacing_a_span_expects_its_length():
    editor = Editor(insists(40))
    text = "The cat sat on the mat in the garden."
    short = editor.infill(text, span=(4, 7)).holes[0]
    long = editor.infill(text, span=(4, 36)).holes[0]
    assert len(short.tokens) < len(long.tokens)


def test_several_candidates_where_the_best_filling_is_empty():
    fill = Editor(insists(1)).infill("The cat [?: at most 3 tokens] sat.", n=3)  # null everywhere
    assert fill.holes[0].text == ""


def test_an_empty_filling_is_as_good_as_the_model_is_sure_of_it():
    """Slots that stay unused cost nothing: the model is all but sure that nothing stands here."""
    fill = Editor(insists(1)).infill("The cat [?: at most 4 tokens] sat.")
    assert fill.holes[0].text == ""
    assert -0.1 < fill.score <= 0


def test_a_hole_of_open_length_grows_to_the_longest_and_no_further():
    model = insists(40)  # never null: "there is more", at any length
    fill = Editor(model).infill("The cat [?] sat.", policy="confidence", steps=1)
    assert len(fill.holes[0].tokens) == LONGEST
    assert model.denoiser.calls <= 4, "laid out twice, not slot by slot"
