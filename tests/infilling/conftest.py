"""Editors with models that say anything, and what must hold for every fill of theirs."""

from functools import cache

import pytest

from llada_edit.editor import Editor
from llada_edit.testing import assert_untouched, scripted_model, tiny_model


@cache
def model_editor(kind, seed=0):
    if kind == "network":
        return Editor(tiny_model(seed))
    if kind == "full":
        return Editor(tiny_model(seed, "full"))
    changes = {"elastic": {"expand_id": 2, "delete_id": 4, "stop_ids": ()}, "null": {"null_id": 1}}.get(kind, {})
    return Editor(scripted_model(seed=seed, scale=6.0, **changes))


def hold_promises(document, fill):
    """What must hold for every candidate of every fill."""
    assert len({candidate.text for candidate in fill.candidates}) == len(fill.candidates) or len(document.holes) > 1
    for candidate in fill.candidates:
        assert_untouched(document.text, candidate.text, candidate.edits)
        assert len(candidate.holes) == len(document.holes)
        for edit, hole in zip(candidate.holes, document.holes, strict=True):
            assert (edit.span, edit.name) == (hole.span, hole.name)
            edit.text.encode("utf-8")
            assert not any(
                control in edit.text for control in ("<|mask", "<|null", "<|end", "\u2591", "\ufffd", "\x00")
            )
            assert "\n" not in edit.text
            assert "\r" not in edit.text
            assert all(0 <= token.probability <= 1 for token in edit.tokens)
            if hole.length is not None and hole.length.unit != "tokens":
                assert hole.length.accepts(edit.text.strip(" "), 0) or hole.length.unit == "chars"


@pytest.fixture(scope="session")
def editor():
    return model_editor


@pytest.fixture(scope="session")
def check():
    return hold_promises
