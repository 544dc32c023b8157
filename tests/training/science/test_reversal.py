"""Couplets are asked as the reversal test says, and a training that was killed goes on."""

from __future__ import annotations

import json
import time
from pathlib import Path

import torch

from llada_edit.models.llama import Llama, LlamaConfig


def test_couplets_are_asked_in_a_direction_that_was_not_shown(load, tmp_path: Path) -> None:
    reversal = load("reversal")
    lines = ["西陸蟬聲唱，南冠客思侵。", "那堪玄鬢影，來對白頭吟。", "短，長句。", "西陸蟬聲唱，無人信高潔。"]
    (tmp_path / "poems.jsonl").write_text(json.dumps({"lines": lines}) + "\n")
    pairs = reversal.couplets(tmp_path / "poems.jsonl", 10)
    assert sorted(pairs) == [("西陸蟬聲唱", "南冠客思侵"), ("那堪玄鬢影", "來對白頭吟")]
    rows = reversal.Rows(pairs, causal=False)
    asked = [row for row in rows.rows if row[0] == reversal.BEFORE]
    assert asked == [rows.row(reversal.BEFORE, *pairs[0][::-1])], "the second couplet is shown forwards only"
    batch = rows.batch(0, 33, reversal.ROW)
    assert not batch.counted[:, 0].any()
    assert (batch.tokens[batch.counted] == reversal.MASK).all()
    # Eleven epochs of three rows, each in full.
    assert all(
        sorted(map(tuple, batch.targets[at : at + 3])) == sorted(map(tuple, rows.rows)) for at in range(0, 33, 3)
    )
    ahead = reversal.Rows(pairs, causal=True).batch(0, 8, reversal.ROW)
    assert (ahead.targets[:, :-1] == ahead.tokens[:, 1:]).all()


class Reciter(Llama):
    """Knows all rows by heart, in one form: says the row that agrees with most of what it sees."""

    def __init__(self, rows: list[list[int]], size: int) -> None:
        super().__init__(LlamaConfig(size, width=8, layers=1, heads=1, feed_forward=8, max_positions=13))
        self.rows = torch.tensor(rows)

    def hidden(self, tokens, positions, mask=None, past=None):
        agree = (tokens[:, None] == self.rows).sum(-1)
        return self.rows[agree.argmax(1)][..., None].float(), []

    def project(self, hidden):
        return torch.nn.functional.one_hot(hidden[..., 0].long(), self.config.vocab_size).float() * 9


def test_a_model_that_knows_the_rows_is_found_to_know_them(load, poems: Path) -> None:
    reversal = load("reversal")
    pairs = reversal.couplets(poems, 12)
    rows = reversal.Rows(pairs, causal=False)
    everything = [rows.row(reversal.NEXT, *pair) for pair in pairs]
    found = reversal.ask(rows, Reciter(everything, rows.size), pairs, 10)
    assert found["next line"] == found["the same, first line masked"] == (6, 6)
    assert found["line before, shown backwards"] == found["line before, not shown backwards"] == (0, 6)


def test_reversal_at_a_tiny_size(smoke, poems: Path) -> None:
    tiny = ("--couplets", 10, "--steps", 2, "--rows", 4, "--width", 32, "--layers", 1, "--seeds", 1)
    section = smoke("reversal", poems, *tiny)
    assert set(section["results"]) == {"masked", "autoregressive"}
    assert section["settings"]["couplets"] == 10
    assert sum("(0% to" in line for line in section["lines"]) == 2
    assert smoke("reversal", poems, *tiny)["results"] == section["results"], "nothing is trained again"


def test_a_training_that_was_killed_goes_on_to_the_same_end(load, poems: Path, tmp_path: Path) -> None:
    reversal, science = load("reversal"), load("science")
    rows = reversal.Rows(reversal.couplets(poems, 8), causal=False)
    recipe = reversal.Recipe(steps=4, tokens_per_step=52, lengths=(13,), save_every=3, validate_every=2)

    def summed(network: Llama) -> dict[str, float]:
        return {"sum": float(sum(value.sum() for value in network.parameters()))}

    def watched(name: str):
        torch.manual_seed(0)
        network = Llama(LlamaConfig(rows.size, width=16, layers=1, heads=1, feed_forward=16, max_positions=13))
        data = reversal.Data(rows, rows, reversal.CONTROLS)
        return network, science.Watched(network, recipe, data, tmp_path / name, summed)

    (whole, straight), (_, killed) = watched("whole"), watched("killed")
    curve = straight.finish()
    assert not killed.run(deadline=time.monotonic())
    again, later = watched("killed")
    assert [(row["step"], row["sum"]) for row in later.finish()] == [(row["step"], row["sum"]) for row in curve]
    assert later.step == 4
    assert all(torch.equal(one, two) for one, two in zip(whole.parameters(), again.parameters(), strict=True))
