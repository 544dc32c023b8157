"""An autoregressive model with fill-in-the-middle against ours: same network, data, tokens a step, steps; from scratch.

Both fill words and phrases at automatic length: the autoregressive one ends when it says so, ours by its nulls. Nats a
token pay for the end or the length too; ours are an upper bound.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import science
import torch
from autoregressive import MIDDLE, PREFIX, SUFFIX, Causal, FimSampler, complete, log_probability

from llada_edit.canvas import Canvas
from llada_edit.editor import Editor
from llada_edit.models.bundled import END, bundled_folder, save_bundled
from llada_edit.models.devices import choose_device
from llada_edit.models.encoder import Encoder, EncoderConfig
from llada_edit.models.model import Model
from llada_edit.models.tokenizer_files import read_tokenizer
from llada_edit.training.batches import Controls
from llada_edit.training.corpus import Corpus
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.evaluation.likelihood import hole_likelihood, truth_tokens
from llada_edit.training.holes import Mix, Sampler
from llada_edit.training.recipe import Recipe
from llada_edit.training.start import log_unigrams, start_from_nothing
from llada_edit.training.texts import Text, read_documents, read_texts
from llada_edit.training.trainer import Data, Trainer


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("valid", type=Path)
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--tokens", type=int, default=65536, help="a step")
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--holes", type=int, default=400)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def prompt(model: Model, document: Any, room: int) -> list[int]:
    """Prefix and suffix around the only hole of a document, as a canvas of ours would have them."""
    canvas = Canvas.build(document, [0], [1], model.card, model.vocabulary, room)
    ids, at = canvas.tokens.tolist(), canvas.slots[0].start
    return [PREFIX, *ids[:at], SUFFIX, *ids[at + 1 :], MIDDLE]


def compare(ours: Model, theirs: Causal, texts: list[Text], holes: int, kind: str, room: int) -> dict[str, Any]:
    editor = Editor(ours)
    found: dict[str, list[float]] = {"ours": [0, 0.0], "autoregressive": [0, 0.0]}
    tokens = 0
    for cut in cuts(texts, kind, holes, 0):
        truth = truth_tokens(ours, cut.document)
        tokens += len(truth)
        found["ours"][0] += editor.infill(cut.document, context=room).holes[0].text == cut.truth
        found["ours"][1] -= sum(hole_likelihood(ours, cut.document))
        asked = prompt(ours, cut.document, room)
        text = b"".join(ours.vocabulary.token_bytes(i) for i in complete(theirs, asked, END)).decode(errors="replace")
        found["autoregressive"][0] += text.strip() == cut.truth
        found["autoregressive"][1] -= log_probability(theirs, asked, [*truth, END])
    return {name: {"exact": right / holes, "nats": nats / tokens} for name, (right, nats) in found.items()}


def main() -> None:
    chosen = arguments()
    tokenizer = read_tokenizer(bundled_folder())
    folder = science.HERE.parent / "runs" / "fim"
    corpora = {}
    for name in ("train", "valid"):
        Corpus.build(read_texts([getattr(chosen, name)]), tokenizer, folder / name)
        corpora[name] = Corpus.load(folder / name, tokenizer)
    config = EncoderConfig(
        tokenizer.get_vocab_size(), chosen.width, chosen.layers, chosen.width // 32, 4 * chosen.width,
        max_positions=max(512, chosen.length),
    )  # fmt: skip
    recipe = Recipe(
        steps=chosen.steps, tokens_per_step=chosen.tokens, lengths=(chosen.length,), save_every=10**9,
        validate_every=max(1, chosen.steps // 4), validate_batches=2, bf16=chosen.device == "cuda",
    )  # fmt: skip
    text, held_out = (Sampler(corpora[name], 0, Mix()) for name in ("train", "valid"))
    device = choose_device(chosen.device)
    networks: list[Encoder] = []
    for kind in (Encoder, Causal):
        torch.manual_seed(0)
        network = kind(config)
        start_from_nothing(network)
        with torch.no_grad():
            network.bias.copy_(log_unigrams(corpora["train"], config.vocab_size))
        network.to(device)
        data = Data(text, held_out)
        if kind is Causal:
            data = Data(FimSampler(text), FimSampler(held_out), Controls(null=None, isolated=False))
        run = folder / kind.__name__
        run.mkdir(exist_ok=True)
        trainer = Trainer(network, recipe, data, run)
        trainer.run()
        trainer.load(trainer.average)
        networks.append(network.cpu().eval())
    save_bundled(networks[0], bundled_folder() / "tokenizer.json", {}, folder / "ours")
    ours = Editor.load(folder / "ours").model
    documents = list(read_documents([chosen.valid]))
    results = {
        kind: compare(ours, networks[1], documents, chosen.holes, kind, chosen.length - 64)
        for kind in ("word", "phrase")
    }
    print(results, file=sys.stderr)
    rows = [
        [f"{kind}, {name}", f"{value['exact']:.1%}", round(value["nats"], 2)]
        for kind, both in results.items()
        for name, value in both.items()
    ]
    lines = science.table(("holes, model", "exact", "nats/token, length included"), rows)
    settings = {name: value for name, value in vars(chosen).items() if name not in ("train", "valid", "device")}
    if chosen.steps * chosen.tokens < 10**8:
        lines.insert(0, "**Not yet run at size**: the table shows only that the script works.\n")
    science.write("fim", "Fill-in-the-middle: autoregressive against ours", settings, results, lines)


if __name__ == "__main__":
    main()
