"""Text with holes in, text out: what holds for every model, on models that say anything (P1, P2, P3, P6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import OptionError
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.options import POLICIES, InfillOptions
from llada_edit.testing import scripted_model

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


@settings(max_examples=25)
@given(documents(), st.sampled_from(KINDS), st.integers(0, 3), st.integers(1, 3))
def test_p1_p3_all_text_outside_the_holes_is_identical_and_fills_are_plain_text(editor, check, document, kind, seed, n):
    check(document, editor(kind, seed).infill(document, n=n, seed=seed))


@settings(max_examples=15)
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
def test_options_never_break_a_promise(editor, check, document, kind, choices, more):
    check(document, editor(kind).infill(document, n=2, **{**choices, **more}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text", ["[?]", "[?] end", "start [?]", "[?][?b]", "a[?]b[?c]d", "[?]\n[?b]\n[?c]", "[?: 2 words]", "\ufeff[?]"]
)
def test_shapes_of_documents(editor, check, kind, text):
    document = Document.parse(text)
    check(document, editor(kind).infill(text, n=2))


@pytest.mark.parametrize("kind", KINDS)
def test_n_distinct_candidates_best_first(editor, kind):
    fill = editor(kind, 1).infill("The cat [?: 1-4 words] on the mat.", n=6)
    assert len({candidate.text for candidate in fill.candidates}) == len(fill.candidates) == 6
    scores = [candidate.score for candidate in fill.candidates]
    assert scores == sorted(scores, reverse=True)
    assert fill.text == fill.candidates[0].text


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=[pytest.mark.slow] * (kind == "full")) for kind in KINDS])
def test_same_seed_same_text(editor, kind):
    text = "The cat [?] on [?b: 2 words] mat."
    one, two, other = (editor(kind).infill(text, n=12, seed=seed, temperature=2.0).to_json() for seed in (3, 3, 4))
    fresh = Editor(editor(kind).model, remember=0).infill(text, n=12, seed=3, temperature=2.0).to_json()
    assert one == two == fresh
    assert one != other


@pytest.mark.parametrize("kind", KINDS)
def test_p6_the_last_frame_is_the_fill(editor, kind):
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
def test_p6_closing_takes_effect_at_once(editor, kind):
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
def test_elastic_models_refuse_what_they_cannot_do(editor, choice):
    with pytest.raises(OptionError, match=next(iter(choice))):
        editor("elastic").infill("The cat [?] on the mat.", **choice)
    assert editor("elastic").infill("The cat [?: 2 tokens] on the mat.", **choice).text.startswith("The cat ")


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


@pytest.mark.parametrize("kind", ["network", "full", "scripted", "null"])
@pytest.mark.parametrize(
    "text", ["The [?: 2 words] und[?: 1-2 words] it.", "und[?: 2 words] it", "[?: 1 word]. und[?]"]
)
def test_steering_away_takes_the_slots_as_they_are(editor, check, kind, text):
    """Before "und", a slot repeats the word that has begun; the canvas that is steered away from has it, too."""
    check(Document.parse(text), editor(kind).infill(text, avoid="a cat und", guidance=2.0))
