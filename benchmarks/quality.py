"""Fills of sentences whose number of tokens is given, under different settings: how many passes, and how good."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import science
import torch
from intervals import Mean

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, Span
from llada_edit.models.model import Model
from llada_edit.training.evaluation.cuts import Cut, cuts
from llada_edit.training.evaluation.likelihood import hole_likelihood, truth_tokens
from llada_edit.training.evaluation.seam import distinct
from llada_edit.training.texts import read_documents

SUBSETS = 6
"""Drawn for the bound of a fill."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over the holes.

    Attributes:
        passes: through the network, for a hole.
        tokens: share of tokens that equal those of the truth, at the same place.
        nats: how improbable the judge finds a fill as a whole, a token (any-order bound); less is better, but a fill
            that repeats itself has few as well, so look at `distinct` too. The judge is the model itself, or another.
        error: half of the 95 % interval of that over sentences.
        distinct: different words over all words of all fills.
        pulls: of `nats`, see `intervals.Mean`; for differences over the same sentences.
    """

    passes: float
    tokens: float
    nats: float
    error: float
    distinct: float
    pulls: tuple[float, ...]

    @property
    def mean(self) -> Mean:
        """Of nats."""
        return Mean(self.nats, tuple(self.pulls))


class Counting:
    """A `Denoiser` that counts its passes."""

    def __init__(self, denoiser: Any) -> None:
        self.denoiser, self.card, self.passes = denoiser, denoiser.card, 0

    def logits(self, *arguments: Any) -> torch.Tensor:
        self.passes += 1
        return self.denoiser.logits(*arguments)

    def prefill(self, *arguments: Any) -> Any:
        return self.denoiser.prefill(*arguments)


def quality(model: Model, holes: list[Cut], judge: Model | None = None, **choices: Any) -> Quality:
    """Fill all holes with some choices of `InfillOptions`."""
    counting = Counting(model.denoiser)
    editor = Editor(Model(model.card, counting, model.vocabulary, model.device))
    right = total = 0
    texts = []
    for cut in holes:
        truth = truth_tokens(model, cut.document)
        edit = editor.infill(cut.with_tokens(len(truth)), **choices).holes[0]
        pieces = [model.vocabulary.token_bytes(token).decode(errors="replace") for token in truth]
        right += sum(token.text == piece for token, piece in zip(edit.tokens, pieces, strict=False))
        total += len(truth)
        texts.append(edit.text)
    filled = [_filled(cut, text) for cut, text in zip(holes, texts, strict=True)]
    passes = counting.passes / len(holes)
    return made(passes, right / total, nats(judge or model, filled), texts)


def made(passes: float, tokens: float, mean: Mean, texts: list[str]) -> Quality:
    """Of what fills say, judged."""
    return Quality(passes, tokens, mean.value, mean.error, distinct(texts, 1), mean.pulls)


class Kept:
    """Measurements, none of which is made again by a script that was killed; remove `runs` after a change of sampling.

    Args:
        model: whose fills are measured.
        holes: that it fills.
        settings: of the script.
        judge: of the fills, where it is not the model itself.
    """

    def __init__(self, model: Model, holes: list[Cut], settings: dict[str, Any], judge: Model | None = None) -> None:
        self.model, self.holes, self.judge = model, holes, judge
        # Another model has other weights: what it says of a hole tells them apart.
        says = round(nats(model, [holes[0].document]).value, 3)
        self.folder = science.kept("fills", {**settings, "says": says})

    def quality(self, name: str, **choices: Any) -> Quality:
        """Of fills with some choices of `InfillOptions`; without any, of the original text."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            judge = self.judge or self.model
            new = quality(self.model, self.holes, judge, **choices) if choices else truth(judge, self.holes)
            path.write_text(json.dumps(asdict(new)), encoding="utf-8")
        found = Quality(**json.loads(path.read_text(encoding="utf-8")))
        print(name, figures(found), file=sys.stderr, flush=True)
        return found


def truth(model: Model, holes: list[Cut]) -> Quality:
    """What the original text gets."""
    return made(0, 1, nats(model, [cut.document for cut in holes]), [cut.truth for cut in holes])


def nats(model: Model, documents: list[Document]) -> Mean:
    """Negative log probability of what stands in the holes, a token."""
    each = [-hole_likelihood(model, document, samples=SUBSETS)[0] for document in documents]
    return Mean.of(each, [len(truth_tokens(model, document)) for document in documents])


def _filled(cut: Cut, text: str) -> Document:
    before, after = cut.document.segments
    return Document(before + text + after, (Hole(Span(len(before), len(before) + len(text))),))


def parser(description: str | None) -> argparse.ArgumentParser:
    """What can be chosen."""
    arguments = argparse.ArgumentParser(description=description)
    arguments.add_argument("texts", type=Path, help="JSONL, or a text file")
    arguments.add_argument("--holes", type=int, default=100)
    arguments.add_argument("--model", default="bundled")
    arguments.add_argument("--device", default="auto")
    return arguments


def asked(chosen: argparse.Namespace) -> tuple[Model, list[Cut], dict[str, Any]]:
    """Model, holes and settings from the command line."""
    model = Editor.load(chosen.model, device=chosen.device).model
    holes = list(cuts(list(read_documents([chosen.texts])), "sentence", chosen.holes, 0))
    return model, holes, {"model": model.card.name, "sentences": chosen.holes, "text": chosen.texts.name}


def figures(found: Quality) -> dict[str, float]:
    """Without what each hole adds."""
    return {name: value for name, value in asdict(found).items() if name != "pulls"}


def gap(found: dict[str, Quality], name: str, bases: dict[str, str]) -> Mean | None:
    """By how many nats one is above its base, sentence by sentence."""
    return found[name].mean.minus(found[bases[name]].mean) if name in bases else None


def row(name: str, found: Quality, more: Mean | None) -> list[Any]:
    """A row of a table."""
    nats = f"{found.nats:.2f} ± {found.error:.2f}"
    last = "–" if more is None else f"{more.value:+.2f} ± {more.error:.2f}"
    return [name, f"{found.passes:.1f}", f"{found.tokens:.1%}", nats, f"{found.distinct:.2f}", last]


HEAD = ("", "passes", "right tokens", "nats/token of the fill (95 %)", "distinct words")


def table(found: dict[str, Quality], base: str, bases: dict[str, str]) -> list[str]:
    """All of them; the last column is the difference to what `bases` names, which `base` says in words."""
    rows = [row(name, value, gap(found, name, bases)) for name, value in found.items()]
    return science.table((*HEAD, f"nats more than {base} (95 %)"), rows)


def results(found: dict[str, Quality], bases: dict[str, str]) -> dict[str, Any]:
    """As they are kept."""
    kept: dict[str, Any] = {}
    for name, value in found.items():
        kept[name] = figures(value)
        if more := gap(found, name, bases):
            kept[name]["more"] = [more.value, more.error]
    return kept
