"""Diffs on a terminal: the same lines as elsewhere, with colour on the words that changed."""

import click
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.batch.records import StoredEdit
from llada_edit.batch.reports import diff
from llada_edit.batch.review import visible
from llada_edit.cli.outcome import coloured

texts = st.text(st.sampled_from("ab c.\n-+@é"), max_size=60)


@given(texts, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.sampled_from(["", "x y", "-", "@@"]))))
def test_colour_changes_no_line(text, wanted):
    edits, at = [], 0
    for start, length, new in sorted(wanted):
        if at <= start and start + length <= len(text):
            edits.append(StoredEdit(start, start + length, text[start : start + length], new))
            at = start + length + 1
    lines = visible(diff("a.md", text, tuple(edits))).splitlines()
    assert [click.unstyle(line) for line in coloured(lines)] == lines


def test_only_the_words_that_changed_are_coloured():
    text = "One line.\nWe utilize the tool in order to start.\n"
    edits = (StoredEdit(13, 20, "utilize", "use"), StoredEdit(30, 41, "in order to", "to"))
    shown = list(coloured(diff("a.md", text, edits).splitlines()))
    old, new = (next(line for line in shown if click.unstyle(line).startswith(f"{sign}We")) for sign in "-+")
    assert click.style("utilize", fg="red", bold=True) in old
    assert " the tool" in old and click.style("use", fg="green", bold=True) in new
    assert shown[0] == click.style("--- a/a.md", bold=True)
