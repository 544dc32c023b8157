"""What stands in training text is found whatever its case and signs, and is left out of what is measured."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from llada_edit.cli import cli
from llada_edit.training.evaluation.overlap import MOST, RUN, Screened, screen, seen_runs
from llada_edit.training.texts import Text

WORDS = st.lists(st.sampled_from("abc"), max_size=24)


@given(WORDS, st.lists(WORDS, max_size=3))
def test_runs_that_are_seen_are_those_of_all_compared(words: list[str], training: list[list[str]]) -> None:
    def runs(of: list[str]) -> list[tuple[str, ...]]:
        return [tuple(of[at : at + RUN]) for at in range(len(of) - RUN + 1)]

    known = {run for one in training for run in runs(one)}
    own = runs(words)
    wanted = (sum(run in known for run in own), len(own))
    written = Text(", ".join(words).upper())
    assert seen_runs([written, Text("")], [Text(" ".join(one)) for one in training]) == [wanted, (0, 0)]


def test_no_two_runs_are_taken_for_one() -> None:
    """The order of words counts, and so does every one of them."""
    words = [f"w{number}" for number in range(RUN)]
    for other in ([*words[1:], words[0]], [*words[:-1], "x"], ["x", *words[1:]], [words[1], words[0], *words[2:]]):
        assert seen_runs([Text(" ".join(words))], [Text(" ".join(other))]) == [(0, 1)]
    assert seen_runs([Text(" ".join(words))], [Text("And " + " ".join(words) + "!")]) == [(1, 1)]


def long_text(seed: int) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(["one", "two", "three", "four", "five", "six", "seven"]) for _ in range(400))


def test_only_what_is_nearly_new_is_kept() -> None:
    known, new, other = (Text(long_text(seed)) for seed in range(3))
    quoting = Text(new.text + " " + " ".join(known.text.split()[:20]))
    copied = Text(new.text + " " + known.text)
    (kept, found), (rest, none) = screen([[known, quoting, copied], [other]], [known])
    assert kept == [quoting] and (found.texts, found.left_out) == (3, 2)
    assert found.share == pytest.approx(13 / 413)
    assert 0 < found.share < MOST
    assert rest == [other] and none == Screened(1, 0, 0.0)


def test_the_command_leaves_out_what_was_trained_on(
    tiny_folder: Path, corpus_files: dict[str, Path], tmp_path: Path
) -> None:
    lines = corpus_files["valid"].read_text().splitlines()
    seen = tmp_path / "seen.jsonl"
    known = json.loads(lines[0])["text"] + " " + " ".join(f"alone{n}" for n in range(60))
    seen.write_text(json.dumps({"text": known}) + "\n")
    asked = ["eval", corpus_files["valid"], seen, "--trained", seen, "--holes", 2, "--kind", "word"]
    done = CliRunner().invoke(cli, [*map(str, asked), "--model", str(tiny_folder)])
    assert done.exit_code == 0
    assert f"of {len(lines) + 1} texts, " in done.stdout
    assert "more than 5% of all runs of 8 words stand in it" in done.stdout
