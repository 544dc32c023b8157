"""Text with holes in, text out: what holds for every model, on models that say anything (P1, P2, P3, P6, lengths)."""

from functools import cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.canvas import Canvas
from llada_edit.conditions import NOTHING
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import DoesNotFit, OptionError, Unsatisfiable
from llada_edit.hints import Hinted
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.options import POLICIES, InfillOptions
from llada_edit.testing import PARAGRAPH, assert_untouched, scripted_model, tiny_model

KINDS = ["network", "full", "scripted", "elastic", "null"]
NASTY = [
    *(
        "\r\n",
        "\n",
        "\n\n",
        "\u2028",
        "\x85",
        "\x00",
        "\ufeff",
        "\t",
        " ",
        "  ",
        "word",
        " cat",
        "und",
        ".",
        ", ",
        "(",
        '"',
        "*",
        "`",
    ),
    *(
        "\U0001f469\u200d\U0001f52c",
        "\U0001f600",
        "e\u0301",
        "\u0301",
        "\u0928\u093e",
        "\u4eca\u65e5",
        "\ud83d",
        "\ude00",
        "\\[?",
    ),
    *("<|mask|>", "<|null|>", "<|end|>", "<|expand|>", "<|mdm_mask|>", "<|eot_id|>", "\\[MASK]"),
]
texts = st.lists(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=())), max_size=6).map("".join)
units = st.sampled_from(["tokens", "words", "chars"])


@cache
def editor(kind, seed=0):
    if kind == "network":
        return Editor(tiny_model(seed))
    if kind == "full":
        return Editor(tiny_model(seed, "full"))
    changes = {"elastic": {"expand_id": 2, "delete_id": 4, "stop_ids": ()}, "null": {"null_id": 1}}.get(kind, {})
    return Editor(scripted_model(seed=seed, scale=6.0, **changes))


@st.composite
def documents(draw, most=3):
    """A text with one to `most` holes, which may touch each other or the ends, or replace something."""
    pieces = draw(st.lists(texts, min_size=2, max_size=most + 1))
    text, holes = pieces[0], []
    for piece in pieces[1:]:
        old = draw(st.sampled_from(["", "", "old", "[?]"]))
        hint = draw(
            st.none()
            | st.builds(lambda low, more: LengthHint("words", low, low + more), st.integers(1, 3), st.integers(0, 2))
        )
        start = len(text)
        if holes and holes[-1].span == Span(start, start):
            old = old or "x"  # two insertions at one place have no order
        text += old
        holes.append(Hole(Span(start, len(text)), length=hint))
        text += piece
    return Document(text, tuple(holes))


def check(document, fill):
    """What must hold for every candidate of every fill."""
    assert len({candidate.text for candidate in fill.candidates}) == len(fill.candidates) or len(document.holes) > 1
    for candidate in fill.candidates:
        assert_untouched(document.text, candidate.text, candidate.edits)
        assert len(candidate.holes) == len(document.holes)
        for edit, hole in zip(candidate.holes, document.holes, strict=True):
            assert (edit.span, edit.name) == (hole.span, hole.name)
            edit.text.encode("utf-8")
            assert not any(
                control in edit.text for control in ("<|mask", "<|null", "<|end", "\u2591", "\ufffd", "\x00")
            )
            assert "\n" not in edit.text
            assert "\r" not in edit.text
            assert all(0 <= token.probability <= 1 for token in edit.tokens)
            if hole.length is not None and hole.length.unit != "tokens":
                assert hole.length.accepts(edit.text.strip(" "), 0) or hole.length.unit == "chars"


@settings(deadline=None, max_examples=25)
@given(documents(), st.sampled_from(KINDS), st.integers(0, 3), st.integers(1, 3))
def test_p1_p3_all_text_outside_the_holes_is_identical_and_fills_are_plain_text(document, kind, seed, n):
    check(document, editor(kind, seed).infill(document, n=n, seed=seed))


