"""The bundled model on sentences of everyday kinds; few, as each costs about a second."""

import pytest

from llada_edit.document import Document


@pytest.mark.parametrize(
    ("op", "before", "after"),
    [
        ("simplify", "In order to utilize the tool, you need a licence.", "To use the tool, you need a licence."),
        ("formal", "I don't know whether they will come.", "I do not know whether they will come."),
        (
            "formal",
            "We can't go, she's ill, and he's late, and I shan't wait.",
            "We cannot go, she is ill, and he is late, and I shall not wait.",
        ),
        ("formal", "I wanna go home, and they wanna stay.", "I would like to go home, and they wish to stay."),
        ("formal", "It ain't right, and they ain't here.", "It is not right, and they are not here."),
        ("proofread", "He was happy to see teh old house.", "He was happy to see the old house."),
        ("proofread", "There was nothing to do about the the problem.", "There was nothing to do about the problem."),
        ("proofread", "I think its a good idea to wait.", "I think it's a good idea to wait."),
        ("proofread", "It's recommended that you use the new tool.", "It's recommended that you use the new tool."),
    ],
)
def test_known_cases(bundled, op, before, after):
    assert bundled.rewrite(before, op=op).text == after


@pytest.mark.parametrize("op", ["simplify", "plain", "shorten", "proofread", "refine"])
def test_nothing_to_do(bundled, op):
    text = "The cat sat on the mat, and the dog ran into the garden."
    result = bundled.rewrite(text, op=op)
    assert not result.changed, result.diff()


def test_keep_names_and_quotations(bundled):
    text = 'We utilize numerous tools, "utilize" them well, and utilize Acme.'
    result = bundled.rewrite(text, op="simplify", keep=["numerous"])
    assert result.text == 'We use numerous tools, "utilize" them well, and use Acme.'


def test_other_scripts_pass(bundled):
    text = "\u4eca\u65e5\u306f\u6674\u308c\u3067\u3059\u3002\u660e\u65e5\u306f\u96e8\u3067\u3059\u3002"
    assert bundled.rewrite(text, op="proofread").text == text
    assert bundled.rewrite(Document("\u00c0 bient\u00f4t!"), op="simplify").text == "\u00c0 bient\u00f4t!"


def test_weak_operations_say_so(bundled):
    assert "little" in bundled.rewrite("It is old.", op="expand").notes[0]
    assert bundled.rewrite("It is old.", op="simplify").notes == ()
