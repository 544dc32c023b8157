"""What may be found in a text, against looking at all of it: the index of the lists, and the outlook for operations."""

from hypothesis import given
from hypothesis import strategies as st

from llada_edit.holes import Span
from llada_edit.rewriting import lists, outlook, turns, wordings
from llada_edit.rewriting.words import sentences, words

USES = sorted(outlook.USES | {"proofread"})
SAMPLES = {"@det": "the", "@subj": "they", "@obj": "it", "@be": "are", "@have": "have", "@ing": "making",
           "@plural": "houses", "@num": "40"}  # fmt: skip
LISTED = [w for use in USES for word in sorted(lists.table(use)) for w in lists.table(use).at(word)]
TURNED = (
    "If the roof leaks, we go home.",
    "There are many people who walk.",
    "However, it failed.",
    "The name of the user is long.",
)


@st.composite
def listed_words(draw):
    """Words that a listed change asks for, with one of the words of every row and class."""
    asked = draw(st.sampled_from(LISTED)).words
    options = [draw(st.sampled_from(word.split("|"))) for word in asked]
    return " ".join(SAMPLES.get(one, one) for one in options)


LOOSE = st.sampled_from(["to", "in", "the", "of", "a", "they", "is", "not", "that", ",", "very", "Ann", "40"])
SENTENCES = st.lists(listed_words() | LOOSE, min_size=1, max_size=6).map(lambda parts: f"We {' '.join(parts)}.")


def every(text, use):
    """What `wordings.found` finds where every wording of a word is tried, whatever comes after it."""
    everything = words(text, Span(0, len(text)))
    own = lists.table(use)

    class Slow:
        def near(self, word, following):
            return own.at(word)

    return list(wordings._found(text, everything, {word.span for word in everything}, Slow()))


@given(SENTENCES)
def test_the_word_after_leaves_out_nothing_that_applies(text):
    everything = words(text, Span(0, len(text)))
    for use in USES:
        assert list(wordings.found(text, everything, use)) == every(text, use)


def test_every_wording_is_among_those_near_its_words():
    for use in USES:
        table = lists.table(use)
        for word in table:
            for wording in table.at(word):
                after = wording.words[wording.anchor + 1 : wording.anchor + 2]
                for following in after[0].split("|") if after else ("anything", ""):
                    assert wording in table.near(word, SAMPLES.get(following, following))
            assert set(table.near(word, "anything")) <= set(table.at(word))


def found_one_by_one(text, span):
    found = set()
    for place in sentences(text, span):
        sentence = place.of(text)
        start, end = max(place.start, span.start) - place.start, min(place.end, span.end) - place.start
        own = [w for w in words(sentence, Span(0, len(sentence)), Span(start, end)) if w.kind not in ("name", "number")]
        for use in outlook.USES:
            moves = any(
                all(start <= e.span.start and e.span.end <= end for e in t) for t in turns.turned(sentence, use)
            )
            if moves or list(wordings.found(sentence, own, use)):
                found.add(use)
    return found


@given(st.lists(SENTENCES | st.sampled_from(TURNED), min_size=1, max_size=4), st.data())
def test_the_outlook_is_what_is_found_sentence_by_sentence(parts, data):
    text = " ".join(parts)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    assert outlook.uses(text, span) == found_one_by_one(text, span)


def test_a_turn_is_something_to_offer():
    text = TURNED[0]
    assert not list(wordings.found(text, words(text, Span(0, len(text))), "paraphrase"))
    assert "paraphrase" in outlook.uses(text, Span(0, len(text)))
    assert "paraphrase" not in outlook.uses(text, Span(0, 12))  # a part of what would move


def test_each_sentence_of_a_selection_has_a_start():
    text = "They go. Actually, it is old."
    assert "shorten" in outlook.uses(text, Span(0, len(text)))
    assert outlook.uses(text, Span(0, 8)) == set()


def test_a_name_is_not_reworded():
    assert outlook.uses("They saw Large.", Span(0, 15)) == set() != outlook.uses("They saw large.", Span(0, 15))


def test_a_long_text_is_not_read_to_its_end():
    text = "They go there. " * 1000
    assert outlook.uses(text, Span(0, len(text))) == outlook.USES
    assert outlook.uses(text, Span(0, 15 * outlook.MOST)) == set()