@settings(deadline=None, max_examples=15)
@given(
    documents(most=2),
    st.sampled_from(["network", "full", "null"]),
    st.fixed_dictionaries(
        {
            "policy": st.sampled_from(POLICIES),
            "steps": st.none() | st.integers(1, 9),
            "temperature": st.sampled_from([0, 0.7, 5]),
            "top_k": st.none() | st.just(1),
            "top_p": st.none() | st.just(0.01),
            "guidance": st.sampled_from([0, 1.5]),
            "context": st.none() | st.just(16),
            "seed": st.integers(0, 99),
        }
    ),
    st.sampled_from([{}, {"polish": 1}, {"block": 2}, {"avoid": "a cat", "guidance": 2.0}]),
)
def test_options_never_break_a_promise(document, kind, choices, more):
    check(document, editor(kind).infill(document, n=2, **{**choices, **more}))


@settings(deadline=None, max_examples=60)
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
def test_length_hints_always_hold(left, right, unit, low, more, kind, seed, choices):
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


def test_exact_lengths():
    text = "See [?a: exactly 3 tokens] and [?b: 2 words], [?c: exactly 7 chars]."
    fill = editor("network").infill(text, n=2)
    for candidate in fill.candidates:
        assert len(candidate["a"].tokens) == 3
        assert len(candidate["b"].text.split()) == 2
        assert len(candidate["c"].text) == 7


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", ["[?]", "[?] end", "start [?]", "[?][?b]", "a[?]b[?c]d", "[?]\n[?b]\n[?c]", "[?: 2 words]", "\ufeff[?]"]
)
def test_shapes_of_documents(kind, text):
    document = Document.parse(text)
    check(document, editor(kind).infill(text, n=2))


@pytest.mark.parametrize("kind", KINDS)
def test_n_distinct_candidates_best_first(kind):
    fill = editor(kind, 1).infill("The cat [?: 1-4 words] on the mat.", n=6)
    assert len({candidate.text for candidate in fill.candidates}) == len(fill.candidates) == 6
    scores = [candidate.score for candidate in fill.candidates]
    assert scores == sorted(scores, reverse=True)
    assert fill.text == fill.candidates[0].text


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_text(kind):
    text = "The cat [?] on [?b: 2 words] mat."
    one, two, other = (editor(kind).infill(text, n=12, seed=seed, temperature=2.0).to_json() for seed in (3, 3, 4))
    fresh = Editor(editor(kind).model, remember=0).infill(text, n=12, seed=3, temperature=2.0).to_json()
    assert one == two == fresh
    assert one != other


@pytest.mark.parametrize("kind", KINDS)
def test_p6_the_last_frame_is_the_fill(kind):
    text = "The cat [?] on [?b: 2 words] mat."
    frames = list(editor(kind).stream(text, n=2))
    fill = editor(kind).infill(text, n=2)
    assert [frame.fill is None for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert frames[-1].fill.to_json() == fill.to_json()
    assert frames[-1].text == fill.text
    assert [frame.step for frame in frames] == list(range(len(frames)))
    for frame in frames:
        assert frame.text.startswith("The cat ")
        assert frame.text.endswith(" mat.")


@pytest.mark.parametrize("kind", ["scripted", "elastic", "null"])
def test_p6_closing_takes_effect_at_once(kind):
    model = editor(kind).model
    policy = {} if kind == "elastic" else {"policy": "confidence"}
    frames = Editor(model).stream("The cat [?] on the mat.", n=4, **policy)
    next(frames)
    before = model.denoiser.calls
    next(frames)
    assert model.denoiser.calls - before == 1, "one pass a step"
    frames.close()
    assert model.denoiser.calls - before == 1


@pytest.mark.parametrize(
    "choice", [{"steps": 3}, {"policy": "margin"}, {"polish": 1}, {"guidance": 1.0}, {"exact": True}]
)
def test_elastic_models_refuse_what_they_cannot_do(choice):
    with pytest.raises(OptionError, match=next(iter(choice))):
        editor("elastic").infill("The cat [?] on the mat.", **choice)
    assert editor("elastic").infill("The cat [?: 2 tokens] on the mat.", **choice).text.startswith("The cat ")


def test_many_holes_are_filled_in_groups_that_see_what_is_filled():
    text = " ".join(f"Part {index} [?h{index}] ends." for index in range(30))
    document = Document.parse(text)
    for kind in ("network", "scripted", "null"):
        check(document, editor(kind).infill(document))


def test_a_hole_far_inside_a_long_text():
    text = PARAGRAPH * 20 + "Here [?] it is. " + PARAGRAPH * 20
    for kind in KINDS:
        check(Document.parse(text), editor(kind).infill(text))


def test_a_hole_too_long_for_the_model():
    with pytest.raises(DoesNotFit, match="leave 0 of 256"):
        editor("network").infill("a [?: exactly 300 tokens] b")


def always(token):
    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, editor("null").card.vocab_size)
        logits[..., token] = 30
        return logits

    return script


