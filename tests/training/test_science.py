"""The models that ours is compared with are what they are said to be, and the scripts that compare run, and go on."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.llama import Llama, LlamaConfig
from llada_edit.training.corpus import Corpus
from llada_edit.training.holes import Sampler
from llada_edit.training.plan import Plan
from llada_edit.training.running import run

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    def script(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        return importlib.import_module(name)

    return script


@pytest.fixture
def smoke(load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a script at a tiny size, with its page, figures and trainings in `tmp_path`; its section."""

    def run(name: str, *arguments: str | Path) -> dict:
        science = load("science")
        for place, folder in (("HERE", ""), ("DOCS", "docs"), ("RUNS", "runs")):
            monkeypatch.setattr(science, place, tmp_path / folder)
            (tmp_path / folder).mkdir(exist_ok=True)
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        load(name).main()
        section = json.loads((tmp_path / "science" / f"{name}.json").read_text())
        page = (tmp_path / "docs" / "science.md").read_text()
        assert f"`python benchmarks/{name}.py`" in page
        assert all(line in page for line in section["lines"])
        for line in section["lines"]:
            if line.startswith("\n!["):
                assert (tmp_path / "docs" / line.rpartition("(")[2].rstrip(")")).exists()
        return section

    return run


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    """Thirty couplets in which no character comes twice, so that the first one tells all others."""
    signs = [chr(0x4E00 + index) for index in range(300)]
    lines = ["".join(signs[at : at + 5]) + "，" + "".join(signs[at + 5 : at + 10]) + "。" for at in range(0, 300, 10)]
    path = tmp_path / "poems.jsonl"
    path.write_text(json.dumps({"lines": lines}) + "\n")
    return path


