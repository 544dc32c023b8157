"""Write docs/benchmarks.md and benchmarks/infill.json: speed of infill on this machine, all sides in one run.

    python benchmarks/infill.py [--runs 5] [--threads 1] [--places 20]

The bundled model as it ships, with memory and text around on all sides (its window is 512 tokens), and a Llama-shaped
network of the same size with random weights, rotary positions and a window of 4096, which shows long contexts. What is
filled is one row of known length; `Editor.infill` does more, which is timed apart.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from whole import AROUND, first_fill, peak, whole_infill

from llada_edit.benchmark import Case, Side, disagreement, measure, table
from llada_edit.models.base import Attention, ModelCard, Network
from llada_edit.models.load import load
from llada_edit.models.model import Model

HERE = Path(__file__).parent
TEXT = HERE / "sea-wolf.md"
HOLES, CONTEXTS, SHORT_CONTEXTS = (1, 8, 32, 64), (64, 512, 2048), (64, 256, 448)
LONG = (
    "By default, with the bundled model, holes of twelve tokens and more are drawn six times from left to right, one "
    "token a step, and the best draw is taken: that takes longer than the one row of fast."
)
SIDES = ("plain", "exact", "cached cold", "cached warm", "fast cold", "fast warm")


def llama(vocab: int, attention: Attention = "isolated") -> tuple[Network, ModelCard]:
    """A network of the bundled model's size in the shape of LLaDA, weights random but peaked."""
    from transformers import LlamaConfig, LlamaForCausalLM

    from llada_edit.models.hf import TransformersNetwork
    from llada_edit.models.natives import Native

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocab, hidden_size=384, intermediate_size=1024, num_hidden_layers=6, num_attention_heads=6,
        max_position_embeddings=4096, is_causal=False, tie_word_embeddings=True, initializer_range=0.15,
    )  # fmt: skip
    card = ModelCard("llama-shaped", "llada", 0, 3, vocab, 4096, stop_ids=(4,), null_id=1, attention=attention)
    return TransformersNetwork(LlamaForCausalLM(config).eval(), Native("Llama", {})), card


def rows(sides: Callable[[Case], dict[str, Side]], contexts: tuple[int, ...]) -> list[Any]:
    """All cells for one network."""
    found = []
    for row in table([Case(hole, context) for context in contexts for hole in HOLES], sides):
        speedups = {name: round(side["speedup"], 1) for name, side in row["sides"].items()}
        print(row["hole"], row["context"], speedups, file=sys.stderr)
        found.append(row)
    return found


def approximations(bundled: Model, text: torch.Tensor, places: int) -> Iterator[dict[str, Any]]:
    """How often the cached context changes a fill where it is an approximation: attention in both directions."""
    networks = {
        "bundled": (bundled.denoiser.network, replace(bundled.card, attention="full")),
        "random": llama(bundled.card.vocab_size, "full"),
    }
    for name, (network, card) in networks.items():
        for case in (Case(hole, context) for context in (64, 256) for hole in (1, 8, 32)):
            found = disagreement(network, card, text, case, places)
            print(name, case, found, file=sys.stderr)
            yield {"weights": name, **asdict(case), **found}


