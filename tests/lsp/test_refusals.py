"""What was refused, against a plain list of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from llada_lsp.refusals import NEAR, PLACES, Offered, Refusals
from llada_lsp.tasks import Proposal

from llada_edit.edits import Edit
from llada_edit.holes import Span

texts = st.text("ab ", max_size=6)


def offered(text: str, at: int, *new: str) -> Offered:
    return Offered("file:///a", text, tuple(Proposal((Edit(Span(at, at), one),), 0.0) for one in new), None)


@given(texts, texts, st.lists(texts, min_size=1, max_size=4, unique=True), st.data())
def test_only_what_was_refused_stays_away_and_only_there(
    left: str, right: str, new: list[str], data: st.DataObject
) -> None:
    refusals, shown = Refusals(), offered(left + right, len(left), *new)
    gone = data.draw(st.sets(st.integers(0, len(new) - 1)))
    for index in gone:
        refusals.refuse(shown, index)
    kept = [proposal for index, proposal in enumerate(shown.proposals) if index not in gone]
    assert refusals.without(shown.text, shown.proposals) == kept
    assert refusals.count(shown.text, [Span(len(left), len(left))]) == len(gone)
    far = "x" * NEAR
    moved, here = far + left + right + far, NEAR + len(left)
    assert len(refusals.without(moved, offered(moved, here, *new).proposals)) == len(new)  # another place


def test_a_place_that_has_moved_is_the_same_place() -> None:
    refusals, around = Refusals(), "y" * NEAR
    refusals.refuse(offered(around + around, NEAR, "new"), None)
    later = "more " + around + around + " after"
    assert refusals.without(later, offered(later, NEAR + 5, "new").proposals) == []


def test_the_oldest_places_are_forgotten() -> None:
    refusals = Refusals()
    for number in range(PLACES + 1):
        refusals.refuse(offered(f"{number} ", 1, "new"), 0)
    assert refusals.count("0 ", [Span(1, 1)]) == 0 and refusals.count("1 ", [Span(1, 1)]) == 1
    for number in range(20):
        refusals.offer(str(number), offered("", 0))
    assert refusals.offered("0") is None and refusals.offered("19") is not None
