"""Ways to rewrite are compared on the same pairs, drawn by a seed, and the intervals are those of their definition."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu import corpus_bleu

from llada_edit.cli import cli
from llada_edit.training.evaluation.bootstrap import FEWEST, Score, drawn, interval
from llada_edit.training.evaluation.comparing import FIXED, NOT_BETTER, Scores, rewriting_figures, scores
from llada_edit.training.evaluation.filling import wilson
from llada_edit.training.evaluation.page import TITLES, rewriting_lines
from llada_edit.training.evaluation.rewriting import IBLEU_ALPHA, gleu, ibleu, sari
from llada_edit.training.evaluation.sample import sample
from llada_edit.training.pairs import Pair

ROUNDED = 1e-6
"""By so much at most, the ends of intervals are rounded."""
WORDS = ["the", "cat", "sat", "on", "a", "mat", "today", "and", "slept", "."]


def same_words(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    return [float(text == other) for text, other in zip(texts, others, strict=True)]


def plain_ibleu(sources: list[str], found: list[str], references: list[str]) -> float:
    like, copied = (corpus_bleu(found, [others]).score / 100 for others in (references, sources))
    return IBLEU_ALPHA * like - (1 - IBLEU_ALPHA) * copied


def made(count: int) -> list[tuple[str, str, str]]:
    """Sources, rewritings and references of some words, each a little different; one rewriting is empty."""
    rng = np.random.default_rng(3)

    def changed(words: list[str]) -> str:
        return " ".join(word if rng.random() < 0.8 else str(rng.choice(WORDS)) for word in words)

    lists = [list(rng.choice(WORDS, rng.integers(1, 14))) for _ in range(count - 1)]
    return [*((changed(words), changed(words), changed(words)) for words in lists), ("a cat", "", "a mat")]


def test_figures_stand_beside_those_of_a_copy() -> None:
    pairs = [Pair("simplify", "She utilises 3 tools daily now.", "She uses 3 tools daily now.")] * 2
    ways = {
        "good": lambda text, operation: text.replace("utilises", "uses"),
        "bad": lambda text, operation: text.replace("3", operation),
        "nothing": lambda text, operation: text,
    }
    figures = rewriting_figures(ways, pairs, same_words)
    assert (figures.pairs, list(figures.ways)) == (2, ["copy", "good", "bad", "nothing"])
    good, bad, copy = (figures.ways[name] for name in ("good", "bad", "copy"))
    assert (good.changed, good.exact, good.kept, good.like_reference, good.like_source) == (1, 1, 1, 1, 0)
    assert good.sari == good.gleu == pytest.approx(1)
    assert figures.ways["nothing"] == copy
    assert (copy.changed, copy.exact, copy.kept, copy.like_source) == (0, 0, 1, 1)
    assert (bad.changed, bad.exact, bad.kept) == (1, 0, 0)
    assert bad.sari < copy.sari < good.sari
    assert figures.intervals == figures.gains == {}, "from two pairs"


def test_ibleu_is_that_of_the_whole_corpus() -> None:
    sources, found, references = map(list, zip(*made(30), strict=True))
    assert ibleu(sources, found, references).value == pytest.approx(plain_ibleu(sources, found, references))


def test_a_draw_is_scored_as_the_pairs_in_it() -> None:
    """Every score over a draw, against the same score over the texts written out as often as they were drawn."""
    triples = made(12)
    draws = drawn(12, 5, 40)
    assert draws.shape == (40, 12) and (draws.sum(1) == 12).all() and draws.max() > 1
    found = scores(
        [text for _, text, _ in triples], [Pair("simplify", one, three) for one, _, three in triples], same_words
    )
    redrawn = {name: one.redrawn(draws) for name, one in found.items()}
    for row, counts in enumerate(draws):
        written = [triple for triple, count in zip(triples, counts, strict=True) for _ in range(count)]
        columns = [list(column) for column in zip(*written, strict=True)]
        assert redrawn["gleu"][row] == pytest.approx(gleu(*columns).value)
        assert redrawn["ibleu"][row] == pytest.approx(plain_ibleu(*columns))
        assert redrawn["sari"][row] == pytest.approx(np.mean([sari(one, two, [three]) for one, two, three in written]))
        assert redrawn["changed"][row] == pytest.approx(np.mean([one != two for one, two, _ in written]))
    assert len(set(redrawn["gleu"])) > 5 and len(set(redrawn["ibleu"])) > 5
    assert (drawn(12, 5, 40) == draws).all() and (drawn(12, 6, 40) != draws).any()


def test_intervals_by_hand() -> None:
    # The mean of ten draws of five zeros and five ones is binomial: P(at most 1) = 0.011, P(at most 2) = 0.055.
    assert interval(Score.mean([0.0, 1.0] * 5).redrawn(drawn(10, 0))) == (0.2, 0.8)
    assert interval(Score.mean([0.25] * 12).redrawn(drawn(12, 0))) == (0.25, 0.25)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of 300 samples of 40 numbers, whose mean is 0."""
    rng, draws = np.random.default_rng(1), drawn(40, 0, 500)
    ends = [interval(Score.mean(list(sample)).redrawn(draws)) for sample in rng.exponential(size=(300, 40)) - 1]
    assert 0.88 < np.mean([low <= 0 <= high for low, high in ends]) < 0.97


