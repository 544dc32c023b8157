"""What a fill takes as a whole: seconds of the editor and of a process, and peak memory of one side."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Any

from llada_edit.document import Document
from llada_edit.editor import Editor
from llada_edit.holes import Hole, LengthHint, Span
from llada_edit.models.model import Model

AROUND, EDITED = 100, (1, 8, 32)
"""Words on each side, and tokens of a hole, where the editor's own fills are timed."""


def whole_infill(model: Model, text: str, runs: int) -> list[dict[str, Any]]:
    """Seconds of `Editor.infill` for holes of known length: as by default, and one row, the surest token first."""
    words = text.split()
    before, after = (" ".join(words[start : start + AROUND]) for start in (0, AROUND))
    found = []
    for tokens in EDITED:
        length = LengthHint("tokens", tokens, tokens)
        document = Document(f"{before}  {after}", (Hole(Span(len(before) + 1, len(before) + 1), length=length),))
        seconds: dict[str, list[float]] = {"default": [], "confidence": []}
        for _ in range(runs):
            for name, choices in (("default", {}), ("confidence", {"policy": "confidence"})):
                editor = Editor(model, remember=0)
                began = time.perf_counter()
                editor.infill(document, **choices)
                seconds[name].append(time.perf_counter() - began)
        row = {"hole": tokens, **{name: statistics.median(each) for name, each in seconds.items()}}
        print(row, file=sys.stderr)
        found.append(row)
    return found


def peak(side: str, hole: int, context: int) -> float:
    """Peak memory in MiB of a fresh process that does one fill with one side, above one that only loads the model."""
    code = f"""
import torch
from llada_edit.benchmark import Plain, peak_memory, plain_fill, remembering
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
    plain = remembering(Plain(model.card, model.denoiser.network), model.denoiser.memory)
    plain_fill(plain, tokens, hole, torch.zeros(model.card.vocab_size, dtype=torch.bool))
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
