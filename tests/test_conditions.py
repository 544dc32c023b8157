"""Constraints from the outside: what a caller gives, what a fill looks like, what an error says."""

import pytest

import llada_edit as le
from llada_edit.errors import ConstraintError
from llada_edit.testing import scripted_model, tiny_model

EDITOR = le.Editor(tiny_model())
ANY = le.Editor(scripted_model(scale=6.0))


def test_one_hole_and_named_holes():
    fill = EDITOR.infill("The cat [?] on the mat.", constraint=le.Choice("sat", "slept"))
    assert fill.text in ("The cat sat on the mat.", "The cat slept on the mat.")
    assert fill.candidates[0].strain > 0
    assert fill.candidates[0].to_json()["strain"] == fill.candidates[0].strain
    fill = EDITOR.infill(
        "Dear [?name], see [?what].",
        constraints={"name": le.Choice("Anna"), "what": le.Words(2, 3) & ~le.Phrases("the")},
    )
    assert fill["name"].text == "Anna"
    assert 2 <= len(fill["what"].text.split()) <= 3
    assert "strain" not in EDITOR.infill("A [?] b.").candidates[0].to_json()


def test_one_language_over_several_holes():
    fill = ANY.infill("From [?]-[?].", constraint=le.Regex(r"(?:19|20)\d\d-\d{4}"), n=3)
    assert len(fill.candidates) == 3
    for candidate in fill.candidates:
        assert le.Regex(r"From (?:19|20)\d\d-\d{4}\.").accepts(candidate.text)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("([?]px)", le.Regex(r"\d"), r"\(\dpx\)"),  # the space before a word gives way to what was asked
        ("([?]px)", le.Words(2, 2), r"\(\S+ \S+ px\)"),
        ("I am very [?].", le.Choice("sorry", "glad") & ~le.Phrases("very sorry"), r"I am very glad\."),
        ("I am very [?].", le.Choice("sorry", "glad") & le.Phrases("very sorry"), r"I am very sorry\."),
        ("und[?]", le.Choice("er", "erstand"), "und(er|erstand)"),
        ("[?]", le.Choice("\u200b"), "\u200b"),
        ("a [?] b", le.Choice(" x "), "a  x  b"),
        ("a [?] b", le.Choice("今日は 😀"), "a 今日は 😀 b"),
        ("a [?]", le.Choice("x\ny"), "a x\ny"),
        ("a [?] b", le.Regex("[a-z]") & le.Tokens(1, 1), "a [a-z] b"),
        ("a [?: 1-3 words] b", le.Regex("[a-z ]{5,6}"), r"a [a-z]+( [a-z]+){0,2} b"),
    ],
)
@pytest.mark.parametrize("editor", [EDITOR, ANY, le.Editor(scripted_model(expand_id=2, delete_id=4, stop_ids=()))])
def test_seams(editor, text, value, expected):
    fill = editor.infill(text, constraint=value, n=2)
    for candidate in fill.candidates:
        assert le.Regex(expected).accepts(candidate.text), candidate.text


@pytest.mark.parametrize(
    ("text", "asked", "message"),
    [
        (
            "a [?x: 2-3 tokens] b",
            {"constraints": {"x": le.Words(9)}},
            r"hole x cannot meet what is asked \(at least 9 words\) with 2 to 3 tokens; .* shortest .* 9 tokens",
        ),
        (
            "a [?: 1-2 tokens] b",
            {"constraint": le.Grammar('start: "(" start ")" | "x" " x"~30')},
            r"hole 1 cannot meet what is asked \(a text of the grammar\) with 1 to 2 tokens; the shortest .* has \d+ t",
        ),
        ("a [?] b", {"constraint": le.Words(2) & le.Words(0, 1)}, "hole 1 .*no text of this model's tokens"),
        ("a [?]x[?]", {"constraint": le.Regex("[a-w]+")}, "holes 1 to 2 cannot meet .* nor with more"),
        (
            "a [?: 2 tokens]x[?: 2-3 tokens]",
            {"constraint": le.Regex("[a-c]{9}x[a-c]{5}")},
            r"holes 1 to 2 cannot meet .* with 2 and 2 to 3 tokens; it can be met with \d and \d: give",
        ),
        ("a [?] b", {"constraint": le.Chars(3) & le.Tokens(0, 0)}, "hole 1 cannot meet"),
        ("a [?] b", {"constraints": {"y": le.Words(1)}}, r"no hole is named 'y'; the names are: \(none\)"),
        ("a [?] b", {"constraint": "x"}, "no constraint"),
        ("a [?y] [?x] b", {"constraint": le.Words(1), "constraints": {"x": le.Words(1)}}, "stands alone"),
        ("a [?] b", {"constraint": ~le.Tokens(1)}, "counts tokens"),
        ("a [?] b", {"constraint": le.Regex("(?:.{1000}){1000}")}, "20,000 states"),
    ],
)
def test_what_cannot_be_met_is_said(text, asked, message):
    with pytest.raises(ConstraintError, match=message):
        EDITOR.infill(text, **asked)


def test_p6_streaming_and_cancelling():
    model = scripted_model()
    frames = le.Editor(model).stream("The [?] mat.", constraint=le.Words(4, 6), policy="confidence")
    next(frames)
    before = model.denoiser.calls
    next(frames)
    assert model.denoiser.calls - before == 1, "one pass a step"
    frames.close()
    *_, last = EDITOR.stream("The [?] mat.", constraint=le.Words(4, 6))
    assert last.fill.to_json() == EDITOR.infill("The [?] mat.", constraint=le.Words(4, 6)).to_json()


def test_many_words():
    fill = ANY.infill("She said [?] and left.", constraint=le.Words(60, 60), policy="threshold", steps=4)
    assert len(fill.holes[0].text.split()) == 60
