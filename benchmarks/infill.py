"""Write docs/benchmarks.md and benchmarks/infill.json: speed of infill on this machine, all sides in one run.

    python benchmarks/infill.py [--runs 5] [--threads 1] [--places 20]

Two networks: the bundled model (its window is 512 tokens), and a Llama-shaped one of the same size with random weights,
rotary positions and a window of 4096, which shows the same for long contexts.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from llada_edit.benchmark import Case, disagreement, measure, table
from llada_edit.models.base import Attention, ModelCard, Network
from llada_edit.models.load import load
from llada_edit.models.model import Model

HERE = Path(__file__).parent
TEXT = HERE / "sea-wolf.md"
HOLES, CONTEXTS, SHORT_CONTEXTS = (1, 8, 32, 64), (64, 512, 2048), (64, 256, 448)
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


def rows(network: Network, card: ModelCard, text: torch.Tensor, contexts: tuple[int, ...], runs: int) -> list[Any]:
    """All cells for one network."""
    found = []
    cases = [Case(hole, context) for context in contexts for hole in HOLES]
    for row in table(cases, lambda case: measure(network, card, text, case, runs)):
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


def peak(side: str, hole: int, context: int) -> float:
    """Peak memory in MiB of a fresh process that does one fill with one side, above one that only loads the model."""
    code = f"""
import torch
from llada_edit.benchmark import Case, measure, peak_memory, plain_fill
from llada_edit.models.load import load
torch.set_num_threads(1)
model = load()
before = peak_memory()
from llada_edit.sampling.context import ContextReuse
from llada_edit.models.base import Layout
from llada_edit.sampling.loop import Sampler, denoise
from llada_edit.sampling.noise import RowNoise
tokens = torch.randint(40, 16000, (1, {hole + context}))
hole = torch.zeros_like(tokens, dtype=torch.bool)
hole[:, {context // 2}:{context // 2 + hole}] = True
tokens[hole] = model.card.mask_id
if {side!r} == "plain":
    plain_fill(model.denoiser.network, model.card, tokens, hole, torch.zeros(model.card.vocab_size, dtype=torch.bool))
else:
    list(denoise(model.denoiser, tokens, Layout.plain(tokens, hole), Sampler(), RowNoise([0]),
                 reuse=ContextReuse(model.denoiser)))
print(peak_memory() - before)
"""
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def first_fill(runs: int) -> list[float]:
    """Seconds from the start of the process to the printed fill."""
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        command = [sys.executable, "-m", "llada_edit", "infill", "The committee [?] the proposal after a long debate."]
        subprocess.run(command, capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    return seconds


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
        "one (warm).\n- **fast**: cached, and several tokens per step where the model is sure: the default.\n"
        "- **changed**: share of tokens that differ from the plain fill.\n- **–**: not measured.\n"
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
    yield "## Full attention: how often the cached context changes a fill\n"
    yield (
        "Models of the LLaDA family see in both directions, so the keys and values of the context change with what is "
        f"filled; the fast tier keeps them. Shares over {results['places']} places of the text, against the same steps "
        "with everything computed. The bundled weights were trained with isolated attention and are run with full "
        "attention here, the others are random: both say how the method behaves, not how a trained LLaDA does.\n"
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
        "bundled": rows(bundled.denoiser.network, bundled.card, text, SHORT_CONTEXTS, chosen.runs),
        "llama": rows(*llama(bundled.card.vocab_size), text, CONTEXTS, chosen.runs),
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
