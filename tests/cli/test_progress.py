"""The time left, told by what was really done."""

import pytest

from llada_edit.batch.engines import Done
from llada_edit.batch.worker import Task
from llada_edit.cli import progress


def test_what_a_resumed_run_skips_counts_as_done_and_not_as_speed(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    names = [f"{number}.md" for number in range(100)]
    passed = []
    clock = progress._Clock(dict.fromkeys(names, 50), passed, {})
    now[0] += 60  # loading
    for number in range(90, 94):
        passed[:] = names[:90]
        now[0] += 2
        clock.add(Done(Task(names[number], names[number], "", "text"), "edited", 2.0, 1))
    assert (clock.documents, clock.total, clock.edits) == (94, 100, 4)
    assert clock.left() == "12 s left"


def test_a_long_document_tells_while_it_is_read(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    under_way = {}
    clock = progress._Clock({"novel.md": 900, "note.md": 100}, [], under_way)
    assert (clock.position, clock.left()) == (0, "")
    under_way["novel.md"] = 0.0
    clock.look()
    now[0] += 30
    assert (clock.position, clock.left()) == (0, "")
    under_way["novel.md"] = 1 / 9
    assert clock.position == pytest.approx(1 / 9) and clock.left() == "4 min left"
    del under_way["novel.md"]
    now[0] += 240
    clock.add(Done(Task("n", "novel.md", "", "text"), "edited", 270.0, 1))
    under_way["note.md"] = 0.5
    now[0] += 15
    assert clock.position == 1.5 and clock.left() == "15 s left"


@pytest.mark.parametrize(("seconds", "said"), [(3, "3 s"), (89, "89 s"), (90, "2 min"), (5400, "1.5 h")])
def test_spans_of_time(seconds, said):
    assert progress.spelled(seconds) == said


def test_what_is_being_done_is_named_and_moves_no_cursor():
    assert progress.doing([], True) == "loading the model"
    assert progress.doing(["docs/a.md", "b.md"], True) == "a.md"
    assert progress.doing(["docs/\x1b[2Jä\n.md"], False) == "?[2J??.md"
    assert len(progress.doing(["x" * 300], False)) == 30
