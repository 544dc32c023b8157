"""A model that was distilled for few steps against its teacher: quality at 1, 2, 4 and 8 steps.

The teacher judges both. The student is what `llada-edit train --config recipes/distill.toml` makes: its network learns
what the teacher's network alone says in some steps, each committing the most probable tokens, without memory and
without what the editor adds. Measured are both as they are used, with the same n-gram memory.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import quality as q
import science
import torch

from llada_edit.editor import Editor
from llada_edit.training.evaluation.cuts import cuts
from llada_edit.training.plan import Plan

STEPS = (1, 2, 4, 8)


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("texts", type=Path, help="JSONL, or a text file")
    arguments.add_argument("--config", type=Path, default=science.HERE.parent / "recipes" / "distill.toml")
    arguments.add_argument("--holes", type=int, default=60)
    arguments.add_argument("--device", default="auto")
    return arguments


def main() -> None:
    chosen = parser().parse_args()
    plan = Plan.read(chosen.config)
    references = {"teacher": plan.start or "bundled", "student": plan.folder / "model"}
    models = {name: Editor.load(reference, device=chosen.device).model for name, reference in references.items()}
    holes = list(cuts(science.documents([chosen.texts], ""), "sentence", chosen.holes, 0))
    sizes = {"sentences": chosen.holes, "text": chosen.texts.name}
    kept = {name: q.Kept(model, holes, sizes, models["teacher"]) for name, model in models.items()}
    found = {"the original text": kept["teacher"].quality("the original text")}
    bases: dict[str, str] = {}
    curves: science.Curves = {}
    for name, measured in kept.items():
        for steps in STEPS:
            key = f"{name}, {steps} steps"
            found[key] = measured.quality(key, policy="confidence", steps=steps)
            if name == "student":
                bases[key] = f"teacher, {steps} steps"
        curves[name] = (STEPS, [found[f"{name}, {steps} steps"].nats for steps in STEPS])
    lines = q.table(found, "the teacher in as many steps", bases)
    lines.append(science.plot("distill", curves, "steps", "nats per token, by the teacher", log=True))
    trained = torch.load(plan.folder / "checkpoint.pt", weights_only=True, mmap=True)
    settings = {
        "recipe": chosen.config.name, "k": plan.distill, "training steps": trained["step"],
        "tokens a step": trained["recipe"]["tokens_per_step"], **sizes,
    }  # fmt: skip
    title = "Distillation for few steps (experimental)"
    science.write("distill", title, settings, q.results(found, bases), lines)


if __name__ == "__main__":
    main()