def test_what_is_small_and_always_there_is_sure_and_what_is_rare_is_not() -> None:
    """Paired: the differences of these texts are small beside what the texts differ by among each other."""
    noise = ["is a cat on the long mat", "was in 3 old books of Anna", "x y z", "sat", "and not the one that he saw"]
    pairs = [Pair("simplify", f"We utilize {noise[i % 5]}", f"We use {noise[i % 5]}") for i in range(20)]
    rare = Pair("simplify", "We utilise it all day", "We use it all day")
    ways = {
        "always": lambda text, operation: text.replace("utilize", "use"),
        "once": lambda text, operation: text.replace("utilise", "use"),
        "worse": lambda text, operation: text.replace("We", "They"),
    }
    found = rewriting_figures(ways, [*pairs, rare], same_words)
    for score in ("exact", "like_reference", "sari", "gleu", "ibleu"):
        low, high = found.gains["always"][score]
        gain = getattr(found.ways["always"], score) - getattr(found.ways["copy"], score)
        assert 0 < low - ROUNDED <= gain <= high + ROUNDED
        low, high = found.gains["once"][score]
        assert low == 0 < high
    own, copied = found.intervals["once"]["sari"], found.intervals["copy"]["sari"]
    assert own[0] < copied[1] and copied[0] < own[1]
    assert found.gains["worse"]["sari"][1] < 0 == found.gains["worse"]["exact"][0]
    assert found.gains["always"]["kept"] == (0, 0)
    assert set(found.gains) == set(ways) and set(found.gains["worse"]) == set(TITLES) - set(NOT_BETTER)
    for way, values in found.ways.items():
        assert set(found.intervals[way]) == set(asdict(values)) - set(FIXED if way == "copy" else ())
        for score, (low, high) in found.intervals[way].items():
            assert low - ROUNDED <= getattr(values, score) <= high + ROUNDED
    assert found.intervals["once"]["exact"] == wilson(1, 21) != found.intervals["copy"]["exact"] == wilson(0, 21)
    again, other = (rewriting_figures(ways, [*pairs, rare], same_words, seed) for seed in (0, 1))
    assert again == found != other and again.ways == other.ways
    assert not rewriting_figures(ways, pairs[: FEWEST - 1], same_words).gains


