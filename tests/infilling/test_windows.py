"""Infills at the borders of a model: long texts, many holes, models that never say enough or no text at all."""

import pytest
import torch

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.errors import DoesNotFit
from llada_edit.testing import PARAGRAPH, scripted_model

KINDS = ["network", "full", "scripted", "elastic", "null"]
VOCABULARY = scripted_model().card.vocab_size


def always(token):
    """A script that wants one token everywhere."""

    def script(tokens, at, layout):
        logits = torch.zeros(*at.shape, VOCABULARY)
        logits[..., token] = 30
        return logits

    return script


@pytest.mark.slow
def test_many_holes_are_filled_in_groups_that_see_what_is_filled(editor, check):
    text = " ".join(f"Part {index} [?h{index}] ends." for index in range(30))
    document = Document.parse(text)
    for kind in ("network", "scripted", "null"):
        check(document, editor(kind).infill(document))


@pytest.mark.parametrize("kind", ["network", "null", "elastic"])
def test_frames_show_the_groups_that_are_filled(editor, kind):
    text = " ".join(f"Part {index} [?h{index}] ends." for index in range(12))
    frames = list(editor(kind).stream(text))
    marked = [frame.text.count("[?") for frame in frames]
    assert marked[0] < 12
    assert marked == sorted(marked, reverse=True)
    assert marked[-2] == 0
    assert len(set(marked)) > 2, "several groups"
    for frame in frames:
        parts = [part.split(" ends.")[0] for part in frame.text.split("Part ")[1:]]
        assert len(parts) == 12


def test_a_hole_far_inside_a_long_text(editor, check):
    text = PARAGRAPH * 20 + "Here [?] it is. " + PARAGRAPH * 20
    for kind in KINDS:
        check(Document.parse(text), editor(kind).infill(text))


def test_a_hole_too_long_for_the_model(editor):
    with pytest.raises(DoesNotFit, match="need 300 tokens, and this model takes 256"):
        editor("network").infill("a [?: exactly 300 tokens] b")


def test_growth_stops_where_the_window_ends(check):
    """A model that never says "enough" must not be laid out beyond what fits."""
    text = " ".join(f"word [?h{index}]" for index in range(4))
    model = scripted_model(always(40), null_id=1, max_length=128)
    check(Document.parse(text), Editor(model).infill(text))


def test_an_elastic_model_that_always_expands_stays_in_its_window(check):
    def script(tokens, at, layout):
        assert tokens.shape[1] <= 128, "canvas beyond the window"
        return always(2)(tokens, at, layout)

    text = PARAGRAPH * 3 + "[?]" + PARAGRAPH * 3
    model = scripted_model(script, expand_id=2, delete_id=4, stop_ids=(), max_length=128)
    check(Document.parse(text), Editor(model).infill(text))


def test_a_model_that_only_wants_control_tokens_still_writes_text(check):
    for token in (0, 1, 3, 4):
        model = scripted_model(always(token), null_id=1)
        for choices in ({}, {"guidance": 2.0}, {"exact": True}, {"polish": 1}):
            check(Document.parse("a [?] b"), Editor(model).infill("a [?] b", **choices))
