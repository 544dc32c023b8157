"""What the scripts on this page share: machine, command, JSON, sections of docs/science.md, plots.

A section is a file ``benchmarks/science/NAME.json`` with its figures and the lines drawn from them, and NAME.md beside
it, what a person reads in them. The page is put together from head.md and all sections, so a script replaces its own
only. Links in what is written by hand go from where it lies, and are turned to go from the page.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import platform
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

from llada_edit.models.llama import LlamaConfig
from llada_edit.training.evaluation.filling import wilson
from llada_edit.training.recipe import Recipe
from llada_edit.training.texts import Text, read_documents
from llada_edit.training.trainer import Data, Trainer

Curves = dict[str, tuple[Sequence[float], Sequence[float]]]
HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
RUNS = HERE.parent / "runs"
"""Where trainings are kept, so that a script that was killed goes on."""
ORDER = (
    "parts", "networks", "shapes", "objective", "steps", "blocks", "guidance", "fim", "reversal", "distill", "spheres",
)  # fmt: skip
HEAD = HERE / "science" / "head.md"


def kept(name: str, settings: dict[str, Any]) -> Path:
    """The folder of a training with these settings; with others it is another one."""
    said = json.dumps(settings, sort_keys=True, default=str, ensure_ascii=False)
    folder = RUNS / f"{name}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(said + "\n", encoding="utf-8")
    return folder


class Watched(Trainer):
    """A trainer whose held-out figures are what `look` finds of a copy with the averaged weights, on the CPU."""

    def __init__(
        self,
        network: Any,
        recipe: Recipe,
        data: Data,
        folder: Path,
        look: Callable[[Any], dict[str, float]],
        losses: torch.nn.Module | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(network, recipe, data, folder, losses=losses)
        self.look = look

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        live = {name: value.detach().clone() for name, value in self.trained.items()}
        self.load(self.average)
        figures = self.look(copy.deepcopy(self.network).cpu().eval())
        self.load(live)
        return figures

    def finish(self, minutes: float = math.inf) -> list[dict[str, Any]]:
        """Train to the end, from where an earlier call was killed; the network then has the averaged weights.

        After so many minutes it has those that it has by then, and `step` says how far it came.
        """
        if not self.resume() or self.step < self.recipe.steps:
            self.run(time.monotonic() + 60 * minutes)
        self.load(self.average)
        return self.log.rows


def sizes(vocabulary: int, width: int, layers: int, length: int) -> LlamaConfig:
    """Of a small model: heads of 32 numbers, a gated feed-forward as heavy as a plain one of four times the width."""
    return LlamaConfig(vocabulary, width, layers, width // 32, 8 * width // 48 * 16, length)


def documents(files: Sequence[Path], kind: str) -> list[Text]:
    """Those of one kind, or all."""
    return [document for document in read_documents(files) if not kind or document.kind == kind]


def share(right: int, of: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    low, high = wilson(right, of)
    return f"{right / of:.1%} ({low:.0%} to {high:.0%})"


def command(name: str) -> str:
    """What was typed, files by their names alone."""
    typed = [Path(each).name if "/" in each else each for each in sys.argv[1:]]
    return shlex.join(["python", f"benchmarks/{name}.py", *typed])


def write(name: str, title: str, settings: dict[str, Any], results: Any, lines: Sequence[str]) -> None:
    """Keep a section with the command that was typed, and put the page together again."""
    folder = HERE / "science"
    folder.mkdir(exist_ok=True)
    settings = {**settings, "machine": f"{platform.machine()}, torch {torch.__version__}"}
    section = {
        "title": title, "command": command(name), "settings": settings, "results": results, "lines": list(lines),
    }  # fmt: skip
    (folder / f"{name}.json").write_text(json.dumps(section, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (DOCS / "science.md").write_text(page(folder), encoding="utf-8")


def written(path: Path) -> str:
    """What a person wrote, with links as the page needs them."""
    return (
        path.read_text(encoding="utf-8")
        .replace("](../../docs/science.md#", "](#")
        .replace("](../../docs/", "](")
        .replace("](../../", "](../")
    )


def page(folder: Path) -> str:
    """The page from all sections in a folder."""
    parts = [written(HEAD)]
    for each in ORDER:
        path = folder / f"{each}.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            settings = {
                key: " ".join(map(str, value)) if isinstance(value, list) else value
                for key, value in kept["settings"].items()
            }
            said = ", ".join(f"{key} {value}" for key, value in settings.items() if value != "")
            parts += [f"## {kept['title']}\n", f"    {kept['command']}\n", f"Settings: {said}.\n", *kept["lines"], ""]
            if (remarks := folder / f"{each}.md").exists():
                parts.append(f"**Seen.** {written(remarks)}")
    return "\n".join(parts)


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """A Markdown table; figures are right-aligned, the first column is not."""
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
    return lines + [f"| {' | '.join(f'{v:.3f}' if isinstance(v, float) else str(v) for v in row)} |" for row in rows]


def plot(name: str, curves: Curves, x: str, y: str, log: bool = False) -> str:
    """Draw ``docs/science-NAME.svg``; the line that shows it."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.add_subplot(xlabel=x, ylabel=y)
    for label, (xs, ys) in curves.items():
        axes.plot(xs, ys, marker="o", label=label)
    if log:
        axes.set_xscale("log", base=2)
    axes.legend(fontsize="small")
    figure.savefig(DOCS / f"science-{name}.svg", metadata={"Date": None})
    return f"\n![{y} against {x}](science-{name}.svg)"
