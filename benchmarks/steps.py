"""Steps and transfer policies against quality: sentences of known length filled in 1, 2, 4, 8 and n steps."""

from __future__ import annotations

from dataclasses import asdict

import quality as q
import science

BUDGETED = ("confidence", "margin", "entropy", "random", "ancestral")
FREE = ("factor", "threshold", "entropy-bound")
STEPS = (1, 2, 4, 8, None)


def main() -> None:
    model, holes, settings = q.asked(__doc__)
    kept = q.Kept(model, holes, settings)
    found = {"the original text": kept.quality("the original text")}
    curves: dict[str, tuple[list[float], list[float]]] = {}
    for policy in BUDGETED:
        xs, ys = curves.setdefault(policy, ([], []))
        for steps in STEPS:
            name = f"{policy}, {steps or 'n'} steps"
            found[name] = kept.quality(name, policy=policy, steps=steps)
            xs.append(found[name].passes)
            ys.append(found[name].nats)
    for policy in FREE:
        found[policy] = kept.quality(policy, policy=policy)
        curves[policy] = ([found[policy].passes], [found[policy].nats])
    lines = science.table(q.HEAD, [q.row(name, value) for name, value in found.items()])
    lines.append(science.plot("steps", curves, "passes", "nats per token of the fill", log=True))
    results = {name: asdict(value) for name, value in found.items()}
    science.write("steps", "Steps and transfer policies", settings, results, lines)


if __name__ == "__main__":
    main()
