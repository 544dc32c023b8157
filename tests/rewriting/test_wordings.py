"""The list of wordings, spelling, and what counts as the same meaning."""

import pytest

from llada_edit.edits import Edit, apply
from llada_edit.holes import Span
from llada_edit.rewriting import fitting, lists, meaning, spelling, wordings
from llada_edit.rewriting.operations import OPERATIONS
from llada_edit.rewriting.words import words
from llada_edit.testing import tiny_model

USES = sorted({use for operation in OPERATIONS.values() for use in operation.uses})


def rewritten(text, use):
    everything = words(text, Span(0, len(text)))
    return {apply(text, [one.edit]) for one in wordings.found(text, everything, use)}


@pytest.mark.parametrize(
    ("use", "before", "after"),
    [
        ("simplify", "In order to win, we utilize it.", "To win, we utilize it."),
        ("simplify", "We utilized it.", "We used it."),
        ("formal", "We don\u2019t know.", "We do not know."),
        ("formal", "They\u2019re here.", "They are here."),
        ("expand", "I can't.", "I cannot."),
        ("paraphrase", "It is a large house.", "It is a big house."),
        ("paraphrase", "They came from the entire town.", "They came from the whole town."),
        ("shorten", "It is a very old house.", "It is an old house."),
        ("shorten", "It is very old.", "It is old."),
        ("shorten", "Actually, it is old.", "It is old."),
        ("shorten", "It is, of course, old.", "It is old."),
    ],
)
def test_found(use, before, after):
    assert after in rewritten(before, use)


def test_not_found():
    assert rewritten("He would not really go.", "shorten") == set()
    assert rewritten("IN ORDER TO WIN", "simplify") == set()
    assert rewritten("prior (to)", "simplify") == set()
    assert rewritten("a sufficient", "plain") == set()
    assert rewritten("They abandoned the ship.", "plain") == {"They gave up the ship."}
    assert rewritten("They abandoned it.", "plain") == set()
    assert rewritten("How complete the union has become!", "paraphrase") == set()


EXAMPLES = {"@det": "the", "@subj": "they", "@obj": "them", "@be": "is", "@have": "has", "@ing": "making",
            "@plural": "houses", "@num": "40"}  # fmt: skip
BEFORE = {"infinitive": "to", "base": "to", "s": "it", "perfect": "have", "participle": "have"}
LINES = [(use, w) for use in USES for word in lists.table(use) for w in lists.table(use).at(word)]


def example(word, place=0):
    """A word that is asked for."""
    choices = [one for one in word.split("|") if one[0] != "@"] or word.split("|")
    return EXAMPLES.get(choices[place % len(choices)], choices[place % len(choices)])


def test_every_line_can_be_found_and_keeps_negations():
    for use, wording in dict.fromkeys(LINES):
        shown = " ".join(map(example, wording.words))
        before = f"{shown} here." if wording.opens else f"ours {BEFORE.get(wording.form, 'we')} {shown} here."
        changed = rewritten(before, use)
        assert changed, (use, wording, before)
        assert all(meaning.same_facts(before, text, ("numbers", "negations")) for text in changed), (use, wording)
        assert all(meaning.harmless(text, before) for text in changed), (use, wording)


@pytest.mark.parametrize("use", ["simplify", "plain", "shorten", "formal"])
def test_no_change_can_be_taken_back(use):
    pairs = {(w.words, tuple(word.casefold() for word in w.instead)) for one, w in LINES if one == use}
    assert not [pair for pair in pairs if pair[::-1] in pairs]


@pytest.mark.parametrize("use", ["simplify", "plain", "shorten"])
def test_what_comes_instead_is_no_longer(use):
    longer = [w for one, w in LINES if one == use and len(" ".join(w.instead)) > len(" ".join(w.words)) + 9]
    assert not longer


def test_deleting_the_first_word_gives_the_next_one_its_capital():
    assert fitting.without("Very old houses.", Span(0, 4)) == Edit(Span(0, 6), "O")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("It is a error, an house, an hour, a unit, a X.", "It is an error, a house, an hour, a unit, a X."),
        ("A old one.", "An old one."),
        ("An HTML page, a XML file, a MP, an UN body.", "An HTML page, an XML file, an MP, an UN body."),
        ("An uninformed, a university, an one-off, a heir.", "An uninformed, a university, a one-off, an heir."),
        ("Vitamin A increases, a Acme tool, a NATO base.", "Vitamin A increases, a Acme tool, a NATO base."),
    ],
)
def test_articles(before, after):
    assert apply(before, list(fitting.articles(before, words(before, Span(0, len(before)))))) == after


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


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("pf", {"of", "if"}),
        ("ovr", {"over", "or"}),
        ("It is of the sea, they say", set()),
        ("x", set()),
        ("the Ovr", set()),
        ("greened founding", set()),  # forms of known words
        ("grene", {"green"}),
    ],
)
def test_what_may_be_a_slip(bundled, text, among):
    vocabulary = bundled.model.vocabulary
    corrections = [spelling.corrections(word, vocabulary) for word in words(text, Span(0, len(text)))]
    found = {edit.text for edits in corrections for edit in edits}
    assert among <= found
    assert bool(among) == bool(found)


def test_an_article_and_what_cannot_follow_it_change_places():
    text = "The in end the, of the few and the same a would cat, a of cat"
    found = spelling.swapped(text, words(text, Span(0, len(text))))
    assert apply(text, list(found)) == "In the end the, of the few and the same would a cat, of a cat"


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
