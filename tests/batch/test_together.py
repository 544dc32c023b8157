"""Edits as a reader decides about them: whole words, and both halves of what was moved."""

from hypothesis import given
from hypothesis import strategies as st

from llada_edit.batch.records import sha256
from llada_edit.batch.together import together
from llada_edit.batch.worker import Portion, Task, process
from llada_edit.document import splice
from llada_edit.edits import Edit
from llada_edit.formats.registry import format_named
from llada_edit.holes import Span


def edits_of(text, *changes):
    """Edits, each given by where it begins, what goes and what comes."""
    return [Edit(Span(start, start + len(old)), new) for start, old, new in changes if text.startswith(old, start)]


def shown(text, edits, name="text"):
    prose = format_named(name).read(text.encode())
    return [(edit.span.of(prose.text), edit.text) for edit, _ in together(prose, edits)]


BECAUSE = "Because it rained, the workers left early. We utilize it."
TURN = edits_of(BECAUSE, (0, "Because it rained, t", "T"), (41, "", " because it rained"), (46, "utilize", "use"))


def test_a_clause_that_moves_is_one_edit():
    assert shown(BECAUSE, TURN) == [
        ("Because it rained, the workers left early", "The workers left early because it rained"),
        ("utilize", "use"),
    ]


def test_other_edits_before_a_move_stay_apart():
    text = "Many people like it. The plan, however, was good."
    edits = edits_of(text, (5, "", "kind "), (21, "T", "However, t"), (29, ", however,", ""))
    assert shown(text, edits) == [("", "kind "), ("The plan, however,", "However, the plan")]


def test_an_edit_that_cuts_a_word_takes_all_of_it():
    text = "In order to utilize it"
    assert shown(text, edits_of(text, (0, "In order t", "T"), (12, "utilize", "use"))) == [
        ("In order to", "To"),
        ("utilize", "use"),
    ]


def test_what_may_not_change_is_not_drawn_in(tmp_path):
    """Where a move spans two lines of a quotation, its halves are written down as they are."""
    text = "> Because it rained, the workers\n> left early.\n"
    data = text.encode()
    (tmp_path / "q.md").write_bytes(data)
    halves = edits_of(text, (2, "Because it rained, t", "T"), (text.index("."), "", " because it rained"))

    class Moves:
        notes = ()

        def __call__(self, prose, form):
            yield Portion(halves, 1.0)

    record = process(Task("k", "q.md", sha256(data), "markdown"), tmp_path, Moves())
    assert [edit.old for edit in record.edits] == ["Because it rained, t", ""]


@given(st.text("ab c\n,", min_size=1, max_size=40), st.data())
def test_the_text_afterwards_is_the_same(text, data):
    prose = format_named("text").read(text.encode())
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    words = st.text("ab c,", max_size=5)
    edits = [Edit(Span(*pair), data.draw(words)) for pair in zip(cuts[::2], cuts[1::2], strict=False)]
    whole = list(together(prose, edits))
    assert splice(text, [edit for edit, _ in whole]) == splice(text, edits)
    assert [part for _, parts in whole for part in parts] == edits
