"""What could run the bundled network on a CPU, against torch as it is: one word filled in 256 tokens of context.

    python benchmarks/runtimes.py texts.jsonl [--threads 2] [--runs 15] [--places 100]

Every runtime is put behind the same `Network` protocol, so that the whole product runs on top of it: cached context,
length, words, n-gram memory. What is not installed gets a row that says so (`pip install onnx onnxscript onnxruntime
openvino torchao`). Writes docs/runtimes.md and benchmarks/runtimes.json.
"""

from __future__ import annotations

import argparse
import copy
import io
import json
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, Span
from llada_edit.models.base import KeyValue, Network
from llada_edit.models.bundled import load
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.encoder import Encoder
from llada_edit.models.model import Model
from llada_edit.models.remembering import RemembersNGrams
from llada_edit.training.evaluation.cuts import Cut, cuts
from llada_edit.training.evaluation.likelihood import hole_likelihood, masked_truth
from llada_edit.training.texts import read_documents

HERE = Path(__file__).parent
CONTEXT = 256
"""Tokens around the hole."""


class Graph(nn.Module):
    """`Encoder.hidden` with one tensor for all keys and values: (layers, 2, rows, heads, length, head width)."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: Tensor, positions: Tensor, mask: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        hidden, new = self.encoder.hidden(tokens, positions, mask, [(pair[0], pair[1]) for pair in past])
        return hidden, torch.stack([torch.stack(pair) for pair in new])


class Head(nn.Module):
    """`Encoder.project`."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, hidden: Tensor) -> Tensor:
        state = self.encoder.head_norm(nn.functional.gelu(self.encoder.head(hidden)))
        return nn.functional.linear(state, self.encoder.embedding.weight, self.encoder.bias)


class Elsewhere:
    """A `Network` whose two graphs run in another library.

    Args:
        encoder: gives the shapes.
        graph: runs `Graph`, numpy arrays in and out.
        head: runs `Head`.
    """

    def __init__(self, encoder: Encoder, graph: Callable[..., Any], head: Callable[..., Any]) -> None:
        config = encoder.config
        self.graph, self.head = graph, head
        self.nothing = torch.zeros(config.layers, 2, 1, config.heads, 0, config.width // config.heads)

    def hidden(
        self, tokens: Tensor, positions: Tensor, mask: Tensor | None = None, past: list[KeyValue] | None = None
    ) -> tuple[Tensor, list[KeyValue]]:
        rows, queries = tokens.shape
        before = self.nothing if past is None else torch.stack([torch.stack(pair) for pair in past])
        everything = torch.ones(rows, 1, queries, before.shape[4] + queries, dtype=torch.bool)
        seen = everything if mask is None else everything & mask
        state, new = self.graph(*(part.contiguous().numpy() for part in (tokens, positions, seen, before)))
        return torch.from_numpy(state), [(pair[0], pair[1]) for pair in torch.from_numpy(new)]

    def project(self, hidden: Tensor) -> Tensor:
        return torch.from_numpy(self.head(hidden.contiguous().numpy())[0])


def export(encoder: Encoder, folder: Path) -> tuple[Path, Path]:
    """ONNX files of both graphs; needs onnx and onnxscript."""
    config, paths = encoder.config, (folder / "graph.onnx", folder / "head.onnx")
    auto = torch.export.Dim.DYNAMIC
    example = (
        torch.zeros(2, 5, dtype=torch.long), torch.arange(5).expand(2, 5).contiguous(),
        torch.ones(2, 1, 5, 12, dtype=torch.bool),
        torch.zeros(config.layers, 2, 1, config.heads, 7, config.width // config.heads),
    )  # fmt: skip
    shapes = ({0: auto, 1: auto}, {0: auto, 1: auto}, {0: auto, 2: auto, 3: auto}, {4: auto})
    for module, inputs, dynamic, path in (
        (Graph(encoder), example, shapes, paths[0]),
        (Head(encoder), (torch.zeros(2, 3, config.width),), ({0: auto, 1: auto},), paths[1]),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module, inputs, path, dynamic_shapes=dynamic, dynamo=True, external_data=False, verbose=False
            )
    return paths


def onnx_runtime(encoder: Encoder, folder: Path, threads: int, int8: bool = False) -> tuple[Network, float]:
    import onnxruntime

    sessions, size = [], 0.0
    for path in export(encoder, folder):
        if int8:
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantize_dynamic(path, path := path.with_suffix(".int8.onnx"), weight_type=QuantType.QInt8)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        sessions.append(onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]))
        size += path.stat().st_size
    return Elsewhere(encoder, *map(_session, sessions)), size