def markdown(results: dict[str, Any]) -> Iterator[str]:
    """The page."""
    yield "# Benchmarks\n"
    yield (
        "Made by `python benchmarks/infill.py`; all sides of a row on the same weights in one run, medians of "
        f"{results['runs']} interleaved rounds, in which a short side runs up to five times "
        f"(one run of a side that takes over 10 s), {results['threads']} thread(s), float32, {results['machine']}. "
        "The machine is part of the figures: compare ratios, not milliseconds.\n"
    )
    yield (
        "- **plain**: the reference definition. Every step computes the whole canvas and its whole vocabulary and "
        "commits one token.\n- **exact**: the same steps and tokens; head and softmax on asked positions only.\n"
        "- **cached**: the same steps; keys and values of the context computed once, in this fill (cold) or an earlier "
        'one (warm).\n- **fast**: cached, and several tokens per step where the model is sure (`policy="factor"`, the '
        "default of `infill`).\n"
        "- **changed**: share of tokens that differ from the plain fill.\n- **–**: not measured.\n"
    )
    yield (
        "Every side fills one row of known length, without the editor's rules for doubled words and repetitions. The "
        "bundled model is asked as it ships, with its memory and the text around on all sides (the plain one asks them "
        "about open slots alone). The text around is counted anew in every fill; what the memory was asked in one run, "
        f"all sides still have in the next. What `Editor.infill` takes is [below](#whole-fills). {LONG}\n"
    )
    for name, title in (
        ("bundled", "The bundled model"),
        ("llama", "The same size in the shape of LLaDA, long contexts (random weights, context-isolated attention)"),
    ):
        yield f"## {title}\n"
        yield "| hole | context | plain ms | exact | cached cold | warm | fast cold | warm | changed: cached, fast |"
        yield "|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
        for row in results[name]:
            sides = row["sides"]
            ratios = " | ".join(f"{sides[side]['speedup']:.1f}×" if sides[side] else "–" for side in SIDES[1:])
            plain = sides["plain"]["seconds"] * 1000
            changed = f"{sides['cached cold']['changed']:.1%}, {sides['fast cold']['changed']:.1%}"
            yield f"| {row['hole']} | {row['context']} | {plain:.1f} | {ratios} | {changed} |"
        yield "\nWork per filled token, forwards and token positions through the network:\n"
        yield "| hole | context | plain | cached cold | fast cold | fast warm |"
        yield "|---:|---:|---:|---:|---:|---:|"
        for row in results[name]:
            work = [
                f"{side['forwards'] / row['hole']:.2f}, {side['positions'] / row['hole']:.0f}"
                for side in (row["sides"][key] for key in ("plain", "cached cold", "fast cold", "fast warm"))
            ]
            yield f"| {row['hole']} | {row['context']} | {' | '.join(work)} |"
        yield ""
    yield "## Whole fills\n"
    yield (
        f"`Editor.infill` with the bundled model, a hole whose number of tokens is given, between {AROUND} words on "
        f'each side, nothing kept from earlier fills, medians of {results["runs"]}. `policy="confidence"` takes one '
        "row, its surest token first.\n"
    )
    yield '| tokens | default, s | `policy="confidence"`, s |'
    yield "|---:|---:|---:|"
    for row in results["whole"]:
        yield f"| {row['hole']} | {row['default']:.2f} | {row['confidence']:.2f} |"
    yield ""
    yield "## Full attention: how often the cached context changes a fill\n"
    yield (
        "Models of the LLaDA family see in both directions, so the keys and values of the context change with what is "
        f"filled; the fast tier keeps them. Shares over {results['places']} places of the text, against the same steps "
        "with everything computed. The bundled weights, here the network alone, were trained with isolated attention "
        "and are run with full attention, the others are random: both say how the method behaves, not how a trained "
        "LLaDA does.\n"
    )
    yield "| weights | hole | context | cached: tokens | fills | fast: tokens | fills |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for row in results["full"]:
        shares = (row[key] for key in ("cached_tokens", "cached_fills", "fast_tokens", "fast_fills"))
        cells = " | ".join(f"{share:.1%}" for share in shares)
        yield f"| {row['weights']} | {row['hole']} | {row['context']} | {cells} |"
    yield ""
    yield "## Memory and start\n"
    plain, ours = results["memory"]["plain"], results["memory"]["fast"]
    yield (
        "Peak memory of a fill of 32 tokens in 448, above the peak of loading the model (0: loading is the peak): "
        f"plain {plain:.0f} MiB, ours {ours:.0f} MiB.\n"
    )
    yield f"Process start to the first fill of a sentence (`llada-edit infill`): {results['first_fill']:.1f} s, median."


def main() -> None:
    """Measure everything and write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--places", type=int, default=20)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    bundled = load()
    network, memory = bundled.denoiser.network, bundled.denoiser.memory
    text = torch.tensor(bundled.vocabulary.encode(TEXT.read_text(encoding="utf-8")))
    machine = (
        platform.system(),
        platform.machine(),
        torch.backends.cpu.get_cpu_capability(),
        f"torch {torch.__version__}",
    )
    results: dict[str, Any] = {
        "runs": chosen.runs,
        "threads": chosen.threads,
        "machine": ", ".join(machine),
        "bundled": rows(partial(measure, network, bundled.card, text, runs=chosen.runs, memory=memory), SHORT_CONTEXTS),
        "llama": rows(partial(measure, *llama(bundled.card.vocab_size), text, runs=chosen.runs), CONTEXTS),
        "whole": whole_infill(bundled, TEXT.read_text(encoding="utf-8"), chosen.runs),
        "places": chosen.places,
        "full": list(approximations(bundled, text, chosen.places)),
        "memory": {side: peak(side, 32, 448) for side in ("plain", "fast")},
        "first_fill": statistics.median(first_fill(chosen.runs)),
    }
    (HERE / "infill.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    page = HERE.parent / "docs" / "benchmarks.md"
    # What stands below is made by benchmarks/lsp.py.
    _, title, others = page.read_text(encoding="utf-8").partition("## The language server\n")
    page.write_text("\n".join([*markdown(results), "", title + others]), encoding="utf-8")


if __name__ == "__main__":
    main()
