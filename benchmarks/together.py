"""Would it pay to send the sentences of several documents through the network together? Processor seconds, and bits.

    python benchmarks/together.py [FOLDER] [--op simplify] [--documents 8] [--repeat 5]

Every call of the network that a run makes over the documents is written down: the contexts of sentences, and their
wordings with one fold of the tokens hidden in each row. Then the same calls are made again, one by one as a run makes
them, and 2, 4 and 8 of them together, all in turn, ``--repeat`` times. Calls that go together are neighbours in length,
and no call waits for another one: the most that any way of batching over documents could save. Without a folder, the
documents are those of `batch.py`. The n-gram memory is left out: it is asked row by row in either way.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from documents import corpus
from torch import Tensor
from torch.nn import functional

from llada_edit.batch.find import find
from llada_edit.batch.model import WithModel
from llada_edit.batch.records import sha256
from llada_edit.batch.worker import Task, process
from llada_edit.formats.registry import format_of
from llada_edit.models.base import ContextCache, Layout
from llada_edit.models.denoiser import NetworkDenoiser
from llada_edit.models.load import load
from llada_edit.models.remembering import RemembersNGrams

GROUPS = (1, 2, 4, 8)


@dataclass(frozen=True, slots=True)
class Call:
    """What one call hands to the network: rows of queries, keys and values before them, who sees whom, what is asked.

    Attributes:
        tokens: (rows, queries) int64.
        positions: (rows, queries) int64.
        past: keys and values of every layer, rows 1, or None for a context.
        seen: (rows, keys) bool, keys that may be looked at; the past ones first.
        at: (rows, k) int64, queries whose logits are asked for; None for a context.
    """

    tokens: Tensor
    positions: Tensor
    past: list[tuple[Tensor, Tensor]] | None
    seen: Tensor
    at: Tensor | None

    @property
    def length(self) -> tuple[int, int]:
        return self.tokens.shape[1], self.seen.shape[1]


class Recording(NetworkDenoiser):
    """Writes calls down as they are made."""

    def __init__(self, inner: NetworkDenoiser) -> None:
        super().__init__(inner.card, inner.network)
        self.calls: list[Call] = []

    def logits(self, tokens: Tensor, at: Tensor, layout: Layout, context: ContextCache | None = None) -> Tensor:
        assert context is not None
        active, order = context.active, torch.cat((context.frozen, context.active))
        source = torch.searchsorted(active, at)
        past = list(context.layers)
        self.calls.append(Call(tokens[:, active], layout.positions[:, active], past, layout.valid[:, order], source))
        return super().logits(tokens, at, layout, context)

    def prefill(self, tokens: Tensor, layout: Layout, frozen: Tensor) -> ContextCache | None:
        seen = torch.ones(1, len(frozen), dtype=torch.bool)
        self.calls.append(Call(tokens[:1, frozen], layout.positions[:1, frozen], None, seen, None))
        return super().prefill(tokens, layout, frozen)


def recorded(model: Any, root: Path, paths: Sequence[str], op: str) -> list[Call]:
    """The calls of a run, in order."""
    memory = model.denoiser if isinstance(model.denoiser, RemembersNGrams) else None
    inner = Recording(model.denoiser if memory is None else memory.base)
    watched = inner if memory is None else RemembersNGrams(inner, memory.memory)
    rewrites = WithModel(replace(model, denoiser=watched), op, {})
    for path in paths:
        form = format_of(path)
        name = form.name if form else "text"
        process(Task("", path, sha256((root / path).read_bytes()), name), root, rewrites)
    return inner.calls


def padded(tensor: Tensor, length: int, at: int = 1) -> Tensor:
    """With zeros behind, to a length along one dimension."""
    return functional.pad(tensor, [0, 0] * (tensor.ndim - 1 - at) + [0, length - tensor.shape[at]])


def joined(calls: Sequence[Call]) -> Call:
    """Several calls as one; what is filled up is not looked at."""
    if len(calls) == 1:
        return calls[0]
    queries = max(call.tokens.shape[1] for call in calls)
    tokens, positions = (
        torch.cat([padded(getattr(call, name), queries) for call in calls]) for name in ("tokens", "positions")
    )
    if calls[0].past is None:
        return Call(tokens, positions, None, torch.cat([padded(call.seen, queries) for call in calls]), None)
    before = [call.seen.shape[1] - call.tokens.shape[1] for call in calls]
    most, asked = max(before), max(call.at.shape[1] for call in calls if call.at is not None)
    seen = [
        torch.cat((padded(call.seen[:, :size], most), padded(call.seen[:, size:], queries)), 1)
        for call, size in zip(calls, before, strict=True)
    ]
    past = [
        tuple(
            torch.cat([padded(call.past[layer][side], most, 2).expand(len(call.tokens), -1, -1, -1) for call in calls])
            for side in (0, 1)
        )
        for layer in range(len(calls[0].past))
    ]
    at = torch.cat([padded(call.at, asked) for call in calls])
    return Call(tokens, positions, past, torch.cat(seen), at)  # type: ignore[arg-type]  # pairs


@torch.inference_mode()
def made(network: Any, call: Call) -> Tensor:
    """What comes of a call: hidden states of a context, else log probabilities (rows, k, vocab)."""
    mask = None if bool(call.seen.all()) else call.seen[:, None, None, :]
    hidden, _ = network.hidden(call.tokens, call.positions, mask, call.past)
    if call.at is None:
        return hidden
    asked = hidden.gather(1, call.at[..., None].expand(-1, -1, hidden.shape[-1]))
    return network.project(asked).float().log_softmax(-1)


def groups(calls: Sequence[Call], size: int) -> list[list[Call]]:
    """So many calls together, neighbours in length; contexts and wordings apart."""
    found = []
    for kind in (True, False):
        alike = sorted((call for call in calls if (call.past is None) is kind), key=lambda call: call.length)
        found += [alike[at : at + size] for at in range(0, len(alike), size)]
    return found


def differences(network: Any, calls: Sequence[Call], size: int) -> tuple[float, float]:
    """Share of calls whose numbers are not the same bits when they are made together, and the largest difference."""
    changed, most = 0, 0.0
    for group in groups(calls, size):
        together, row = made(network, joined(group)), 0
        for call in group:
            alone = made(network, call)
            part = together[row : row + len(alone), : alone.shape[1]]
            row += len(alone)
            changed += not torch.equal(alone, part)
            most = max(most, float((alone - part).abs().max()))
    return changed / len(calls), most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--op", default="simplify")
    parser.add_argument("--documents", type=int, default=8)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model: Any = load("bundled", device="cpu")
    with tempfile.TemporaryDirectory() as made_up:
        root = options.folder or Path(made_up)
        if options.folder is None:
            corpus(root, options.documents)
        found = find([str(root)])
        assert isinstance(found.root, Path)
        calls = recorded(model, found.root, found.paths[: options.documents], options.op)
    wordings = [call for call in calls if call.past is not None]
    rows = sorted(len(call.tokens) for call in wordings)
    print(f"{options.op}: {min(len(found.paths), options.documents)} documents, {len(calls) - len(wordings)} contexts,")
    print(f"{len(wordings)} calls with {rows[0]} to {rows[-1]} rows, median {statistics.median(rows):.0f};", end=" ")
    print(f"torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    network, seconds = model.denoiser.network, {size: [] for size in GROUPS}
    for _, size in itertools.product(range(options.repeat), GROUPS):
        prepared, spent = groups(calls, size), 0.0
        for group in prepared:
            began = time.process_time()
            made(network, joined(group))
            spent += time.process_time() - began
        seconds[size].append(spent)
    alone = statistics.median(seconds[1])
    for size in GROUPS:
        changed, most = differences(network, calls, size)
        spent = statistics.median(seconds[size])
        print(
            f"{size} together: {spent:.2f} s, {spent / alone - 1:+.1%};"
            f" {changed:.0%} of the calls give other bits, by up to {most:.1e}"
        )


if __name__ == "__main__":
    main()