def test_the_autoregressive_network_never_looks_ahead(load) -> None:
    causal = load("autoregressive")
    torch.manual_seed(0)
    network = causal.Causal(LlamaConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()
    tokens = torch.randint(32, 60, (1, 12))
    changed = tokens.clone()
    changed[0, 7:] = 33
    states = [network.hidden(row, torch.arange(12)[None])[0] for row in (tokens, changed)]
    assert torch.allclose(states[0][:, :7], states[1][:, :7], atol=1e-6)
    assert not torch.allclose(states[0][:, 7:], states[1][:, 7:], atol=1e-3)
    answer = causal.complete(network, tokens[0, :5].tolist(), end=60, most=3)
    both = causal.go_on(network, torch.stack((tokens[0, :5], tokens[0, 5:10])), 3)
    assert both[0].tolist() == answer, "row by row as alone"
    answer = causal.complete(network, tokens[0, :5].tolist(), end=4, most=3)
    best = [causal.log_probability(network, tokens[0, :5].tolist(), [token]) for token in range(60)]
    assert answer[:1] in ([], [int(np.argmax(best))])
    assert sum(np.exp(best)) == pytest.approx(1, abs=1e-4)


def every_fill(causal: ModuleType, network: Llama, prompt: list[int], end: int, most: int) -> dict[tuple, float]:
    """All fills of 1 to `most` tokens with their log probabilities, the end included."""
    tokens = [token for token in range(network.config.vocab_size) if token != end]
    fills = [fill for size in range(1, most + 1) for fill in itertools.product(tokens, repeat=size)]
    return {fill: causal.log_probability(network, prompt, [*fill, end]) for fill in fills}


class Tables(torch.nn.Module):
    """Says something else after every row of tokens, so that nothing but the whole row tells what comes next."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.config = LlamaConfig(6, width=16, layers=1, heads=2, feed_forward=32, max_positions=16)
        self.logits = 2 * torch.randn((997, 6), generator=torch.Generator().manual_seed(seed))

    def hidden(self, tokens, positions):
        codes = torch.zeros_like(tokens)
        for at in range(tokens.shape[1]):
            codes[:, at] = (7 * codes[:, at - 1] + tokens[:, at] + 1) % 997
        return codes[..., None], []

    def project(self, hidden):
        return self.logits[hidden[..., 0]]


def test_the_most_probable_whole_fill_is_that_of_all_fills(load) -> None:
    causal, end, prompt, most = load("autoregressive"), 1, [2, 3, 0], 3
    misses = {"greedy": 0, "two beams": 0}
    sizes = set()
    for seed in range(20):
        network = Tables(seed)
        everything = every_fill(causal, network, prompt, end, most)
        best = max(everything, key=everything.__getitem__)
        found, logs = causal.search(network, prompt, end, beams=5**most, most=most)
        assert tuple(found) == best and logs == pytest.approx(everything[best], abs=1e-4)
        narrow, logs = causal.search(network, prompt, end, beams=2, most=most)
        assert logs == pytest.approx(everything[tuple(narrow)], abs=1e-4), "the sum is that of the fill it found"
        misses["two beams"] += tuple(narrow) != best
        misses["greedy"] += tuple(causal.complete(network, prompt, end, most=most)) != best
        sizes.add(len(best))
    assert misses["greedy"] > misses["two beams"] > 0 and sizes == {1, 2, 3}


def test_a_fill_ends_where_the_positions_do(load) -> None:
    causal = load("autoregressive")
    torch.manual_seed(0)
    network = causal.Causal(LlamaConfig(6, width=16, layers=1, heads=2, feed_forward=32, max_positions=5)).eval()
    with torch.no_grad():
        network.bias[:] = torch.tensor([99.0, 0, 0, 0, 0, 0])  # it wants to say 0 for ever
        assert causal.complete(network, [2, 3, 4], end=1) == [0, 0]
        # As long as there is room for, or shorter: whatever all fills that end say.
        everything = every_fill(causal, network, [2, 3, 4], 1, 2)
        assert tuple(causal.search(network, [2, 3, 4], end=1)[0]) == max(everything, key=everything.__getitem__)


def test_rows_with_the_middle_at_the_end_are_the_same_text(load, corpus: Corpus) -> None:
    causal = load("autoregressive")
    text = Sampler(corpus, 0)
    batch = causal.FimSampler(text).batch(3, 32, 96)
    plain = text.whole_batch(3, 32, 97).targets
    moved, ends = 0, set()
    for row, whole in zip(np.c_[batch.tokens, batch.targets[:, -1]], plain, strict=True):
        if row[0] != causal.PREFIX:
            assert (row == whole).all()
            continue
        moved += 1
        again: list[int] = []
        pieces = np.split(row, np.flatnonzero(row == causal.PREFIX)[1:])
        for piece in pieces[:-1]:  # the last one is cut off
            second, third = (int(np.flatnonzero(piece == mark)[0]) for mark in (causal.SUFFIX, causal.MIDDLE))
            again += [*piece[1:second], *piece[third + 1 : -1], *piece[second + 1 : third]]
            assert piece[-1] == text.controls.end
            ends.add(len(piece))
        assert again == whole[: len(again)].tolist()
    assert 5 < moved < 27
    assert len(ends) > 5, "a middle may end anywhere"
    assert (batch.targets[:, :-1] == batch.tokens[:, 1:]).all()


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


def test_the_page_is_made_of_its_sections(load) -> None:
    science = load("science")
    folder = BENCHMARKS / "science"
    kept = (BENCHMARKS.parent / "docs" / "science.md").read_text(encoding="utf-8")
    assert science.page(folder) == kept, "nothing on it is typed by hand but the remarks"
    assert "not yet run" not in kept.lower()
    assert {path.stem for path in folder.glob("*.md")} == {path.stem for path in folder.glob("*.json")}


def test_other_settings_have_another_folder(load, monkeypatch, tmp_path: Path) -> None:
    science = load("science")
    monkeypatch.setattr(science, "RUNS", tmp_path)
    assert science.kept("x", {"steps": 1}) == science.kept("x", {"steps": 1}) != science.kept("x", {"steps": 2})


FIM = (
    "--tokens", 128, "--length", 64, "--width", 32, "--layers", 1, "--vocabulary", 400, "--context", 40, "--sweep", 1,
    "--tried", 2, "--rates", "1e-3", "4e-3",
)  # fmt: skip


def test_fim_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    few = ("--steps", 2, "--holes", 3, "--few", 2, "--looks", 1)
    section = smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM)
    end, runs = section["results"]["end"], section["results"]["runs"]
    assert len(end) == 4 and end["word, autoregressive"]["gap"] == [0, 0]
    assert {"exact", "searched"} < set(end["word, autoregressive"]) and "searched" not in end["word, masked"]
    # They have learned next to nothing, the length of a hole included.
    assert all(1 < found["nats"] < 30 for found in end.values())
    unigram = [float(line.split("|")[5]) for line in section["lines"] if "token by token" in line]
    assert all(2 < nats < 8 for nats in unigram)
    for name, one in runs.items():
        assert one["steps"] == 2
        assert set(one["swept"]) == {"0.001", "0.004"}
        assert f"{one['rate']:g} for the {name} model" in section["lines"][-1]
        totals = {float(rate): sum(found.values()) for rate, found in one["swept"].items()}
        assert totals[one["rate"]] == min(totals.values()) < max(totals.values())
    assert smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM) == section


def test_fim_stopped_early_says_so(smoke, corpus_files: dict[str, Path]) -> None:
    few = ("--steps", 4, "--holes", 2, "--few", 1, "--minutes", 1e-9)
    section = smoke("fim", corpus_files["train"], "--valid", corpus_files["valid"], *few, *FIM)
    assert {name: run["steps"] for name, run in section["results"]["runs"].items()} == {
        "masked": 1,
        "autoregressive": 1,
    }
    assert "The autoregressive model was stopped after 1 steps." in section["lines"]


def test_both_models_see_the_same_context(load, corpus_files: dict[str, Path]) -> None:
    middles, science = load("middles"), load("science")
    texts = science.documents([corpus_files["valid"]], "")
    for kind in middles.KINDS:
        asked = list(middles.holes(texts, kind, 5, 60))
        for document in asked:
            before, after = document.segments
            assert len(before) <= 60 and len(after) <= 60
            assert before + document.holes[0].span.of(document.text) + after in "".join(text.text for text in texts)
        assert asked != list(middles.holes(texts, kind, 5, 60, seed=1)), (
            "rates are not chosen by the holes of the table"
        )
    assert science.documents([corpus_files["valid"]], "no such kind") == []


class Scripted(torch.nn.Module):
    """Says "end" with a quarter after any token, else goes on with 40, and begins with 41 or, at a tenth, 40."""

    def __init__(self) -> None:
        super().__init__()
        self.config = LlamaConfig(60, width=16, layers=1, heads=2, feed_forward=32, max_positions=64)

    def hidden(self, tokens, positions):
        return tokens[..., None].float(), []

    def project(self, hidden):
        last = hidden[:, 0].long()
        chances = torch.full((len(last), 60), 1e-9)
        for row, token in enumerate(last.tolist()):
            begins = token == 31
            chances[row, [40, 41, 4]] = torch.tensor([0.1, 0.9, 1e-9] if begins else [0.75, 1e-9, 0.25])
        return chances.log()


def test_an_end_of_a_quarter_is_missed_by_the_next_token_and_found_by_the_whole_fill(load) -> None:
    causal = load("autoregressive")
    network, prompt = Scripted(), [29, 50, 30, 51, 31]
    assert causal.complete(network, prompt, end=4) == [41] + 31 * [40]
    fill, logs = causal.search(network, prompt, end=4)
    assert fill == [41] and logs == pytest.approx(math.log(0.9 * 0.25), abs=1e-5)
    never = torch.arange(60) == 41
    assert causal.complete(network, prompt, end=4, most=3, never=never) == [40] * 3
    fill, logs = causal.search(network, prompt, end=4, never=never)
    assert fill == [40] and logs == pytest.approx(math.log(0.1 * 0.25), abs=1e-5)


def test_compared_pair_by_pair(load) -> None:
    middles = load("middles")
    ours = [middles.Tried(3.0, 1.0, 2, True, None), middles.Tried(9.0, 0.0, 1, False, None)]
    ours.append(middles.Tried(1.0, 1.0, 1, True, None))
    theirs = [middles.Tried(1.0, 2.0, 2, True, True), middles.Tried(7.0, 0.0, 1, True, True)]
    theirs.append(middles.Tried(5.0, 0.0, 1, False, True))
    assert middles.figures(ours) == {"nats": 15 / 4, "given": 13 / 4, "length": 2 / 3}
    assert middles.exact(ours) == {"exact": 2} and middles.exact(theirs) == {"exact": 2, "searched": 3}
    assert middles.gap(ours, theirs) == (0.0, pytest.approx(1.96 * math.sqrt(7 / 3)))


def test_spheres_at_a_tiny_size(smoke, corpus_files: dict[str, Path]) -> None:
    section = smoke(
        "spheres", corpus_files["train"], "--valid", corpus_files["valid"], "--steps", 3, "--rows", 4, "--length", 24,
        "--width", 32, "--layers", 1, "--tested", 16,
    )  # fmt: skip
    bits = section["results"]["bits"]
    # Untrained, with the best of all times: what it says of single characters, not the doubt of a late time.
    assert all(3 < bits[name] < 8 for name in ("unigram", "masked", "spheres"))
    assert len(section["results"]["right"]) == 5


def test_shapes_at_a_tiny_size(smoke, load, corpus_files: dict[str, Path]) -> None:
    section = smoke(
        "shapes", corpus_files["train"], "--valid", corpus_files["valid"], "--steps", 8, "--rows", 4, "--length", 24,
        "--width", 32, "--layers", 1, "--tested", 16, "--rates", "1e-3", "2e-3",
    )  # fmt: skip
    shapes = load("shapes")
    assert set(section["results"]) == set(shapes.KINDS)
    rows = [line.split("|")[2:4] for line in section["lines"] if line.startswith("|")][2:]
    bits = np.array([[float(cell) for cell in row] for row in rows])
    assert len(bits) == 1 + len(shapes.KINDS) and (bits > 2).all() and (bits < 8).all()
    # The start that knows the unigrams is near them at once, the others are not.
    biased, others = 2, [1, 3, 4, 5]
    assert abs(bits[biased] - bits[0]).max() < 0.5 < abs(bits[others] - bits[0]).min()


@pytest.mark.parametrize("kind", ["RotaryEncoder", "LearnedLlama"])
def test_what_lies_between_the_shapes_tells_positions_its_own_way(load, kind: str) -> None:
    shapes = load("shapes")
    torch.manual_seed(0)
    sizes = EncoderConfig if kind == "RotaryEncoder" else LlamaConfig
    network = getattr(shapes, kind)(sizes(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()
    tokens, positions = torch.arange(40, 50)[None], torch.arange(10)[None]
    one, moved, mixed = (network.hidden(tokens, at)[0] for at in (positions, positions + 9, positions.flip(1) * 3))
    assert torch.allclose(one, moved, atol=1e-4) is (kind == "RotaryEncoder"), "distances alone, or places"
    assert not torch.allclose(one, mixed, atol=1e-2)


@pytest.mark.parametrize("name", ["steps", "blocks", "guidance"])
def test_quality_at_a_tiny_size(name: str, smoke, recipe_file, corpus_files: dict[str, Path]) -> None:
    model = run(Plan.read(recipe_file())).folder
    section = smoke(name, corpus_files["valid"], "--model", model, "--holes", 2)
    results = section["results"]
    assert results["the original text"]["tokens"] == 1
    assert all(found["nats"] > 0 and found["error"] >= 0 for found in results.values())
    if name == "steps":
        passes = [results[f"random, {count} steps"]["passes"] for count in (1, 2, 4)]
        assert passes[1] - passes[0] == 1 and passes[2] - passes[1] == 2


def test_distillation_at_a_tiny_size(smoke, recipe_file, corpus_files: dict[str, Path]) -> None:
    run(Plan.read(recipe_file(folder='"first"')))
    config = recipe_file(start='"first/model"', distill="2")
    run(Plan.read(config))
    section = smoke("distill", corpus_files["valid"], "--config", config, "--holes", 2)
    assert section["settings"]["k"] == 2 and section["settings"]["training steps"] == 2
    assert {"teacher, 1 steps", "student, 8 steps"} < set(section["results"])


def test_the_interval_of_nats_is_that_of_a_ratio(load, monkeypatch) -> None:
    quality = load("quality")
    values = {"a": (-2.0, 1), "b": (-6.0, 2), "c": (-4.0, 1)}
    monkeypatch.setattr(quality, "hole_likelihood", lambda model, document, samples: (values[document][0], 0.0))
    monkeypatch.setattr(quality, "truth_tokens", lambda model, document: (0,) * values[document][1])
    mean, error = quality.nats(None, ["a", "b", "c"])
    assert mean == 3
    assert error == pytest.approx(1.96 * math.sqrt(2) / 4)


def test_a_network_elsewhere_says_what_the_encoder_says(load) -> None:
    """The two graphs that are handed to other libraries, run by torch: alone, with a mask, and after cached context."""
    runtimes = load("runtimes")
    torch.manual_seed(0)
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def run(module):
        return lambda *arrays: [part.numpy() for part in module(*map(torch.from_numpy, arrays))]

    with torch.inference_mode():
        elsewhere = runtimes.Elsewhere(
            encoder, run(runtimes.Graph(encoder)), run(lambda x: (runtimes.Head(encoder)(x),))
        )
        tokens, positions = torch.randint(32, 60, (2, 9)), torch.arange(9).expand(2, 9)
        mask = torch.rand(2, 1, 9, 9) < 0.7
        mask |= torch.eye(9, dtype=torch.bool)
        for seen in (None, mask):
            one, other = (network.hidden(tokens, positions, seen)[0] for network in (encoder, elsewhere))
            assert torch.allclose(one, other, atol=1e-5)
        assert torch.allclose(encoder.project(one), elsewhere.project(one), atol=1e-5)
        states = []
        for network in (encoder, elsewhere):
            _, past = network.hidden(tokens[:1, :5], positions[:1, :5])
            states.append(network.hidden(tokens[:, 5:], positions[:, 5:], None, past)[0])
        assert torch.allclose(*states, atol=1e-5)


def test_what_is_not_installed_is_a_row_that_says_so(load, monkeypatch, tmp_path) -> None:
    runtimes = load("runtimes")
    encoder = Encoder(EncoderConfig(60, width=16, layers=2, heads=2, feed_forward=32, max_positions=32)).eval()

    def absent(*arguments):
        raise ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere")

    monkeypatch.setattr(runtimes, "RUNTIMES", {"torch eager, float32": runtimes.eager, "other": absent})
    found = runtimes.made(encoder, tmp_path, 1)
    assert found["torch eager, float32"][0] is encoder
    assert found["other"] == "not installed (elsewhere)"
    row = {"MiB": 1, "start": 0.1, "pass": 2, "fill": 3, "agreement": 1, "nats": 4}
    lines = runtimes.page({"torch eager, float32": row, "other": found["other"]}, {"threads": 1})
    assert lines[-1] == "| other | not installed (elsewhere) | | | | | |"
