"""What the scripts on this page share: machine, JSON, sections of docs/science.md, plots.

A section is a file ``benchmarks/science/NAME.json`` with its figures and the lines drawn from them; the page is put
together from all of them, so a script replaces its own section only.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure

Curves = dict[str, tuple[Sequence[float], Sequence[float]]]
HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
ORDER = ("objective", "steps", "blocks", "guidance", "fim", "reversal", "distill", "spheres")
HEAD = """\
# What diffusion does and does not do at this size

Every section is written by the script it names, with the settings it names; weak results stand here like all others.
The machine is part of the figures where time is measured.
"""


def write(name: str, title: str, settings: dict[str, Any], results: Any, lines: Sequence[str]) -> None:
    """Keep a section, and put the page together again."""
    folder = HERE / "science"
    folder.mkdir(exist_ok=True)
    settings = {**settings, "machine": f"{platform.machine()}, torch {torch.__version__}"}
    section = {"title": title, "settings": settings, "results": results, "lines": list(lines)}
    (folder / f"{name}.json").write_text(json.dumps(section, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    parts = [HEAD]
    for each in ORDER:
        path = folder / f"{each}.json"
        if path.exists():
            kept = json.loads(path.read_text(encoding="utf-8"))
            said = ", ".join(f"{key} {value}" for key, value in kept["settings"].items())
            parts += [f"## {kept['title']}\n", f"`python benchmarks/{each}.py`: {said}.\n", *kept["lines"], ""]
    (DOCS / "science.md").write_text("\n".join(parts), encoding="utf-8")


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