def _session(session: Any) -> Callable[..., Any]:
    names = [entry.name for entry in session.get_inputs()]
    return lambda *arrays: session.run(None, dict(zip(names, arrays, strict=True)))


def openvino(encoder: Encoder, folder: Path, threads: int) -> tuple[Network, float]:
    from openvino import Core

    core, paths = Core(), export(encoder, folder)
    # Without the hint a CPU with bf16 or fp16 units would round on its own.
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = [core.compile_model(core.read_model(path), "CPU", settings) for path in paths]
    size = sum(path.stat().st_size for path in paths)
    return Elsewhere(encoder, *map(_compiled, compiled)), size


def _compiled(model: Any) -> Callable[..., Any]:
    return lambda *arrays: [part.copy() for part in model(list(arrays)).values()]


def eager(encoder: Encoder, folder: Path, threads: int) -> tuple[Network, float]:
    return encoder, _bytes(encoder)


def bfloat16(encoder: Encoder, folder: Path, threads: int) -> tuple[Network, float]:
    rounded = copy.deepcopy(encoder).to(torch.bfloat16)
    return rounded, _bytes(rounded)


def compiled(encoder: Encoder, folder: Path, threads: int) -> tuple[Network, float]:
    made = copy.deepcopy(encoder)
    for block in made.blocks:
        block.compile(dynamic=True)
    return made, _bytes(made)


def torch_int8(encoder: Encoder, folder: Path, threads: int) -> tuple[Network, float]:
    made = copy.deepcopy(encoder)
    try:
        from torch.ao.quantization import quantize_dynamic
    except ImportError:
        from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

        quantize_(made, Int8DynamicActivationInt8WeightConfig())
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it calls itself deprecated; torchao takes its place
            made = quantize_dynamic(made, {nn.Linear}, dtype=torch.qint8)
    return made, _bytes(made)


def _bytes(module: nn.Module) -> float:
    file = io.BytesIO()
    torch.save(module.state_dict(), file)
    return file.tell()


RUNTIMES: dict[str, Callable[[Encoder, Path, int], tuple[Network, float]]] = {
    "torch eager, float32": eager,
    "torch eager, bfloat16": bfloat16,
    "torch.compile": compiled,
    "torch int8, dynamic": torch_int8,
    "ONNX Runtime": onnx_runtime,
    "ONNX Runtime int8, dynamic": lambda *arguments: onnx_runtime(*arguments, int8=True),
    "OpenVINO": openvino,
}


Made = tuple[Network, float, float]
"""A network, its bytes, and the seconds from weights in memory to the first answer."""


def made(encoder: Encoder, folder: Path, threads: int) -> dict[str, Made | str]:
    """Every runtime, or why it is not here."""
    found: dict[str, Made | str] = {}
    for name, make in RUNTIMES.items():
        own = folder / str(len(found))
        own.mkdir()
        began = time.perf_counter()
        try:
            network, size = make(encoder, own, threads)
            network.hidden(torch.tensor([[4, 40, 41]]), torch.arange(3)[None])  # what cannot run says so here
            found[name] = network, size, time.perf_counter() - began
        except ImportError as error:
            found[name] = f"not installed ({error.name})"
        except Exception as error:  # each library has errors of its own; the other rows are still worth having
            found[name] = f"does not run: {type(error).__name__}: {str(error).strip().splitlines()[0][:80]}"
        print(name, "" if isinstance(found[name], tuple) else found[name], file=sys.stderr)
    return found


def places(model: Model, path: Path, count: int) -> list[Cut]:
    """Words in texts that fill the context, half of it on each side."""
    found = []
    for cut in cuts(list(read_documents([path])), "word", count, 0):
        before, after = cut.document.segments
        sides = [len(model.vocabulary.encode(text)) for text in (before, after)]
        shares = [min(1.0, CONTEXT / 2 / side) for side in sides]
        left, right = before[-int(len(before) * shares[0]) :], after[: int(len(after) * shares[1])]
        found.append(Cut(Document(left + cut.truth + right, (Hole(Span(len(left), len(left) + len(cut.truth))),)),
                         cut.kind, cut.origin, cut.source))  # fmt: skip
    return found


