"""What holds for every rewriting, on models that say anything: only the span changes, and what is kept stays."""

import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.edits import apply
from llada_edit.errors import DocumentError, OptionError, UnsupportedModel
from llada_edit.holes import Span
from llada_edit.rewriting.keep import kept_spans
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.words import sentences, words
from llada_edit.testing import assert_untouched, scripted_model, tiny_model

STYLES = [name for name, operation in OPERATIONS.items() if not operation.fills]
PIECES = [
    *(
        "The cat sat on the mat. ",
        "He didn't see 1,250 of them, did he? ",
        "in order to utilize ",
        "an old house ",
        "Acme ",
    ),
    *(
        "Nobody met Dr. Smith in Paris. ",
        "`code here` ",
        "https://a.example/b?c=1 ",
        "\u201cquoted words\u201d ",
        "$x^2$ ",
    ),
    *(
        "\r\n",
        "\n\n",
        "\ufeff",
        "\u2028",
        "\x00",
        "e\u0301 ",
        "\U0001f469\u200d\U0001f52c ",
        "\ud83d",
        "<|mask|> ",
        "[?] ",
    ),
    *(
        "\u4eca\u65e5\u306f\u6674\u308c\u3067\u3059\u3002",
        "the the ",
        "teh ",
        "**bold** ",
        "{name} ",
        "x_y ",
        "[1] ",
        "- ",
    ),
]
documents = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
gentle = settings(max_examples=30)


def wild(name, **changes):
    """An operation for which every change is an improvement, and no fact is checked."""
    free = {"worth": 1e6, "overlap": 0.0, "checks": (), "burden": None, "repairs": False, "suspicious": 1.0}
    return replace(OPERATIONS[name], **(free | changes))


@cache
def random_editor(seed=0, kind="scripted", dialog=True):
    """An editor whose model says anything."""
    if kind == "network":
        return Editor(tiny_model(seed, attention="full", dialog=dialog))
    return Editor(scripted_model(seed=seed, dialog=dialog))


@st.composite
def spans(draw, text):
    start = draw(st.integers(0, len(text)))
    return start, draw(st.integers(start, len(text)))


def instruction(name):
    return {"instruction": "make it sing"} if OPERATIONS[name].prompt else {}


@gentle
@given(st.data(), documents, st.sampled_from(STYLES), st.floats(0, 1), st.integers(0, 3))
def test_nothing_outside_the_span_and_nothing_kept_changes(data, text, name, strength, seed):
    span = data.draw(st.just((0, len(text))) | spans(text))
    closed = Span(*data.draw(st.just((0, 0)) | spans(text)))
    keep = data.draw(st.lists(st.sampled_from(["cat", "old house", re.compile("[a-z]at"), "the"]), max_size=2))
    document = Document(text, protected=(closed,) if len(closed) else ())
    result = random_editor(seed).rewrite(
        document, span=span, op=wild(name), strength=strength, seed=seed, n=2, keep=keep, **instruction(name)
    )
    stays = kept_spans(text, Span(0, len(text)), keep) if "\n\n" not in text else []
    stays += [w.span for s in sentences(text) for w in words(text, s) if w.kind in ("name", "number")]
    for candidate in result.candidates:
        assert_untouched(text, candidate.text, candidate.edits)
        assert candidate.text.startswith(text[: span[0]])
        assert candidate.text.endswith(text[span[1] :])
        for edit in candidate.edits:
            assert span[0] <= edit.span.start and edit.span.end <= span[1]
            assert not any(edit.span.overlaps(Span(*place)) for place in [(closed.start, closed.end)] if len(closed))
            inside = [one for one in stays if span[0] <= one.start and one.end <= span[1]]
            assert not any(one.overlaps(edit.span) for one in inside), (edit, inside)
            assert not {"\n", "\x00", "\u2028", "<", "*"} & (set(edit.text) - set(edit.span.of(text)))


@settings(gentle, max_examples=12)
@given(documents, st.sampled_from(STYLES), st.integers(0, 2))
def test_the_last_frame_is_the_result_and_the_same_seed_gives_it_again(text, name, seed):
    ask = {"op": wild(name), "seed": seed, **instruction(name)}
    frames = list(random_editor().rewrite_stream(text, **ask))
    assert all(frame.fill is None for frame in frames[:-1])
    result = random_editor().rewrite(text, **ask)
    assert frames[-1].fill.to_json() == result.to_json()
    assert [frame.step for frame in frames] == list(range(len(frames)))


