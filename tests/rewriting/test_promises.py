"""What the bundled model with its lists is worth: letters of offices, papers, clean prose, common mistakes."""

import pytest

OFFICIALESE = [
    ("In the event that you require assistance, please telephone us.", "if you need assistance"),
    ("We would be grateful if you would return the form prior to Friday.", "please return the form before"),
    ("It should be noted that the office is closed at the present time.", "the office is closed now"),
    ("Due to the fact that the fee was not paid, the matter is in the process of being reviewed.", "because"),
    ("You are required to provide notification to the office of any change.", "must"),
    ("The committee has come to the conclusion that the plan should be given consideration.", "concluded that"),
    ("A large number of applicants were not able to attend the meeting.", "many applicants could not"),
    ("Please make a payment to the office on a monthly basis.", "pay the office"),
    ("This is to inform you that we are in receipt of your request.", "have received"),
    ("Subsequent to the meeting, the board made a decision to purchase the land.", "decided to buy"),
]
ACADEMIC = [
    ("We utilized a methodology that facilitates the analysis of a wide range of materials.", "used a method"),
    ("In order to ascertain whether the samples were identical, we conducted an examination of each.", "to find out"),
    ("The results demonstrate that approximately half of the subjects possess the gene.", "show that about half"),
    ("Furthermore, the vast majority of the participants encountered no difficulties.", "almost all of the"),
]
CLEAN = """
The ferry leaves at noon, and the crossing takes about two hours.
She had never seen the sea before, nor had her brother.
Its roof was repaired last year, but the walls are still damp.
Their house stands where the road turns towards the mill.
If it were up to me, we would stay here for another week.
He asked whether the letter had been sent to the right address.
There are more people in the hall than there were yesterday.
The children lost their way in the fog and were found an hour later.
You're welcome to bring your own chair.
The effect of the new rule was greater than anyone had expected.
They accept everything except damaged goods.
Who's going to tell them whose turn it is?
It's a pity that the dog lost its collar.
The principal reason for the delay was a matter of principle.
What they had had before was no better than this.
An hour is not enough for a university course of this kind.
These data were collected by a team that is led by a chemist.
I would rather read than watch a film.
Neither of the two answers is quite right.
The weather was fine, whether or not we noticed it.
""".strip().splitlines()
MISTAKES = [
    ("We recieved your letter yesterday.", "We received your letter yesterday."),
    ("You should of told us before.", "You should have told us before."),
    ("They kept it in a seperate room.", "They kept it in a separate room."),
    ("It was more expensive then the old one.", "It was more expensive than the old one."),
    ("He don't know the answer.", "He doesn't know the answer."),
    ("She bought alot of bread.", "She bought a lot of bread."),
    ("Its not the end of the world.", "It's not the end of the world."),
    ("It is an useful tool.", "It is a useful tool."),
    ("The door was open , and the the lamp was lit.", "The door was open, and the lamp was lit."),
    ("We will go irregardless of the cost.", "We will go regardless of the cost."),
]


@pytest.mark.parametrize(("before", "better"), OFFICIALESE)
def test_officialese_becomes_plain(bundled, before, better):
    after = bundled.rewrite(before, op="plain").text
    assert better in after.casefold(), after
    assert len(after) < len(before)


@pytest.mark.parametrize(("before", "better"), ACADEMIC)
def test_academic_prose_becomes_simpler(bundled, before, better):
    assert better in bundled.rewrite(before, op="simplify").text.casefold()


def test_clean_prose_is_not_touched_by_proofreading(bundled):
    touched = {text: result.text for text in CLEAN if (result := bundled.rewrite(text, op="proofread")).changed}
    assert len(CLEAN) == 20
    assert not touched


@pytest.mark.parametrize(("before", "after"), MISTAKES)
def test_common_mistakes_are_repaired(bundled, before, after):
    assert bundled.rewrite(before, op="proofread").text == after


@pytest.mark.parametrize(
    "text",
    [
        "Although they often try to finish the work quickly, someone usually makes a mistake.",
        "For example, nearly all of the houses were built near the river.",
        "When the work is difficult to understand, you often need someone who can help you.",
    ],
)
def test_three_different_texts(bundled, text):
    texts = [candidate.text for candidate in bundled.rewrite(text, op="paraphrase", n=3).candidates]
    assert len(set(texts)) == 3
    assert text not in texts
