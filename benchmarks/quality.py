"""Fills of sentences whose number of tokens is given, under different settings: how many passes, and how good."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import science
import torch

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
        error: half of the 95 % interval of that over sentences. All settings fill the same sentences, so differences
            between them are surer than that.
        distinct: different words over all words of all fills.
    """

    passes: float
    tokens: float
    nats: float
    error: float
    distinct: float


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
    return Quality(passes, right / total, *nats(judge or model, filled), distinct(texts, 1))


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
        says = round(nats(model, [holes[0].document])[0], 3)
        self.folder = science.kept("quality", {**settings, "says": says})

    def quality(self, name: str, **choices: Any) -> Quality:
        """Of fills with some choices of `InfillOptions`; without any, of the original text."""
        path = self.folder / f"{name}.json"
        if not path.exists():
            judge = self.judge or self.model
            made = quality(self.model, self.holes, judge, **choices) if choices else truth(judge, self.holes)
            path.write_text(json.dumps(asdict(made)), encoding="utf-8")
        found = Quality(**json.loads(path.read_text(encoding="utf-8")))
        print(name, found, file=sys.stderr, flush=True)
        return found


def truth(model: Model, holes: list[Cut]) -> Quality:
    """What the original text gets."""
    return Quality(0, 1, *nats(model, [cut.document for cut in holes]), distinct([cut.truth for cut in holes], 1))


def nats(model: Model, documents: list[Document]) -> tuple[float, float]:
    """Negative log probability of what stands in the holes, a token, and half of its 95 % interval."""
    each = np.array([-hole_likelihood(model, document, samples=SUBSETS)[0] for document in documents])
    tokens = np.array([len(truth_tokens(model, document)) for document in documents])
    mean = each.sum() / tokens.sum()
    return float(mean), float(1.96 * np.sqrt(((each - mean * tokens) ** 2).sum()) / tokens.sum())


def _filled(cut: Cut, text: str) -> Document:
    before, after = cut.document.segments
    return Document(before + text + after, (Hole(Span(len(before), len(before) + len(text))),))


def asked(description: str) -> tuple[Model, list[Cut], dict[str, Any]]:
    """Model, holes and settings from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("texts", type=Path, help="JSONL, or a text file")
    parser.add_argument("--holes", type=int, default=100)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--device", default="auto")
    chosen = parser.parse_args()
    model = Editor.load(chosen.model, device=chosen.device).model
    holes = list(cuts(list(read_documents([chosen.texts])), "sentence", chosen.holes, 0))
    return model, holes, {"model": model.card.name, "sentences": chosen.holes, "text": chosen.texts.name}


def row(name: str, found: Quality) -> list[Any]:
    """A row of a table."""
    nats = f"{found.nats:.3f} ± {found.error:.2f}"
    return [name, round(found.passes, 1), f"{found.tokens:.1%}", nats, round(found.distinct, 3)]


HEAD = ("", "passes", "right tokens", "nats/token of the fill (95 %)", "distinct words")
