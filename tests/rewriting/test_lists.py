"""How the lists are read: inflections, guards, and what a sentence without proposals costs."""

import pytest

from llada_edit.editor import Editor
from llada_edit.edits import apply
from llada_edit.holes import Span
from llada_edit.rewriting import lists, sentence, spelling, wordings
from llada_edit.rewriting.inflection import plural, verb_forms
from llada_edit.rewriting.words import words
from llada_edit.testing import scripted_model


def rewritten(text, use):
    return {apply(text, [one.edit]) for one in wordings.found(text, words(text, Span(0, len(text))), use)}


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("use", "use uses used used using"),
        ("carry", "carry carries carried carried carrying"),
        ("occur", "occur occurs occurred occurred occurring"),
        ("choose", "choose chooses chose chosen choosing"),
        ("lie", "lie lies lay lain lying"),
        ("agree", "agree agrees agreed agreed agreeing"),
        ("have", "have has had had having"),
        ("put", "put puts put put putting"),
        ("reach", "reach reaches reached reached reaching"),
    ],
)
def test_forms_of_verbs(verb, forms):
    assert verb_forms(verb) == tuple(forms.split())


def test_plurals():
    assert [plural(noun) for noun in ("part", "box", "copy", "police officer", "child")] == [
        *("parts", "boxes", "copies", "police officers", "children")
    ]


@pytest.mark.parametrize(
    ("use", "before", "after"),
    [
        ("plain", "She was in possession of a key.", "She had a key."),
        ("plain", "They have made use of it.", "They have used it."),
        ("plain", "It was selected.", "It was chosen."),
        ("plain", "In many cases it rains.", "Often it rains."),
        ("plain", "Give consideration to the plan.", "Consider the plan."),
        ("plain", "It allows you to edit.", "It lets you edit."),
        ("formal", "It\u2019s been late.", "It has been late."),
        ("formal", "It's late.", "It is late."),
        ("formal", "But the house stood.", "However, the house stood."),
        ("paraphrase", "He said that they left.", "He said they left."),
        ("plain", "Upwards of 40 men came.", "More than 40 men came."),
    ],
)
def test_found(use, before, after):
    assert after in rewritten(before, use)


@pytest.mark.parametrize(
    ("use", "before"),
    [
        ("plain", "It was selected, and the purchase was made."),  # "purchase" is a noun here
        ("formal", "Isn't it late?"),
        ("formal", "Don't you know?"),
        ("formal", "They ain't got any, and it ain't been done."),
        ("paraphrase", "The plans to build it were lost."),
        ("plain", "A number of the series."),
        ("simplify", "He was required to."),
        ("plain", "The frequently asked questions."),
        ("shorten", "He would not really go."),
        ("shorten", "It is the very thing."),
    ],
)
def test_guards(use, before):
    shown = {text for text in rewritten(before, use) if "chosen" not in text}
    assert not shown


def test_a_verb_and_its_counterpart_have_the_same_form():
    after = rewritten("They have selected a tool.", "plain")
    assert after == {"They have chosen a tool."}
    assert rewritten("They came back to us.", "formal") == {"They returned to us."}


def test_both_directions():
    assert rewritten("They left swiftly.", "paraphrase") == {"They left quickly."}
    assert "For instance, it rains." in rewritten("For example, it rains.", "paraphrase")
    assert "For example, it rains." in rewritten("For instance, it rains.", "paraphrase")


def test_a_line_is_read_when_its_word_is_met():
    table = lists.Table("plain")
    assert table.at("nonsense") == ()
    assert {wording.words[0] for wording in table.at("utilized")} == {"utilized"}
    assert len(table.at("in")[0].words) >= len(table.at("in")[-1].words)


def test_a_sentence_without_proposals_does_not_reach_the_network():
    editor = Editor(scripted_model(seed=0))
    for name in ("paraphrase", "plain", "formal", "shorten", "simplify"):
        editor.rewrite("The cat sat on the mat.", op=name, trust="listed")
    assert editor.model.denoiser.calls == 0


def test_of_many_proposals_the_longest_are_measured(monkeypatch):
    measured = []
    original = sentence.Fluency.measure

    def counted(self, texts):
        measured.append(len(set(texts)))
        return original(self, texts)

    monkeypatch.setattr(sentence.Fluency, "measure", counted)
    text = "Perhaps " + " and ".join(["quickly", "often", "nearly", "rarely", "mostly", "entirely"] * 5) + " they went."
    Editor(scripted_model(seed=0)).rewrite(text, op="paraphrase", trust="listed")
    assert max(measured) == sentence.MOST_PROPOSALS + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It is old , but good .", "It is old, but good."),
        ("It is old,but good.", "It is old, but good."),
        ("It is  old here.", "It is old here."),
        ("Use the .NET tool, f(x,y), a,b and ...", "Use the .NET tool, f(x,y), a,b and ..."),
    ],
)
def test_blanks(before, after):
    assert apply(before, list(spelling.blanks(before))) == after


def test_british_spelling_is_no_slip():
    known = {"optimize": 1, "color": 2, "center": 3, "receive": 4}
    for word in ("optimise", "colour", "centre"):
        assert not [other for other in spelling.slips(word) if other in known and not spelling.same_word(other, word)]
    assert not spelling.same_word("receive", "recieve")