def test_growth_stops_where_the_window_ends():
    """A model that never says "enough" must not be laid out beyond what fits."""
    text = " ".join(f"word [?h{index}]" for index in range(4))
    model = scripted_model(always(40), null_id=1, max_length=128)
    check(Document.parse(text), Editor(model).infill(text))


def test_an_elastic_model_that_always_expands_stays_in_its_window():
    def script(tokens, at, layout):
        assert tokens.shape[1] <= 128, "canvas beyond the window"
        return always(2)(tokens, at, layout)

    text = PARAGRAPH * 3 + "[?]" + PARAGRAPH * 3
    model = scripted_model(script, expand_id=2, delete_id=4, stop_ids=(), max_length=128)
    check(Document.parse(text), Editor(model).infill(text))


def test_a_model_that_only_wants_control_tokens_still_writes_text():
    for token in (0, 1, 3, 4):
        model = scripted_model(always(token), null_id=1)
        for choices in ({}, {"guidance": 2.0}, {"exact": True}, {"polish": 1}):
            check(Document.parse("a [?] b"), Editor(model).infill("a [?] b", **choices))


def test_replacing_a_span_expects_its_length():
    editor_ = Editor(scripted_model(always(40), null_id=1))
    text = "The cat sat on the mat in the garden."
    short = editor_.infill(text, span=(4, 7)).holes[0]
    long = editor_.infill(text, span=(4, 36)).holes[0]
    assert len(short.tokens) < len(long.tokens)


def test_options_are_checked_before_the_model_is_asked():
    model = scripted_model()
    for bad in (
        {"n": 0},
        {"n": 33},
        {"steps": 0},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"top_p": 0},
        {"top_k": 0},
        {"policy": "best"},
        {"avoid": "x"},
        {"block": 2, "polish": 1},
        {"exact": True, "steps": 3},
        {"context": 3},
    ):
        with pytest.raises(OptionError):
            InfillOptions(**bad)
        with pytest.raises(OptionError):
            Editor(model).infill("a [?]", **bad)
    assert model.denoiser.calls == 0


@pytest.mark.parametrize("words", [1, 2, 3])
@pytest.mark.parametrize("kind", ["network", "scripted", "null"])
def test_words_are_counted_from_where_the_word_so_far_ends(kind, words):
    """The only token that begins with "und" is "und": what comes next, with a space or without, begins the filling."""
    for seed in range(6):
        fill = editor(kind, seed).infill(f"(und[?: exactly {words} words])", n=3, seed=seed)
        assert [len(candidate.holes[0].text.split()) for candidate in fill.candidates] == [words] * 3


@pytest.mark.parametrize("unit", ["tokens", "words", "chars"])
def test_a_hint_with_room_for_nothing_may_leave_a_word_as_it_is(unit):
    """No longer token begins with "und", so that one slot can hold the word so far and no more."""
    document = Document("und", (Hole(Span(3, 3), length=LengthHint(unit, 0, 1)),))
    for seed in range(4):
        fill = editor("network", seed).infill(document, n=3, temperature=5.0)
        check(document, fill)


def test_several_candidates_where_the_best_filling_is_empty():
    table = torch.zeros(1, scripted_model().card.vocab_size)
    table[0, 1] = 30.0  # null everywhere
    model = scripted_model(lambda tokens, at, layout: table.expand(*at.shape, -1), null_id=1)
    fill = Editor(model).infill("The cat [?: at most 3 tokens] sat.", n=3)
    assert fill.holes[0].text == ""
