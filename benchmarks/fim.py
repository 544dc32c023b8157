"""An autoregressive model with fill-in-the-middle against ours: same network, data, tokens a step, steps; from scratch.

Both fill words and phrases at automatic length, with the same context: the autoregressive one ends when it says so,
ours by its nulls. Nats a token pay for the end or the length too; ours are an upper bound, the other's are exact. Of
both, the weights are rounded to signed bytes, as ours are stored.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch
from autoregressive import LONGEST, MIDDLE, PREFIX, SUFFIX, Causal, FimSampler, complete, log_probability
from tokenizers import Tokenizer

from llada_edit.canvas import Canvas
from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, Span
from llada_edit.models.bundled import END, load_network, save_bundled
from llada_edit.models.devices import choose_device
from llada_edit.models.llama import Llama
from llada_edit.models.model import Model
from llada_edit.training.batches import Controls
from llada_edit.training.corpus import Corpus
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.evaluation.likelihood import hole_likelihood, truth_tokens
from llada_edit.training.holes import Mix, Sampler
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import log_unigrams, start_from_nothing
from llada_edit.training.texts import Text
from llada_edit.training.tokenizer import train_tokenizer
from llada_edit.training.trainer import Data

KINDS = ("word", "phrase")
OURS, THEIRS = "masked", "autoregressive"
MODELS: dict[str, type[Llama]] = {OURS: Llama, THEIRS: Causal}


@dataclass(frozen=True, slots=True)
class Tried:
    """One hole, and what a model made of it.

    Attributes:
        right: whether the fill is what stood there.
        nats: negative log probability of that, its length given or its end not counted.
        length: negative log probability of its length, or of its end.
        tokens: of that.
    """

    right: bool
    nats: float
    length: float
    tokens: int


def holes(texts: list[Text], kind: str, count: int, context: int) -> Iterator[Document]:
    """Holes with so many characters of context on each side, so that both models see all of it."""
    for cut in cuts(texts, kind, count, 0):
        (before, after), truth = cut.document.segments, cut.truth
        left = before[-context:].partition(" ")[2] if len(before) > context else before
        right = after[:context].rpartition(" ")[0] if len(after) > context else after
        yield Document(left + truth + right, (Hole(Span(len(left), len(left) + len(truth))),))


def prompt(model: Model, document: Document) -> list[int]:
    """Prefix and suffix around the only hole of a document, as a canvas of ours would have them, and room to answer."""
    limit = model.card.max_length - LONGEST - len((PREFIX, SUFFIX, MIDDLE, END))
    canvas = Canvas.build(document, [0], [1], model.card, model.vocabulary, limit)
    ids, at = canvas.tokens.tolist(), canvas.slots[0].start
    return [PREFIX, *ids[:at], SUFFIX, *ids[at + 1 :], MIDDLE]


def ours(model: Model, document: Document) -> Tried:
    """By the masked model, as the editor fills."""
    fill = Editor(model, remember=0).infill(document).holes[0].text
    given, length = hole_likelihood(model, document)
    return Tried(fill == document.holes[0].span.of(document.text), -given, -length, len(truth_tokens(model, document)))


def theirs(network: Causal, model: Model, document: Document) -> Tried:
    """By the autoregressive model; of `model` only the tokenizer and the seams are used."""
    truth, asked = truth_tokens(model, document), prompt(model, document)
    text = b"".join(model.vocabulary.token_bytes(token) for token in complete(network, asked, END))
    right = text.decode(errors="replace").strip() == document.holes[0].span.of(document.text)
    nats, end = -log_probability(network, asked, truth), -log_probability(network, [*asked, *truth], [END])
    return Tried(right, nats, end, len(truth))


def figures(tried: Sequence[Tried]) -> dict[str, float]:
    """Shares of holes; nats a token, with and without the length; nats a hole for the length."""
    tokens, nats, lengths = (sum(getattr(one, name) for one in tried) for name in ("tokens", "nats", "length"))
    return {
        "exact": sum(one.right for one in tried) / len(tried),
        "nats": (nats + lengths) / tokens,
        "given": nats / tokens,
        "length": lengths / len(tried),
    }


class Contest:
    """Data, sizes and folder that both models share."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        names = ("train", "valid", "kind", "vocabulary", "length", "width", "layers", "steps", "tokens", "rate", "bf16")
        self.chosen = chosen
        self.folder = science.kept("fim", {name: getattr(chosen, name) for name in names})
        self.held_out = science.documents([chosen.valid], chosen.kind)
        path = self.folder / "tokenizer.json"
        if not path.exists():
            texts = [document.text for document in science.documents(chosen.train, chosen.kind)]
            tokenizer = train_tokenizer(texts, chosen.vocabulary)
            Corpus.build(texts, tokenizer, self.folder / "train")
            tokenizer.save(str(path))
        self.tokenizer = Tokenizer.from_file(str(path))
        self.corpus = Corpus.load(self.folder / "train", self.tokenizer)
        self.recipe = Recipe(
            steps=chosen.steps, tokens_per_step=chosen.tokens, lengths=(chosen.length,), save_every=200,
            body_rate=chosen.rate, embedding_rate=chosen.rate, head_rate=chosen.rate, average=0.995,
            validate_every=max(1, chosen.steps // chosen.looks), bf16=chosen.bf16,
        )  # fmt: skip

    def holes(self, kind: str, count: int) -> list[Document]:
        return list(holes(self.held_out, kind, count, self.chosen.context))

    def as_model(self, network: Llama, name: str) -> Model:
        """Written and read again, so that its weights are rounded."""
        save_bundled(network, self.folder / "tokenizer.json", {}, self.folder / name)
        return Editor.load(self.folder / name, device="cpu").model

    def trials(self, network: Llama, asked: Sequence[Document]) -> list[Tried]:
        """What a network makes of holes."""
        model = self.as_model(network, type(network).__name__)
        if not isinstance(network, Causal):
            return [ours(model, document) for document in asked]
        _, rounded = load_network(self.folder / "Causal", "causal", torch.device("cpu"))
        network.load_state_dict(rounded.state_dict())
        return [theirs(network, model, document) for document in asked]

    def learn(self, name: str) -> tuple[Llama, list[dict[str, Any]], int]:
        """Train one model: the network, its curve, and the steps that it came to."""
        chosen, longest = self.chosen, self.chosen.length + self.chosen.length // 4
        kind = MODELS[name]
        torch.manual_seed(0)
        network = kind(science.sizes(self.tokenizer.get_vocab_size(), chosen.width, chosen.layers, longest))
        start_from_nothing(network)
        with torch.no_grad():
            network.bias.copy_(log_unigrams(self.corpus, network.config.vocab_size))
        network.to(choose_device(chosen.device))
        text = Sampler(self.corpus, 0, Mix(), window=longest)
        data = Data(text, text)
        if kind is Causal:
            source = FimSampler(text)
            data = Data(source, source, Controls(null=None, isolated=False))  # type: ignore[arg-type]  # batches only
        few = {which: self.holes(which, chosen.few) for which in KINDS}

        def look(now: Llama) -> dict[str, float]:
            found = {which: figures(self.trials(now, asked)) for which, asked in few.items()}
            return {f"{which} {key}": value for which, figure in found.items() for key, value in figure.items()}

        trainer = science.Watched(network, self.recipe, data, self.folder / name, look)
        curve = trainer.finish(chosen.minutes)
        return network.cpu().eval(), curve, trainer.step

    def tried(self, name: str, network: Llama, kind: str, step: int) -> list[Tried]:
        """What a model makes of all holes of one kind; kept, since that takes as long as some of the training."""
        path = self.folder / f"{name}-{kind}-{self.chosen.holes}-{self.chosen.context}-{step}.json"
        if not path.exists():
            found = self.trials(network, self.holes(kind, self.chosen.holes))
            path.write_text(json.dumps([asdict(one) for one in found]), encoding="utf-8")
        return [Tried(**one) for one in json.loads(path.read_text(encoding="utf-8"))]

    def unigram(self, kind: str) -> float:
        """Nats a token of what stands in the holes, if nothing around them is looked at."""
        network = Llama(science.sizes(self.tokenizer.get_vocab_size(), 32, 1, self.chosen.length))
        model = self.as_model(network, "sizes")
        logs = log_unigrams(self.corpus, network.config.vocab_size)
        nats = [
            -float(logs[token]) for hole in self.holes(kind, self.chosen.holes) for token in truth_tokens(model, hole)
        ]
        return sum(nats) / len(nats)


def gap(one: Sequence[Tried], two: Sequence[Tried]) -> tuple[float, float]:
    """By how many nats the first is worse, a hole, and half of the 95 % interval of that; the holes are the same."""
    gaps = np.array([a.nats + a.length - b.nats - b.length for a, b in zip(one, two, strict=True)])
    return float(gaps.mean()), 1.96 * float(gaps.std(ddof=1)) / len(gaps) ** 0.5


def report(
    contest: Contest,
    tried: dict[str, dict[str, list[Tried]]],
    curves: dict[str, list[dict[str, Any]]],
    steps: dict[str, int],
) -> None:
    """Tables and plots of the models that are trained by now; `tried` by kind and model, `steps` that each came to."""
    chosen, rows, results = contest.chosen, [], {}
    for kind, several in tried.items():
        for name, found in several.items():
            one = figures(found)
            worse, error = gap(found, several[THEIRS]) if THEIRS in several else (0.0, 0.0)
            results[f"{kind}, {name}"] = {**one, "gap": (worse, error)}
            exact = science.share(sum(t.right for t in found), len(found))
            more = "–" if name == THEIRS else f"{worse:+.1f} ± {error:.1f}"
            rows.append([f"{kind}, {name}", exact, one["nats"], one["given"], one["length"], more])
        rows.append([f"{kind}, token by token", "–", "–", contest.unigram(kind), "–", "–"])
    heads = ("exact (95 %)", "nats/token", "length not counted", "nats/hole, length or end", "nats/hole more than AR")
    lines = science.table(("holes, model", *heads), rows)
    for key, title in (("nats", "nats per token"), ("exact", "exact match")):
        drawn = {
            f"{kind}, {name}": (
                [row["step"] * chosen.tokens / 1e6 for row in curve],
                [row[f"{kind} {key}"] for row in curve],
            )
            for name, curve in curves.items()
            for kind in KINDS
        }
        lines.append(science.plot(f"fim-{key}", drawn, "million tokens", title))
    lines.append(f"\nThe curves are those of {chosen.few} holes of each kind; the table is of {chosen.holes}.")
    lines += [
        f"The {name} model was stopped after {step} steps." for name, step in steps.items() if step < chosen.steps
    ]
    skipped = ("train", "valid", "device", "minutes")
    settings = {name: value for name, value in vars(chosen).items() if name not in skipped}
    settings["tokens of text"] = len(contest.corpus.tokens)
    results = {"end": results, "curves": curves, "steps": steps}
    science.write("fim", "Fill-in-the-middle: autoregressive against ours", settings, results, lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path, nargs="+")
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--kind", default="", help="of documents; all by default")
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--tokens", type=int, default=512, help="a step")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--context", type=int, default=140, help="characters on each side of a hole")
    parser.add_argument("--holes", type=int, default=200)
    parser.add_argument("--few", type=int, default=40, help="holes for the curves")
    parser.add_argument("--looks", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=math.inf, help="for the training of each model, in this call")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--device", default="auto")
    contest = Contest(parser.parse_args())
    tried: dict[str, dict[str, list[Tried]]] = {kind: {} for kind in KINDS}
    curves, steps = {}, {}
    for name in MODELS:
        network, curves[name], steps[name] = contest.learn(name)
        for kind in KINDS:
            tried[kind][name] = contest.tried(name, network, kind, steps[name])
            print(kind, name, figures(tried[kind][name]), file=sys.stderr, flush=True)
        report(contest, tried, curves, steps)


if __name__ == "__main__":
    main()
