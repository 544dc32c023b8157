"""The list of wordings, spelling, and what counts as the same meaning."""

import pytest

from llada_edit.edits import Edit, apply
from llada_edit.holes import Span
from llada_edit.rewriting import meaning, spelling, wordings
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.words import words
from llada_edit.testing import tiny_model

USES = sorted({use for operation in OPERATIONS.values() for use in operation.uses})


def rewritten(text, use):
    everything = words(text, Span(0, len(text)))
    return {apply(text, [edit]) for edit, _ in wordings.found(text, everything, use)}


@pytest.mark.parametrize(
    ("use", "before", "after"),
    [
        ("simplify", "In order to win, we utilize it.", "To win, we utilize it."),
        ("simplify", "We utilized it.", "We used it."),
        ("formal", "We don\u2019t know.", "We do not know."),
        ("formal", "They\u2019re here.", "They are here."),
        ("expand", "I can't.", "I cannot."),
        ("paraphrase", "I do not know.", "I don't know."),
        ("paraphrase", "It is a large house.", "It is a big house."),
        ("paraphrase", "It was an entire day.", "It was a whole day."),
        ("shorten", "It is a very old house.", "It is an old house."),
        ("shorten", "It is very old.", "It is old."),
        ("shorten", "Actually, it is old.", "It is old."),
        ("shorten", "It is, of course, old.", "It is, old."),
    ],
)
def test_found(use, before, after):
    assert after in rewritten(before, use)


def test_not_found():
    assert rewritten("He would not really go.", "shorten") == set()
    assert rewritten("IN ORDER TO WIN", "simplify") == set()
    assert rewritten("prior (to)", "simplify") == set()
    assert rewritten("a sufficient", "plain") == set()


@pytest.mark.parametrize("use", USES)
def test_every_line_can_be_found_and_keeps_negations(use):
    lines = [w for group in wordings.listed(use).values() for w in group]
    assert lines
    for wording in lines:
        before = f"so we say {' '.join(wording.words)} here."
        changed = rewritten(before, use)
        assert any(wording.instead.casefold() in text.casefold() for text in changed), wording
        assert all(meaning.same_facts(before, text, ("numbers", "negations")) for text in changed)
        assert all(meaning.harmless(text, before) for text in changed)


def test_deleting_the_first_word_gives_the_next_one_its_capital():
    assert wordings.without("Very old houses.", Span(0, 4)) == Edit(Span(0, 6), "O")


def test_articles():
    text = "It is a error, an house, an hour, a unit, a X, A old one."
    found = list(wordings.articles(text, words(text, Span(0, len(text)))))
    assert apply(text, found) == "It is an error, a house, an hour, a unit, a X, An old one."


def test_slips_are_one_slip_away():
    found = spelling.slips("cat")
    assert {"act", "cart", "at", "bat", "cats"} <= found
    assert not {"cat", "dog", "tac"} & found


def test_corrections_are_known_words():
    vocabulary = tiny_model().vocabulary
    known = spelling.known_words(vocabulary)
    word = next(word for word in known if len(word) > 4 and word.isascii() and word[1] != word[2])
    broken = word[0] + word[2] + word[1] + word[3:]
    text = f"the {broken.title()} is"
    (target,) = [w for w in words(text, Span(0, len(text))) if w.key == broken]
    assert word.title() in [edit.text for edit in spelling.corrections(target, vocabulary)]


def test_doubled_words():
    text = "It was the the end, and and he had had it."
    found = list(spelling.doubled(text, words(text, Span(0, len(text)))))
    assert apply(text, found) == "It was the end, and he had had it."


def test_repairs_leave_content_and_pronouns():
    assert meaning.only_repairs("houses", "house")
    assert meaning.only_repairs("recieve", "receive")
    assert not meaning.only_repairs("house", "boat")
    assert not meaning.only_repairs("he", "she")


def test_facts():
    assert meaning.same_facts("We don't owe Ann 5.", "We do not owe Ann 5.")
    assert not meaning.same_facts("We owe Ann 5.", "We owe Ann 6.")
    assert not meaning.same_facts("We owe Ann 5.", "We owe Bob 5.")
    assert not meaning.same_facts("We owe it.", "We never owe it.")
    assert meaning.overlap("The old house burned.", "An old house burns.") == 1
    assert meaning.overlap("The old house burned.", "The boat sank.") == 0