def with_network(model: Model, network: Network) -> Model:
    """The bundled model on another network."""
    denoiser: Any = NetworkDenoiser(model.card, network)
    if isinstance(model.denoiser, RemembersNGrams):
        denoiser = RemembersNGrams(denoiser, model.denoiser.memory)
    return Model(model.card, denoiser, model.vocabulary, model.device)


def best(model: Model, holes: list[Cut]) -> list[int]:
    """The likeliest token of every slot of every hole, all of them masked, lengths given."""
    return [int(token) for cut in holes for token in masked_truth(model, cut.document).argmax(-1)]


def measure(model: Model, networks: dict[str, Made | str], holes: list[Cut], runs: int) -> Any:
    """Figures of every runtime that is here; the runs of all of them alternate."""
    models = {name: with_network(model, made[0]) for name, made in networks.items() if not isinstance(made, str)}
    times: dict[str, dict[str, list[float]]] = {name: {"pass": [], "fill": []} for name in models}
    tokens = torch.randint(40, model.card.vocab_size, (1, CONTEXT + 16), generator=torch.Generator().manual_seed(0))
    positions = torch.arange(CONTEXT + 16)[None]
    for run in range(runs + 2):
        for name, one in models.items():
            hole = holes[run % len(holes)].document
            for what, work in (
                ("pass", lambda one=one: one.denoiser.network.hidden(tokens, positions)),
                ("fill", lambda one=one, hole=hole: Editor(one).infill(hole)),
            ):
                began = time.perf_counter()
                with torch.inference_mode():
                    work()
                if run >= 2:  # the first two warm up
                    times[name][what].append(1000 * (time.perf_counter() - began))
    wanted = best(models["torch eager, float32"], holes)
    results: dict[str, Any] = {name: reason for name, reason in networks.items() if isinstance(reason, str)}
    for name, one in models.items():
        agree = sum(a == b for a, b in zip(best(one, holes), wanted, strict=True)) / len(wanted)
        nats = [hole_likelihood(one, cut.document)[0] for cut in holes]
        results[name] = {
            "MiB": networks[name][1] / 2**20,
            "start": networks[name][2],
            **{what: statistics.median(found) for what, found in times[name].items()},
            "agreement": agree,
            "nats": -sum(nats) / len(wanted),
        }
        print(name, results[name], file=sys.stderr)
    return results


def page(results: Any, settings: dict[str, Any]) -> list[str]:
    """The table in Markdown."""
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    lines = [
        "# Runtimes\n",
        f"Made by `python benchmarks/runtimes.py`: {said}.",
        "Medians, runs of all rows alternating; the machine is part of the figures: compare rows, not milliseconds.\n",
        f"- **pass**: the network over {CONTEXT} tokens of context and 16 slots.",
        "- **word**: `Editor.infill` of one word, nothing kept from before: context, length, words, n-gram memory",
        "  (which runs in numpy in every row).",
        "- **same token**: how often the likeliest token is that of torch in float32.",
        "- **nats/token**: of the true words, their length given.",
        "- **MiB**: of the weights as this runtime loads them; the package holds them as signed bytes.",
        "- **start s**: to make it from the weights in memory and get a first answer: export, compilation.\n",
        "| runtime | MiB | start s | pass ms | word ms | same token | nats/token |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name in RUNTIMES:
        row = results[name]
        if isinstance(row, str):
            lines.append(f"| {name} | {row} | | | | | |")
        else:
            lines.append(
                f"| {name} | {row['MiB']:.0f} | {row['start']:.1f} | {row['pass']:.0f} | {row['fill']:.0f} | "
                f"{row['agreement']:.1%} | {row['nats']:.3f} |"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, help="JSONL with a text field, or a text file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--places", type=int, default=100)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    model = load(device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        networks = made(model.denoiser.network, Path(folder), chosen.threads)
        results = measure(model, networks, places(model, chosen.texts, chosen.places), chosen.runs)
    settings = {
        "text": chosen.texts.name, "threads": chosen.threads, "runs": chosen.runs, "places": chosen.places,
        "machine": f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}", "torch": torch.__version__,
    }  # fmt: skip
    (HERE / "runtimes.json").write_text(json.dumps({"settings": settings, "results": results}, indent=1) + "\n")
    target = HERE.parent / "docs" / "runtimes.md"
    # What is concluded from the table is written by hand and stands below it.
    _, title, below = target.read_text(encoding="utf-8").partition("## ") if target.exists() else ("", "", "")
    target.write_text("\n".join([*page(results, settings), "", title + below]), encoding="utf-8")


if __name__ == "__main__":
    main()
