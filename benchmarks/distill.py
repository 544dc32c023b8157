"""A model that was distilled for few steps against its teacher: quality at 1, 2, 4 and 8 steps.

The teacher judges both. The student is what `llada-edit train --config recipes/distill.toml` makes; both have the same
n-gram memory.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

import quality as q
import science
import torch

from llada_edit.editor import Editor
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.plan import Plan

STEPS = (1, 2, 4, 8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, help="JSONL, or a text file")
    parser.add_argument("--config", type=Path, default=science.HERE.parent / "recipes" / "distill.toml")
    parser.add_argument("--holes", type=int, default=60)
    parser.add_argument("--device", default="auto")
    chosen = parser.parse_args()
    plan = Plan.read(chosen.config)
    references = {"teacher": plan.start or "bundled", "student": plan.folder / "model"}
    models = {name: Editor.load(reference, device=chosen.device).model for name, reference in references.items()}
    holes = list(cuts(science.documents([chosen.texts], ""), "sentence", chosen.holes, 0))
    sizes = {"sentences": chosen.holes, "text": chosen.texts.name}
    kept = {name: q.Kept(model, holes, sizes, models["teacher"]) for name, model in models.items()}
    found = {"the original text": kept["teacher"].quality("the original text")}
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for name, measured in kept.items():
        xs, ys = curves.setdefault(name, ([], []))
        for steps in STEPS:
            key = f"{name}, {steps} steps"
            found[key] = measured.quality(key, policy="confidence", steps=steps)
            xs.append(steps)
            ys.append(found[key].nats)
    lines = science.table(q.HEAD, [q.row(name, value) for name, value in found.items()])
    lines.append(science.plot("distill", curves, "steps", "nats per token, by the teacher", log=True))
    trained = torch.load(plan.folder / "checkpoint.pt", weights_only=True, mmap=True)
    settings = {
        "recipe": chosen.config.name, "k": plan.distill, "training steps": trained["step"],
        "tokens a step": trained["recipe"]["tokens_per_step"], **sizes,
    }  # fmt: skip
    results = {name: asdict(value) for name, value in found.items()}
    science.write("distill", "Distillation for few steps (experimental)", settings, results, lines)


if __name__ == "__main__":
    main()