def test_the_page_marks_what_is_sure() -> None:
    pairs = [Pair("simplify", f"We utilize item {number}", f"We use item {number}") for number in range(FEWEST)]
    right = {"editor": lambda text, operation: text.replace("utilize", "use") if text[-1] in "02468" else text}
    found = rewriting_figures(right, pairs, same_words)
    text = "\n".join(rewriting_lines({"simplify": found}))
    above, below = text.split("\n\n| operation, way | as wanted |")
    rows = [line for line in above.splitlines() if line.startswith("| simplify (10), ")]
    assert len(rows) == 2 and rows[0].startswith("| simplify (10), copy | 0% | 0% (0% to 28%) | 100% | 1.000 | 0.0")
    assert rows[1].startswith("| simplify (10), editor | 50% (24% to 76%) | 50% (24% to 76%) | 100% (72% to 100%) | ")
    assert " | 0.500 (0.200 to 0.800) | 0.500 (0.200 to 0.800) | " in rows[1]
    gains = "**+50% (+20% to +80%)** | 0 | **+0.500 (+0.200 to +0.800)**"
    assert f"| simplify (10), editor | {gains} | **+0." in below
    assert above.splitlines()[0].count("|") == rows[1].count("|") and list(TITLES) == list(Scores.__annotations__)
    head, _, row = below.splitlines()
    assert row.count("|") == head.count("|") + 3
    few = list(rewriting_lines({"simplify": rewriting_figures(right, pairs[:4], same_words)}))
    assert len(few) == 4 and "(0" not in "".join(few) and "**" not in "".join(few)
    assert list(rewriting_lines({})) == []


@given(st.integers(0, 40), st.integers(0, 12), st.integers(0, 99))
def test_a_sample_of_every_operation(count: int, most: int, seed: int) -> None:
    simple = [Pair("simplify", f"a{number}", f"b{number}") for number in range(count)]
    other = [Pair("shorten", f"a{number}", "") for number in range(7)]
    found = sample([*simple, *other], most, seed)
    mine = [pair for pair in found if pair.operation == "simplify"]
    assert len(mine) == min(most, count) == len(set(mine)) and set(mine) <= set(simple)
    assert mine == sample(simple, most, seed), "whatever others there are"
    assert len(found) - len(mine) == min(most, 7)


def test_samples_are_drawn_and_not_the_first() -> None:
    pairs = [Pair("simplify", f"a{number}", f"b{number}") for number in range(200)]
    first, second = (sample(pairs, 20, seed) for seed in (0, 1))
    assert set(first) != set(second)
    assert set(first) & set(pairs[100:]) and set(first) & set(pairs[:100])
    texts = [(f"a{number}", f"b{number}") for number in range(30)]
    both = [Pair("paraphrase", *way) for one in texts for way in (one, one[::-1])]
    taken = sample(both, 60, 0)
    assert len(taken) == 30 == len({frozenset((pair.source, pair.target)) for pair in taken})
    assert {pair.source[0] for pair in taken} == {"a", "b"}


@pytest.mark.slow
def test_the_command_draws_by_its_seed_and_gives_intervals(
    tiny_folder: Path, corpus_files: dict[str, Path], tmp_path: Path
) -> None:
    entries = [{"a": f"We utilize {n} of them.", "b": f"We use {n} of them.", "type": "simplify"} for n in range(40)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    def run(*arguments: str) -> str:
        asked = ["eval", str(corpus_files["valid"]), "--holes", "1", "--kind", "word", "--model", str(tiny_folder)]
        asked += ["--pairs", str(tmp_path / "pairs.jsonl"), "--most-pairs", "12", *arguments]
        done = CliRunner().invoke(cli, asked)
        assert done.exit_code == 0, done.output
        return done.stdout

    data = json.loads(run("--json", "--report", str(tmp_path / "docs")))
    found = data["rewriting"]["simplify"]
    assert found["pairs"] == 12 and set(found["gains"]) == {"editor"} and set(found["intervals"]) == {"copy", "editor"}
    low, high = found["gains"]["editor"]["sari"]
    assert low - ROUNDED <= found["ways"]["editor"]["sari"] - found["ways"]["copy"]["sari"] <= high + ROUNDED
    page = (tmp_path / "docs/evaluation.md").read_text()
    assert "In brackets: 95 % intervals" in page and "| simplify (12), editor | " in page.split("In brackets")[1]
    assert json.loads(run("--json"))["rewriting"] == data["rewriting"]
    assert json.loads(run("--json", "--seed", "1"))["rewriting"] != data["rewriting"]
