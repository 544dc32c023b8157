"""Of any texts, both sides of the division have some, nothing is on both, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llada_edit.training.held_out import LONG, divided

WORDS = st.lists(st.sampled_from(["winter", "the", "harbour.", "a\n\nb", "x\ny"]), max_size=40).map(" ".join)


def sides(texts: list[str]) -> tuple[list[str], list[str]]:
    return list(divided(lambda: texts, held_out=False)), list(divided(lambda: texts, held_out=True))


@given(st.lists(WORDS, max_size=30))
def test_nothing_is_lost_or_on_both_sides(texts: list[str]) -> None:
    train, valid = sides(texts)
    letters = sorted("".join("".join(texts).split()))
    assert sorted("".join("".join((*train, *valid)).split())) == letters
    assert all(text.strip() for text in (*train, *valid))


@given(st.lists(st.builds("winter harbour the long proposal {}".format, WORDS), min_size=1, max_size=30))
def test_about_a_tenth_is_held_out_however_many_texts_there_are(texts: list[str]) -> None:
    train, valid = (sum(map(len, side)) for side in sides(texts))
    assert 0.03 * train <= valid <= train


def test_whole_documents_are_held_out_where_there_are_enough() -> None:
    texts = [f"Note {number}." for number in range(20)]
    assert sides(texts) == ([text for number, text in enumerate(texts) if number % 10 != 9], [texts[9], texts[19]])
    gaps = [text for note in texts for text in (note, "\n")]
    assert sides(gaps) == sides(texts), "empty ones do not count"


def test_few_or_long_texts_are_cut_where_they_may_be() -> None:
    paragraphs = "\n\n".join(f"Paragraph {number} of the only letter." for number in range(20))
    train, valid = sides([paragraphs])
    assert train[0] + valid[0] == paragraphs
    assert valid[0].startswith("Paragraph 17 ")
    chinese = "\u6625" * 200
    assert sides([chinese]) == ([chinese[:180]], [chinese[180:]]), "where there is no border at all"
    book = "\n\n".join(["a" * LONG] * 20)
    assert [len(side) for side in sides([book])] == [18, 2], "a long book is cut at paragraphs"


def test_a_tenth_document_without_much_text_is_not_enough() -> None:
    texts = ["The committee accepted the proposal. " * 20] * 9 + ["Short."]
    assert sum(map(len, sides(texts)[1])) > 300
