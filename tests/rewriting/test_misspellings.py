"""Words that are none: they are always repaired, whatever the model says, at the start of a sentence too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llada_edit.editor import Editor
from llada_edit.rewriting.lists import alike, nonwords, table
from llada_edit.rewriting.words import kind_of
from llada_edit.testing import scripted_model

FRAMES = ["They said {} once more.", "the old {} of it, and more", "We saw it ({}) and left."]


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(word for word in nonwords() if kind_of(word) == "content")),
    st.sampled_from(FRAMES),
    st.integers(0, 99),
)
def test_what_is_no_word_is_repaired_whatever_the_model_says(word, frame, seed):
    editor = Editor(scripted_model(seed=seed, scale=20.0))
    text = frame.format(word)
    after = editor.rewrite(text, op="proofread", trust="listed").text
    assert word not in after.split(), after


def test_nonwords_are_looked_up_and_real_words_are_none():
    assert {"recieve", "recieved", "teh", "tommorow", "adressing"} <= nonwords()
    assert nonwords() <= set(table("proofread"))
    assert not {"momento", "judgemental", "sargent", "calender", "its", "your", "of", "advices"} & nonwords()


def test_words_that_sound_alike_are_told_from_forms_of_one_word():
    assert {"to", "too", "of", "it's", "whose"} <= alike()
    assert not {"is", "are", "has", "these", "those", "loose to"} & alike()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("They recieve the books.", "They receive the books."),
        ("They recieve the book.", "They receive the book."),
        ("They recieve the books every day.", "They receive the books every day."),
        ("They recieve the the books.", "They receive the books."),
        ("i think we should of went.", "I think we should have gone."),
        ("He said that i'm late, and i know it.", "He said that I'm late, and I know it."),
        ("The loop runs over i and i is a number.", "The loop runs over i and i is a number."),
    ],
)
def test_also_where_its_parts_fit_well(bundled, before, after):
    assert bundled.rewrite(before, op="proofread").text == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It was the fifth day pf the journey.", "It was the fifth day of the journey."),
        ("The man rose and leaned ovr the balcony.", "The man rose and leaned over the balcony."),
        ("They met at the end the of road.", "They met at the end of the road."),
        ("The in end, nobody was surprised.", "In the end, nobody was surprised."),
        ("The book lists the key events off the war.", "The book lists the key events of the war."),
    ],
)
def test_likely_mistakes(bundled, before, after):
    assert bundled.rewrite(before, op="proofread").text == after


@pytest.mark.parametrize(
    "text",
    [
        "The light consists of photons whose energy is high.",
        "Once in a while the then king came to see it.",
        "Too quickly.",
        "And sing th' old songs o' the sea.",
    ],
)
def test_what_is_only_rare_stays(bundled, text):
    assert bundled.rewrite(text, op="proofread").text == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Teh dog barked.", "The dog barked."),
        ("Recieve it now.", "Receive it now."),
        ("Definately, he is right.", "Definitely, he is right."),
        ("Tommorow we go.", "Tomorrow we go."),
        ("Becuase it rained, we left.", "Because it rained, we left."),
        ("It rained. Thier dog barked.", "It rained. Their dog barked."),
        ("Wich one is it?", "Which one is it?"),
        ("Untill then, wait.", "Until then, wait."),
        ("- Peice of advice", "- Piece of advice"),
        ("Wnen the rain stopped, they went back to the house.", "When the rain stopped, they went back to the house."),
    ],
)
def test_first_words(bundled, before, after):
    assert bundled.rewrite(before, op="proofread").text == after


@pytest.mark.parametrize(
    "text",
    [
        "Becker said that he would come back to the house.",
        "Liam went to the station with his brother.",
        "Nadia was the first to see the light.",
        "Teddy had never been there before.",
        "Hansen told them the whole story.",
        "Kotlin is a language for programs.",
        "Zotero keeps all your papers in one place.",
        "Mabel opened the door, and the dog ran out.",
        "Sargent painted the children in the garden.",
        "Grammer played the part for many years.",
        "Teh came first. Then we saw that the old Teh was ill.",
    ],
)
def test_names_at_the_start_of_a_sentence_stay(bundled, text):
    assert bundled.rewrite(text, op="proofread").text == text
