"""A model that was trained on pairs is asked in the row that it was trained on, and its answer is read back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from llada_edit.models.base import Layout
from llada_edit.models.bundled import END, NULL, OPERATIONS, operation_prompt
from llada_edit.testing import scripted_model, tiny_model
from llada_edit.training.evaluation.skill import trained_rewrite
from llada_edit.training.pairs import slots_for

TEXT = "The committee accepted the proposal."


@pytest.mark.parametrize("operation", ["simplify", "proofread"])
@pytest.mark.parametrize("wanted", ["The committee accepted it.", "A", TEXT + " Nobody"])
def test_the_answer_of_a_model_is_read_back(operation: str, wanted: str) -> None:
    """By a model that says what is wanted, and nulls after it."""
    rows: list[tuple[list[int], Layout]] = []

    def says(tokens: Tensor, at: Tensor, layout: Layout) -> Tensor:
        rows.append((tokens[0].tolist(), layout))
        logits = torch.zeros(1, at.shape[1], model.card.vocab_size)
        for index, column in enumerate((at[0] - len(prompt)).tolist()):
            logits[0, index, answer[column] if column < len(answer) else NULL] = 12
        return logits

    model = scripted_model(says, null_id=NULL, end_ids=(END,), attention="isolated")
    answer, ids = model.vocabulary.encode(wanted), model.vocabulary.encode(TEXT)
    prompt = [*operation_prompt(operation, ids), END]
    assert trained_rewrite(model, TEXT, operation) == wanted
    first, layout = rows[0]
    assert first == [*prompt, *[model.card.mask_id] * slots_for(len(ids)), END]
    assert layout.hole[0].tolist() == [False] * len(prompt) + [True] * slots_for(len(ids)) + [False]
    last, layout = rows[-1]
    assert int(layout.hole.sum()) == len(answer) == len(rows) - 1
    assert not (layout.hole & ~layout.valid).any() and len(last) == len(first), "nobody moves"


@pytest.mark.parametrize("text", ["", "word after word " * 200])
def test_what_does_not_fit_stays_as_it_is(text: str) -> None:
    assert trained_rewrite(tiny_model(), text, "shorten") == text


def test_an_untrained_network_writes_something() -> None:
    model = tiny_model()
    for operation in OPERATIONS:
        assert trained_rewrite(model, TEXT, operation).isprintable()