def test_the_model_does_change_something_where_everything_is_allowed():
    text = "The cat sat on the mat, and the dog ran into the garden."
    for name in ("paraphrase", "simplify", "augment", "refine"):
        assert random_editor().rewrite(text, op=wild(name)).changed


def test_other_seeds_give_other_results():
    text = "The cat sat on the mat, and the dog ran into the garden."
    found = {random_editor().rewrite(text, op=wild("paraphrase"), seed=seed).text for seed in range(4)}
    assert len(found) > 1


def test_candidates_are_distinct_and_the_edits_are_small():
    text = "The committee accepted the proposal after a long debate, and nobody was surprised."
    result = random_editor().rewrite(text, op=wild("augment"), n=4)
    texts = [candidate.text for candidate in result.candidates]
    assert 1 < len(texts) == len(set(texts)) <= 4
    assert [candidate.score for candidate in result.candidates] == sorted(
        (c.score for c in result.candidates), reverse=True
    )
    for candidate in result.candidates:
        assert apply(text, candidate.edits) == candidate.text
        assert all(edit.span.of(text) != edit.text for edit in candidate.edits)


def test_the_original_wins_where_nothing_is_better():
    text = "The cat sat on the mat."
    for name in STYLES:
        hopeless = wild(name, worth=-1e6)
        result = random_editor().rewrite(text, op=hopeless, n=3, **instruction(name))
        assert not result.changed
        assert (result.text, result.score, len(result.candidates)) == (text, 0.0, 1)
        assert result.diff() == ""


def test_strength_zero_changes_nothing():
    assert not random_editor().rewrite("The cat sat on the mat.", op=wild("paraphrase"), strength=0).changed


@pytest.mark.parametrize("kind", ["scripted", "network"])
def test_closing_the_generator_stops_the_work(kind):
    editor = random_editor(kind=kind)
    text = "The cat sat on the mat. " * 6
    whole = sum(1 for _ in editor.rewrite_stream(text, op=wild("paraphrase"), trust="model"))
    calls = getattr(editor.model.denoiser, "calls", 0)
    frames = editor.rewrite_stream(text, op=wild("paraphrase"), trust="model")
    next(frames)
    frames.close()
    assert list(frames) == []
    if kind == "scripted":
        assert editor.model.denoiser.calls - calls < whole


def test_holes_of_the_text_are_filled_by_fill_holes_only():
    text = "The cat [?] on the mat."
    assert "[?]" not in random_editor().rewrite(text, op="fill-holes").text
    assert "[?]" in random_editor().rewrite(text, op=wild("paraphrase")).text


def test_what_is_refused():
    editor = random_editor()
    with pytest.raises(OptionError, match="unknown; choose one of paraphrase"):
        editor.rewrite("a", op="shout")
    with pytest.raises(OptionError, match="strength is 2"):
        editor.rewrite("a", strength=2)
    with pytest.raises(OptionError, match="no such option"):
        editor.rewrite("a", style="bold")
    with pytest.raises(OptionError, match="give a list"):
        editor.rewrite("a", keep="Acme")
    with pytest.raises(DocumentError, match="ends outside"):
        editor.rewrite("abc", span=(0, 4))
    with pytest.raises(OptionError, match="needs an instruction"):
        editor.rewrite("a", op="custom")
    with pytest.raises(OptionError, match="takes no instruction"):
        editor.rewrite("a", op="plain", instruction="be plain")
    with pytest.raises(UnsupportedModel, match="follows instructions"):
        random_editor(dialog=False).rewrite("a", op="translate", instruction="German")


def test_models_that_were_not_measured_come_with_a_note():
    assert "not measured" in random_editor().rewrite("a", op="plain").notes[0]


def test_an_empty_text_is_left_alone():
    assert random_editor().rewrite("", op="plain").text == ""
    assert random_editor().rewrite("\n\n  \n", op="plain").text == "\n\n  \n"
